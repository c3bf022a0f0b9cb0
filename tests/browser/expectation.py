"""Short ways to write what is to come of a call. Nothing of the product is imported."""

from dataclasses import dataclass, replace
from typing import Protocol

from tests.browser.call import BLOCKED, Action, Outcome
from tests.browser.chromium import Tab
from tests.browser.origins import Transport


@dataclass(frozen=True, slots=True)
class Case:
    """A page of one origin calls an API of another."""

    title: str
    page: str
    """The page's origin, or how it comes by one."""
    call: Action
    expected: Outcome

    def __str__(self) -> str:
        """The name of the test."""
        return self.title


@dataclass(frozen=True, slots=True)
class Journey:
    """Several calls in a row that share an address, by pages of one or more origins."""

    title: str
    steps: tuple[tuple[str, Action], ...]
    """Page and call; a later one starts when the one before has ended."""
    expected: Outcome
    """What comes of all together; what the pages see is parted by semicolons."""

    def __str__(self) -> str:
        """The name of the test."""
        return self.title


class ProveJourney(Protocol):
    """Holds a journey to what really happens."""

    def __call__(self, section: str, journey: Journey, transport: Transport) -> None:
        """Let the pages act, one after the other."""


class Prove(Protocol):
    """Holds a case to what really happens."""

    def __call__(
        self,
        section: str,
        case: Case,
        transport: Transport,
        *,
        tab: Tab | None = None,
        frame: str | None = None,
    ) -> None:
        """Let the case's page, or a tab or frame made for it, act.

        ``section`` is that of the matrix in which the case is to stand.
        """


def decided(verdict: str, kind: str, reason: str = "allowed", policy: str | None = None) -> str:
    """A decision in the words of the tables."""
    words = f"{verdict} {kind}"
    if reason != "allowed":
        words += f": {reason}"
    return words if policy is None else f"{words} ({policy})"


def answered(
    method: str,
    policy: str | None,
    page: str = "200",
    *,
    kind: str = "actual",
    cookie: bool = False,
) -> Outcome:
    """The upstream answers, and the page reads it."""
    return Outcome(
        page=page,
        network=(f"{method} {page[:3] if page[:3].isdecimal() else 200}",),
        upstream=(f"{method} with cookie" if cookie else method,),
        decisions=(decided("allow", kind, policy=policy),),
    )


def after_preflight(policy: str | None, outcome: Outcome) -> Outcome:
    """The browser asks first, and may."""
    return replace(
        outcome,
        network=("OPTIONS 204", *outcome.network),
        decisions=(decided("allow", "preflight", policy=policy), *outcome.decisions),
    )


def one_after_the_other(*outcomes: Outcome) -> Outcome:
    """What comes of several calls."""
    return Outcome(
        page="; ".join(outcome.page for outcome in outcomes),
        network=tuple(entry for outcome in outcomes for entry in outcome.network),
        upstream=tuple(entry for outcome in outcomes for entry in outcome.upstream),
        decisions=tuple(entry for outcome in outcomes for entry in outcome.decisions),
    )


def from_browsers_cache(page: str = "200") -> Outcome:
    """Nothing leaves the browser."""
    return Outcome(page, (), (), ())


def preflight_refused(reason: str, policy: str | None = None) -> Outcome:
    """The browser asks first, and may not."""
    return Outcome(
        page=BLOCKED,
        network=("OPTIONS 403",),
        upstream=(),
        decisions=(decided("deny", "preflight", reason, policy),),
    )


def refused(
    method: str, reason: str, policy: str | None = None, *, kind: str = "actual"
) -> Outcome:
    """It never reaches the upstream; the page reads why where a policy accepts its origin."""
    return Outcome(
        page=BLOCKED if policy is None else f"403 {reason}",
        network=(f"{method} 403",),
        upstream=(),
        decisions=(decided("deny", kind, reason, policy),),
    )


def kept_from_page(outcome: Outcome) -> Outcome:
    """Everything is as said, but the browser does not let the page see it."""
    return replace(outcome, page=BLOCKED)


def withheld(method: str, reason: str, policy: str | None = None) -> Outcome:
    """The upstream answers, and the browser keeps it from the page."""
    return Outcome(
        page=BLOCKED,
        network=(f"{method} 200",),
        upstream=(method,),
        decisions=(decided("withhold", "actual", reason, policy),),
    )
