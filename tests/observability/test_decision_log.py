"""Which decisions become lines, and what of hostile requests gets into them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from cors_authz.observability.decision_log import DecisionLog
from cors_authz.observability.lines import MAX_TEXT_LENGTH, decision_line, fault_line
from cors_authz.observability.record import CheckRecord
from cors_authz.observability.writer import LineWriter
from cors_authz.policy.decision import Decision
from tests.observability.outputs import Output
from tests.observability.records import (
    ALLOWED,
    REQUEST,
    SHADOW_DENIAL,
    denied,
    fault,
    record,
    withheld,
)

HOSTILE = st.text(max_size=600) | st.text("\\\n\x00\x1b\u20ac\U0001f600'\"", max_size=600)


def written(records: list[CheckRecord], **shares: float) -> int:
    output = Output()
    writer = LineWriter(output)
    log = DecisionLog(writer, **shares)
    for one in records:
        log.decided(one)
    writer.close(5)
    return len(output.entries)


@pytest.mark.parametrize(
    ("decision", "shares", "expected"),
    [
        pytest.param(ALLOWED, (0, 1), 0, id="allowed-left-out"),
        pytest.param(ALLOWED, (1, 0), 1, id="allowed-written"),
        pytest.param(denied(), (0, 1), 1, id="denied-stays"),
        pytest.param(denied(), (1, 0), 0, id="denied-left-out-on-request"),
        pytest.param(withheld(), (0, 1), 1, id="withheld-stays"),
        pytest.param(withheld(), (1, 0), 0, id="withheld-left-out-on-request"),
        pytest.param(ALLOWED._replace(shadow=SHADOW_DENIAL), (0, 1), 1, id="shadow-denial-stays"),
        pytest.param(ALLOWED._replace(shadow=SHADOW_DENIAL), (1, 0), 0, id="shadow-on-request"),
    ],
)
def test_shares_say_what_is_written(
    decision: Decision, shares: tuple[float, float], expected: int
) -> None:
    allowed_share, denied_share = shares
    lines = written([record(decision)], allowed_share=allowed_share, denied_share=denied_share)
    assert lines == expected


def test_a_share_of_allowed_decisions_is_drawn() -> None:
    lines = written([record()] * 2_000, allowed_share=0.25, denied_share=1)
    assert 400 < lines < 600


def test_internal_errors_are_written_whatever_the_shares() -> None:
    output = Output()
    writer = LineWriter(output)
    DecisionLog(writer, allowed_share=0, denied_share=0).failed(fault())
    writer.close(5)
    [line] = output.entries
    assert (line["level"], line["reason"], line["status"]) == ("error", "internal_error", 503)


def test_the_line_of_an_internal_error_has_every_field_of_a_decision_and_the_stack() -> None:
    fields = to_builtins(fault_line(fault(request=None)))
    assert list(fields) == [*to_builtins(decision_line(record())), "stack"]
    assert fields["kind"] is fields["group"] is fields["policy"] is fields["origin"] is None


def test_the_stack_of_a_hostile_message_is_bounded() -> None:
    def recurse(depth: int) -> None:
        if depth == 0:
            raise ValueError("\u20ac" * 100_000)
        recurse(depth - 1)

    with pytest.raises(ValueError, match="\u20ac") as caught:
        recurse(200)
    stack = fault_line(fault(caught.value)).stack
    assert isinstance(stack, str)
    assert len(stack) < 50_000
    assert stack.isascii()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        pytest.param({"path": "/orders?token=abc"}, "abc", id="query"),
        pytest.param({"origin": "https://u:abc@shop.example.com"}, "abc", id="origin-password"),
        pytest.param({"host": "u:abc@api.example.com"}, "abc", id="host-password"),
        pytest.param(
            {"origin": f"https://u:abc{'-' * MAX_TEXT_LENGTH}@shop.example.com"},
            "abc",
            id="long-origin-password",
        ),
        pytest.param(
            {"host": f"u:abc{'-' * MAX_TEXT_LENGTH}@api.example.com"},
            "abc",
            id="long-host-password",
        ),
    ],
)
def test_secrets_are_left_out(text: dict[str, str], secret: str) -> None:
    line = decision_line(record(request=REQUEST._replace(**text)))
    assert secret not in msgspec.json.encode(line).decode()


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_hostile_text_comes_out_short_and_in_printable_ascii(
    origin: str, method: str, host: str, path: str
) -> None:
    request = REQUEST._replace(origin=origin, method=method, host=host, path=path)
    fields = to_builtins(decision_line(record(request=request, source=path)))
    for name in ("origin", "method", "host", "path", "source"):
        assert len(fields[name]) <= MAX_TEXT_LENGTH
        assert fields[name].isascii()
        assert not fields[name] or fields[name].isprintable()
