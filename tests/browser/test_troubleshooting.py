"""``docs/troubleshooting.md`` is true: the browser prints what stands there, for that reason.

Below each heading, the lines of the ``text`` blocks are what the console says of the calls that
are listed here for it, in this order; and the commands tell the reason.
"""

import re
import shlex
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from cors_authz.cli import main
from cors_authz.policy.terms import Reason
from tests.browser import actions
from tests.browser.call import Action, Call
from tests.browser.expectation import decided
from tests.browser.origins import API, EVIL, HTTP1, HTTP2, OTHER_API, SHOP, Transport
from tests.browser.world import Observation, World, page_path
from tests.docs.pages import ROOT, anchors_of, section_of
from tests.support.upstream import answer_query

_PAGE = ROOT / "docs/troubleshooting.md"
_EXAMPLES = ROOT / "docs/examples"
_TEXT_BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_FOLLOWS_EVERY_BLOCK = "Failed to load resource: net::ERR_FAILED"
"""Which the page says once for all messages about CORS."""

_SANDBOXED = "a sandboxed frame"
_FRAME = "box"
_PAGE_WITH_FRAME = (
    "<!doctype html><title>A page with a frame</title><link rel=icon href=data:,>"
    f"<iframe name={_FRAME} sandbox=allow-scripts srcdoc='<!doctype html>'></iframe>"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the page's section about ``heading`` speaks of."""

    heading: str
    calls: tuple[tuple[str, Action], ...]
    """By which pages; each leads to one line of the console."""
    decisions: frozenset[str]
    """How the last decision about each of them reads in the log."""
    explained: str
    """What each command of the section prints."""
    transport: Transport = HTTP2

    def __str__(self) -> str:
        """The name of the test."""
        return self.heading


def _refusals(
    reason: str, policy: str | None = None, kinds: tuple[str, ...] = ("actual", "preflight")
) -> frozenset[str]:
    return frozenset(decided("deny", kind, reason, policy) for kind in kinds)


_TO_OTHER_API = answer_query(302, (("location", f"{OTHER_API}/orders?probe=PROBE"),))
_MANY_HEADERS = tuple((f"x-{number}", "a") for number in range(65))

TROUBLES = [
    Trouble(
        "origin_not_allowed",
        tuple(
            (EVIL, call)
            for call in (
                Call("/orders"),
                Call("/orders", "PUT"),
                actions.upload("/orders"),
                actions.events("/orders"),
                actions.module_script("/orders"),
                actions.style_sheet_with_crossorigin("/orders"),
                actions.font("/orders"),
                actions.image_with_crossorigin("/orders"),
                actions.web_socket("/orders"),
            )
        ),
        _refusals("origin_not_allowed", kinds=("actual", "preflight", "websocket")),
        "deny: origin_not_allowed",
    ),
    Trouble(
        "The origin is null",
        ((_SANDBOXED, Call("/orders")),),
        _refusals("origin_not_allowed", kinds=("actual",)),
        "deny: origin_not_allowed",
    ),
    Trouble(
        "The origin is lost on the way",
        ((SHOP, Call("/feed", answer=_TO_OTHER_API)),),
        _refusals("origin_not_allowed", kinds=("actual",)),
        "",
    ),
    Trouble(
        "method_not_allowed",
        ((SHOP, Call("/orders", "DELETE")), (SHOP, Call("/orders", "POST"))),
        _refusals("method_not_allowed", "storefront"),
        "deny: method_not_allowed",
    ),
    Trouble(
        "header_not_allowed",
        ((SHOP, Call("/orders", headers=(("x-debug", "1"),))),),
        _refusals("header_not_allowed", "storefront", ("preflight",)),
        "deny: header_not_allowed",
    ),
    Trouble(
        "protocol_not_allowed",
        ((SHOP, Call("/admin")), (SHOP, Call("/admin", "PUT"))),
        _refusals("protocol_not_allowed", "back-office"),
        "deny: protocol_not_allowed",
        HTTP1,
    ),
    Trouble(
        "origin_missing",
        ((API, Call("/admin")),),
        _refusals("origin_missing", "back-office", ("non_cors",)),
        "deny: origin_missing",
    ),
    Trouble(
        "no_group",
        ((SHOP, Call("/nowhere")),),
        _refusals("no_group", kinds=("actual",)),
        "deny: no_group",
    ),
    Trouble(
        "group_unknown",
        ((SHOP, Call("/ghost")),),
        _refusals("group_unknown", kinds=("actual",)),
        "deny: group_unknown",
    ),
    Trouble(
        "path_ambiguous",
        ((SHOP, Call("/orders%2fdrafts")),),
        _refusals("path_ambiguous", kinds=("actual",)),
        "deny: path_ambiguous",
    ),
    Trouble(
        "limit_exceeded",
        ((SHOP, Call("/orders", headers=_MANY_HEADERS)),),
        _refusals("limit_exceeded", kinds=("preflight",)),
        "",
    ),
    Trouble("origin_malformed, request_malformed", (), frozenset(), "deny: origin_malformed"),
    Trouble(
        "no decision", ((SHOP, Call("/outage")), (SHOP, Call("/outage", "PUT"))), frozenset(), ""
    ),
    Trouble(
        "The log says allow",
        (
            (SHOP, Call("/catalogue", credentials="include")),
            (SHOP, Call("/feed", credentials="include")),
        ),
        frozenset({"allow actual (public)", "allow actual (feed-readers)"}),
        "with credentials: blocked: The value of the 'Access-Control-Allow-",
    ),
    Trouble(
        "The log says withhold",
        ((EVIL, Call("/stripped/reports")), (EVIL, Call("/reports"))),
        frozenset({decided("withhold", "actual", "origin_not_allowed")}),
        "withhold: origin_not_allowed",
    ),
]


def _observe(
    world: World, page: str, action: Action, transport: Transport, messages: int
) -> Observation:
    sandboxed = page == _SANDBOXED
    tab = (
        world.chromium.tab_of(SHOP + page_path(_PAGE_WITH_FRAME)) if sandboxed else world.tab(page)
    )
    frame = _FRAME if sandboxed else None
    return world.observe(
        tab,
        lambda probe: tab.run(action.source, action.argument(transport.api, probe), frame=frame),
        messages=messages,
    )


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_the_console_says_what_the_page_shows(world: World, trouble: Trouble) -> None:
    shown = "".join(_TEXT_BLOCK.findall(section_of(_PAGE, trouble.heading))).splitlines()
    decisions: set[str] = set()
    for (page, action), message in zip(trouble.calls, shown, strict=True):
        expected = [message, _FOLLOWS_EVERY_BLOCK] if "by CORS policy" in message else [message]
        seen = _observe(world, page, action, trouble.transport, len(expected))
        assert list(seen.console) == expected
        decisions.update(seen.outcome("").decisions[-1:])
    assert decisions == trouble.decisions


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_the_commands_tell_the_reason(trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_EXAMPLES)
    section = section_of(_PAGE, trouble.heading)
    commands = [line for line in section.splitlines() if line.startswith("cors-authz ")]
    assert bool(commands) == bool(trouble.explained)
    for command in commands:
        result = CliRunner().invoke(main, shlex.split(command)[1:], catch_exceptions=False)
        assert trouble.explained in result.output


def test_explain_blocks_with_the_words_of_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_EXAMPLES)
    for section in ("origin_not_allowed", "method_not_allowed", "The log says allow"):
        shown = "".join(_TEXT_BLOCK.findall(section_of(_PAGE, section)))
        commands = re.findall(r"^cors-authz (.*)$", section_of(_PAGE, section), re.MULTILINE)
        for command in commands:
            output = CliRunner().invoke(main, shlex.split(command)).output
            message = re.search(r"(?:blocked|not_sent): (.*)$", output, re.MULTILINE)
            assert message is not None
            assert message[1] in shown


def test_every_refusal_has_its_section() -> None:
    headings = {word for trouble in TROUBLES for word in trouble.heading.split(", ")}
    assert headings >= {*Reason} - {Reason.ALLOWED, Reason.INTERNAL_ERROR}
    assert {str(trouble).lower().replace(",", "").replace(" ", "-") for trouble in TROUBLES} <= (
        anchors_of(_PAGE)
    )
    assert f"`{Reason.INTERNAL_ERROR}`" in section_of(_PAGE, "no decision")
