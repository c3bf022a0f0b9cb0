"""Answers that are put together from parts are the bytes that a serialiser writes of the whole."""

import string

from hypothesis import given
from hypothesis import strategies as st

from cors_authz._generated.ext_authz_pb2 import (
    CheckResponse,
    DeniedHttpResponse,
    HeaderValue,
    HeaderValueOption,
    HttpStatus,
    OkHttpResponse,
    Status,
)
from cors_authz.authz.outgoing import ResponseWriter
from cors_authz.authz.problem import problem_body
from cors_authz.policy.decision import Answer, Decision, Header, HeaderAction
from cors_authz.policy.terms import Reason, Verdict
from tests.observability.records import ALLOWED

ACTIONS = {
    HeaderAction.SET: HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    HeaderAction.APPEND: HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
    HeaderAction.NEUTRALISE: HeaderValueOption.OVERWRITE_IF_EXISTS,
}

_names = st.text(string.ascii_lowercase + "-", min_size=1, max_size=200)
_values = st.text("https://.*, x", max_size=20_000)
_headers = st.lists(
    st.builds(Header, _names, _values, st.sampled_from(HeaderAction)),
    max_size=4,
    unique_by=lambda header: header.name,
)


def option(header: Header) -> HeaderValueOption:
    value = HeaderValue(key=header.name, value=header.value)
    return HeaderValueOption(header=value, append_action=ACTIONS[header.action])


def written_whole(decision: Decision, request_id: str | None) -> CheckResponse:
    options = [option(header) for header in decision.answer.headers]
    status = decision.answer.status
    if status is None:
        allowed = OkHttpResponse(response_headers_to_add=options)
        return CheckResponse(status=Status(code=0), ok_response=allowed)
    denied = DeniedHttpResponse(status=HttpStatus(code=status), headers=options)
    if decision.verdict is Verdict.DENY:
        denied.body = problem_body(decision.reason, status, request_id).decode()
    return CheckResponse(status=Status(code=7), denied_response=denied)


WRITER = ResponseWriter("3f9a")
"""One for all, so that it remembers what it wrote for others."""


@given(
    _headers,
    st.sampled_from([(Verdict.ALLOW, None), (Verdict.ALLOW, 204), (Verdict.DENY, 403)]),
    st.none() | st.text("abc123-", max_size=300),
)
def test_an_answer_is_what_a_serialiser_writes(
    headers: list[Header], outcome: tuple[Verdict, int | None], request_id: str | None
) -> None:
    verdict, status = outcome
    decision = ALLOWED._replace(
        verdict=verdict,
        reason=Reason.ALLOWED if verdict is Verdict.ALLOW else Reason.ORIGIN_NOT_ALLOWED,
        answer=Answer(status, tuple(headers)),
    )
    octets = WRITER.prepare(decision).complete(request_id)
    metadata = CheckResponse(dynamic_metadata=CheckResponse.FromString(octets).dynamic_metadata)
    whole = written_whole(decision, request_id)
    # Entries of a map may be written in any order, so the metadata is left as it is.
    assert octets.startswith(whole.SerializeToString())
    whole.MergeFrom(metadata)
    assert CheckResponse.FromString(octets) == whole
    assert len(octets) == whole.ByteSize()
