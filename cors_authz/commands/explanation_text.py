"""An explanation as text for a terminal: one block a request, then the browser."""

from collections.abc import Iterator

from cors_authz.commands.terminal import table
from cors_authz.config.excerpt import printable
from cors_authz.policy.browser import BrowserVerdict, BrowserView
from cors_authz.policy.decision import Answer, Header, HeaderAction
from cors_authz.policy.explain import Explained, Explanation
from cors_authz.policy.explain.routing import Claim, Routing
from cors_authz.policy.path import strip_query
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Verdict

_LABEL_WIDTH = 10
_BOLD, _RED, _GREEN, _YELLOW = "1", "1;31", "1;32", "1;33"

_VERDICT_COLOURS = {
    Verdict.ALLOW: _GREEN,
    Verdict.WITHHOLD: _YELLOW,
    Verdict.DENY: _RED,
}
_BROWSER_COLOURS = {
    BrowserVerdict.READABLE: _GREEN,
    BrowserVerdict.SENT: _GREEN,
    BrowserVerdict.BLOCKED: _RED,
    BrowserVerdict.NOT_SENT: _RED,
    BrowserVerdict.UNCHECKED: _YELLOW,
    BrowserVerdict.UPSTREAM: _YELLOW,
}


class _Pen:
    """Writes words in colour, or plain."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text


def explained_text(explained: Explained, *, coloured: bool = False) -> str:
    """Write the whole explanation; nothing of the request can reach the terminal as a command."""
    return "\n".join(_lines(explained, _Pen(coloured=coloured)))


def _lines(explained: Explained, pen: _Pen) -> Iterator[str]:
    yield pen.paint(_headline(explained.inquiry.request), _BOLD)
    if explained.asks_first and explained.preflight is not explained.request:
        yield f"A browser asks first: {printable(explained.asks_first)}."
    elif explained.preflight is not None:
        yield "A browser would send no preflight before this request."
    if explained.preflight is not None:
        yield from ("", pen.paint("Preflight", _BOLD), *_block(explained.preflight, pen))
    if explained.request is not None:
        yield from ("", pen.paint("Request", _BOLD), *_block(explained.request, pen))
    yield from ("", pen.paint("Browser", _BOLD))
    credentials = explained.inquiry.credentials
    yield from _browser(explained.browser, credentials=credentials, pen=pen)
    if explained.other_credentials is not None:
        yield from _browser(explained.other_credentials, credentials=not credentials, pen=pen)


def _headline(request: Request) -> str:
    target = f"{request.scheme}://{request.host}{strip_query(request.path)}"
    origin = "without Origin" if request.origin is None else f"from {request.origin}"
    return printable(f"{request.method} {target} {origin} over {request.protocol}")


def _block(explanation: Explanation, pen: _Pen) -> Iterator[str]:
    decision = explanation.decision
    yield from _field("group", _routing(explanation.routing))
    yield from _field("kind", [decision.kind.value])
    if explanation.policies:
        rows = [
            (v.policy, v.mode.value, "-" if v.outcome is None else v.outcome.value, v.remark)
            for v in explanation.policies
        ]
        yield from _field("policies", table(("policy", "mode", "outcome", ""), rows).split("\n"))
    verdict = pen.paint(decision.verdict.value, _VERDICT_COLOURS[decision.verdict])
    by = "" if decision.policy is None else f" (policy {printable(decision.policy)})"
    yield from _field("verdict", [f"{verdict}: {decision.reason.value}{by}"])
    if decision.shadow is not None:
        shadow = decision.shadow
        policy = "" if shadow.policy is None else f" (policy {printable(shadow.policy)})"
        text = f"{shadow.verdict.value}: {shadow.reason.value}{policy}, were all modes enforce"
        yield from _field("shadow", [text])
    yield from _field("answer", _answer(decision.answer))


def _field(label: str, lines: list[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield f"  {label if index == 0 else '':{_LABEL_WIDTH}}{line}"


def _routing(routing: Routing) -> list[str]:
    lines = [f"{printable(routing.group or 'none')}: {printable(routing.why)}"]
    lines += [f"before {_claim(claim)}" for claim in routing.lost]
    lines += [f"not {_claim(claim)}" for claim in routing.near]
    if routing.ambiguous_with:
        names = ", ".join(name or "none" for name in routing.ambiguous_with)
        lines.append(f"other readings of the path lead to: {printable(names)}")
    return lines


def _claim(claim: Claim) -> str:
    where = f"{claim.host_entry or 'every host'}"
    if claim.path_entry is not None:
        where += f" {claim.path_entry}"
    return printable(f"{claim.group} ({where}): {claim.remark}")


def _answer(answer: Answer) -> list[str]:
    if answer.status is None and not answer.headers:
        return ["the upstream's response, untouched"]
    lines = (
        ["the upstream's response, and in it"] if answer.status is None else [f"{answer.status}"]
    )
    lines += [_header(header) for header in answer.headers]
    return lines


def _header(header: Header) -> str:
    match header.action:
        case HeaderAction.NEUTRALISE:
            return f"  {header.name}: emptied, should the upstream send it"
        case HeaderAction.APPEND:
            return f"  {header.name}: {printable(header.value)} (appended)"
        case HeaderAction.SET:
            return f"  {header.name}: {printable(header.value)}"


def _browser(view: BrowserView, *, credentials: bool, pen: _Pen) -> Iterator[str]:
    verdict = pen.paint(view.verdict.value, _BROWSER_COLOURS[view.verdict])
    label = "with credentials" if credentials else "without credentials"
    yield f"  {label}: {verdict}: {printable(view.message)}"
