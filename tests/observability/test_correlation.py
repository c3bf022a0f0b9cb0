"""Request and trace ids: which are taken, from where, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.observability.correlation import TraceContext, correlate

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SHORT_TRACE = "a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"traceparent": f"00-{TRACE}-{SPAN}-01"},
            TraceContext(TRACE, SPAN, sampled=True),
            id="w3c",
        ),
        pytest.param(
            {"traceparent": f"00-{TRACE}-{SPAN}-00"},
            TraceContext(TRACE, SPAN, sampled=False),
            id="w3c-off",
        ),
        pytest.param(
            {"traceparent": f"01-{TRACE}-{SPAN}-03-more"},
            TraceContext(TRACE, SPAN, sampled=True),
            id="w3c-later-version",
        ),
        pytest.param({"b3": f"{TRACE}-{SPAN}"}, TraceContext(TRACE, SPAN, sampled=False), id="b3"),
        pytest.param(
            {"b3": f"{TRACE}-{SPAN}-1"}, TraceContext(TRACE, SPAN, sampled=True), id="b3-sampled"
        ),
        pytest.param(
            {"b3": f"{TRACE}-{SPAN}-d-{SPAN}"},
            TraceContext(TRACE, SPAN, sampled=True),
            id="b3-debug",
        ),
        pytest.param(
            {"b3": f"{SHORT_TRACE}-{SPAN}-0"},
            TraceContext(SHORT_TRACE, SPAN, sampled=False),
            id="b3-short",
        ),
        pytest.param(
            {"x-b3-traceid": TRACE, "x-b3-spanid": SPAN, "x-b3-sampled": "1"},
            TraceContext(TRACE, SPAN, sampled=True),
            id="b3-multiple",
        ),
        pytest.param(
            {"x-b3-traceid": SHORT_TRACE},
            TraceContext(SHORT_TRACE, None, sampled=False),
            id="b3-trace-only",
        ),
        pytest.param(
            {"traceparent": f"00-{TRACE}-{SPAN}-01", "b3": f"{SHORT_TRACE}-{SPAN}-0"},
            TraceContext(TRACE, SPAN, sampled=True),
            id="w3c-before-b3",
        ),
    ],
)
def test_traces_are_found_in_every_form(fields: dict[str, str], expected: TraceContext) -> None:
    assert correlate((), fields, "").trace == expected
    assert correlate(tuple(fields.items()), {}, "").trace == expected


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"traceparent": f"ff-{TRACE}-{SPAN}-01"}, id="version-ff"),
        pytest.param({"traceparent": f"00-{'0' * 32}-{SPAN}-01"}, id="no-trace"),
        pytest.param({"traceparent": f"00-{TRACE}-{'0' * 16}-01"}, id="no-parent"),
        pytest.param({"traceparent": f"00-{TRACE.upper()}-{SPAN}-01"}, id="upper-case"),
        pytest.param({"traceparent": f"00-{TRACE}-{SPAN}-01\n"}, id="line-break"),
        pytest.param({"traceparent": f"00-{TRACE},00-{TRACE}"}, id="two"),
        pytest.param({"b3": "0"}, id="b3-only-a-refusal-to-sample"),
        pytest.param({"x-b3-traceid": f"{TRACE}0"}, id="b3-too-long"),
        pytest.param({"x-b3-traceid": "0" * 16}, id="b3-zero"),
    ],
)
def test_what_is_no_trace_is_ignored(fields: dict[str, str]) -> None:
    assert correlate(tuple(fields.items()), fields, "").trace_id is None


@pytest.mark.parametrize(
    ("metadata", "header", "stream", "expected"),
    [
        pytest.param("meta-1", "header-1", "7", "meta-1", id="metadata-first"),
        pytest.param("-", "header-1", "7", "header-1", id="metadata-of-a-missing-header"),
        pytest.param("", "header-1", "7", "header-1", id="empty-metadata"),
        pytest.param("a b", "", "7", "7", id="stream-id-last"),
        pytest.param("x" * 129, "x\r\ny", "", None, id="none-is-fit"),
        pytest.param("", "a+/=~b", "", "a+/=~b", id="base64"),
    ],
)
def test_request_ids_come_from_the_most_trusted_place(
    metadata: str, header: str, stream: str, expected: str | None
) -> None:
    found = correlate((("x-request-id", metadata),), {"x-request-id": header}, stream)
    assert found.request_id == expected


def test_binary_metadata_is_no_id() -> None:
    assert correlate((("traceparent", b"\xff"), ("x-request-id", b"1")), {}, "").request_id is None


@given(st.dictionaries(st.sampled_from(["traceparent", "b3", "x-b3-traceid"]), st.text()))
def test_hostile_fields_give_hexadecimal_digits_or_nothing(fields: dict[str, str]) -> None:
    trace_id = correlate((), fields, "").trace_id
    assert trace_id is None or (
        len(trace_id) in {16, 32} and set(trace_id) <= set("0123456789abcdef")
    )
