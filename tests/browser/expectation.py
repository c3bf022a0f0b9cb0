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
