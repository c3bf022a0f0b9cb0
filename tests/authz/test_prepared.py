"""Prepared answers are the bytes that a serialiser writes of the whole message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz._generated.ext_authz_pb2 import (
    CheckResponse,
    DeniedHttpResponse,
    HeaderValue,
    HeaderValueOption,
    HttpStatus,
    Status,
)
from cors_authz.authz.prepared import prepare, prepare_denial
from cors_authz.authz.problem import problem_body
from cors_authz.policy.terms import Reason


def denial(headers: dict[str, str], verdict: str) -> CheckResponse:
    response = CheckResponse(
        status=Status(code=7),
        denied_response=DeniedHttpResponse(
            status=HttpStatus(code=403),
            headers=[
                HeaderValueOption(header=HeaderValue(key=key, value=value))
                for key, value in headers.items()
            ],
        ),
    )
    # One entry: a serialiser may write several in any order.
    response.dynamic_metadata.update({"verdict": verdict})
    return response


@given(
    st.dictionaries(st.text("abc-", min_size=1), st.text("xyz", max_size=300), max_size=4),
    st.text(max_size=200),
    st.none() | st.text("abc123-", max_size=20_000),
)
def test_a_denial_is_written_as_if_its_body_had_been_there_from_the_start(
    headers: dict[str, str], verdict: str, request_id: str | None
) -> None:
    prepared = prepare_denial(denial(headers, verdict), Reason.ORIGIN_NOT_ALLOWED)
    whole = denial(headers, verdict)
    whole.denied_response.body = problem_body(Reason.ORIGIN_NOT_ALLOWED, 403, request_id).decode()
    assert prepared.complete(request_id) == whole.SerializeToString()


@pytest.mark.parametrize("request_id", [None, "id-1"])
def test_an_answer_without_a_body_is_the_same_for_every_request(request_id: str | None) -> None:
    response = denial({"vary": "Origin"}, "deny")
    assert prepare(response).complete(request_id) == response.SerializeToString()
