"""Pages in a real browser, a real Envoy, real sidecars and a careless upstream, and what a
page's call did to each of them. No expectation may live here.
"""

import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.browser.call import Action, Outcome
from tests.browser.chromium import Chromium, Message, Tab
from tests.browser.origins import Transport
from tests.support.envoy import Envoy
from tests.support.exchange import HeaderPairs, Request
from tests.support.http1 import send_http1
from tests.support.json_lines import Entry, JsonLines
from tests.support.kubelet import ConfigMapVolume
from tests.support.sidecar import Sidecar
from tests.support.upstream import RecordedRequest, Upstream, answer_query

PROBE = "probe"
"""The query parameter by which a request is found again everywhere."""

_LOG_TIMEOUT_S = 5.0
_POLL_INTERVAL_S = 0.01
_QUERY = re.compile(rf"\?{PROBE}=[^' ]*")

BLANK_PAGE = "<!doctype html><title>A page</title><link rel=icon href=data:,>"


def page_path(html: str = BLANK_PAGE, headers: HeaderPairs = ()) -> str:
    """The path at which every origin serves this document, whatever the policies say."""
    more = (("content-type", "text/html; charset=utf-8"), *headers)
    return f"/page?{answer_query(more=more, body=html)}"


@dataclass(frozen=True, slots=True)
class Observation:
    """All that a page's call led to."""

    result: Any
    """What the script returned."""
    accesses: tuple[Entry, ...]
    """The lines of Envoy's access log, in the order in which the exchanges began."""
    reached: tuple[RecordedRequest, ...]
    """What the upstream got."""
    decisions: tuple[Entry, ...]
    """The lines of the decision logs, in the order of ``accesses``."""
    console: tuple[str, ...]
    """What the browser printed about the call, without the queries of addresses."""

    def outcome(self, page: str) -> Outcome:
        """The same in words; ``page`` are those for ``result``."""
        return Outcome(
            page=page,
            network=tuple(f"{a['method'] or '?'} {a['status']}" for a in self.accesses),
            upstream=tuple(map(_describe_request, self.reached)),
            decisions=tuple(map(_describe_decision, self.decisions)),
        )


@dataclass(frozen=True, slots=True)
class Changing:
    """A sidecar of its own, whose ConfigMap is changed while pages are open."""

    sidecar: Sidecar
    volume: ConfigMapVolume
    file: str
    """The name of the one file in it."""

    def update(self, text: str, event: str = "reloaded") -> None:
        """Have the kubelet write another set; wait until the sidecar says what became of it."""
        if (self.volume.folder / self.file).read_text() == text:
            return
        mark = self.sidecar.life.mark()
        self.volume.update({self.file: text})
        self.sidecar.life.wait_for(event, mark=mark)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    chromium: Chromium
    envoy: Envoy
    sidecars: Sequence[Sidecar]
    """Those whose decision logs count."""
    changing: Changing
    upstream: Upstream
    access_log: JsonLines

    def tab(self, origin: str) -> Tab:
        """The shared tab with an empty page of an origin."""
        return self.chromium.tab_of(origin + page_path())

    def act(
        self,
        tab: Tab,
        action: Action,
        transport: Transport,
        *,
        frame: str | None = None,
        exchanges: int = 0,
    ) -> Outcome:
        """Let a page act, and say in words what became of it."""
        seen = self.observe(
            tab,
            lambda probe: tab.run(
                action.source, action.argument(transport.api, probe), frame=frame
            ),
            exchanges=exchanges,
        )
        protocols = {access["protocol"] for access in seen.accesses}
        if not protocols <= {transport.protocol}:
            raise AssertionError(f"not {transport.protocol}: {seen.accesses}")
        return seen.outcome(action.describe(seen.result))

    def observe(
        self, tab: Tab, doing: Callable[[str], Any], *, exchanges: int = 0, messages: int = 0
    ) -> Observation:
        """Do something that sends requests whose query holds the probe, and gather the traces.

        ``doing`` has to wait until the last exchange is over; or it leaves that to us, and
        ``exchanges`` says how many there are. Likewise ``messages`` on the tab's console.
        """
        probe = uuid.uuid4().hex
        marks = [sidecar.decisions.mark() for sidecar in self.sidecars]
        mark = self.access_log.mark()
        printed = len(tab.messages)
        result = doing(probe)
        _wait_until(lambda: len(self._accesses(mark, probe)) >= exchanges)
        self._wait_for_access_log()
        _wait_until(lambda: len(_about(probe, tab.messages[printed:])) >= messages)
        accesses = self._accesses(mark, probe)
        return Observation(
            result=result,
            accesses=accesses,
            reached=tuple(r for r in self.upstream.requests if f"{PROBE}={probe}" in r.path),
            decisions=self._decisions_of(accesses, marks),
            console=_about(probe, tab.messages[printed:]),
        )

    def _accesses(self, mark: int, probe: str) -> tuple[Entry, ...]:
        """Of a request that it cannot read, Envoy knows not even the path."""
        concerned = (
            entry
            for entry in self.access_log.since(mark)
            if entry["path"] is None or f"{PROBE}={probe}" in entry["path"]
        )
        return tuple(sorted(concerned, key=lambda entry: entry["startedAt"]))

    def _wait_for_access_log(self) -> None:
        """One more request: when its line is there, so are all lines before it."""
        mark, fence = self.access_log.mark(), f"/fence/{uuid.uuid4().hex}"
        send_http1(self.envoy.ports["http"], Request("fence.example.com", fence))
        if not _wait_until(
            lambda: any(entry["path"] == fence for entry in self.access_log.since(mark))
        ):
            raise TimeoutError("Envoy's access log does not go on")

    def _decisions_of(self, accesses: Sequence[Entry], marks: Sequence[int]) -> tuple[Entry, ...]:
        """The decisions about those requests that were decided about."""
        wanted = [access["requestId"] for access in accesses if access["cors"]]
        if not _wait_until(lambda: self._logged(marks).keys() >= set(wanted)):
            raise TimeoutError(f"decisions are missing: {accesses}, {self._logged(marks)}")
        logged = self._logged(marks)
        return tuple(logged[request_id] for request_id in wanted)

    def _logged(self, marks: Sequence[int]) -> dict[str, Entry]:
        """The lines of all decision logs by request."""
        logs = zip(self.sidecars, marks, strict=True)
        lines = (line for sidecar, mark in logs for line in sidecar.decisions.since(mark))
        return {line["requestId"]: line for line in lines}


def _wait_until(condition: Callable[[], bool]) -> bool:
    """Whether it holds in time."""
    deadline = time.monotonic() + _LOG_TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_INTERVAL_S)
    return True


def _about(probe: str, messages: Sequence[Message]) -> tuple[str, ...]:
    concerned = (m for m in messages if probe in m.text or probe in m.url)
    return tuple(_QUERY.sub("", message.text) for message in concerned)


def _describe_request(request: RecordedRequest) -> str:
    return request.method if request.value("cookie") is None else f"{request.method} with cookie"


def _describe_decision(decision: Entry) -> str:
    """For example ``deny preflight: method_not_allowed (storefront)``."""
    words = f"{decision['verdict']} {decision['kind']}"
    if decision["reason"] != "allowed":
        words += f": {decision['reason']}"
    if decision["policy"] is not None:
        words += f" ({decision['policy']})"
    shadow = decision["shadow"]
    if shadow is not None:
        words += f", shadow {shadow['verdict']}"
    return words
