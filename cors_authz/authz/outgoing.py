"""Writing a ``CheckResponse``, by the rules of what a real Envoy does with it.

Status and variant are always set and always fit each other, since Envoy takes anything
blank or mismatched for an *allow*. Each header stands once, with an explicit action, and
is validated here, since Envoy by default writes line breaks through to the client.
"""

import re
from functools import lru_cache
from typing import TypeAlias

from google.protobuf.struct_pb2 import Struct

from cors_authz._generated.ext_authz_pb2 import (
    CheckResponse,
    DeniedHttpResponse,
    HeaderValue,
    HeaderValueOption,
    HttpStatus,
    OkHttpResponse,
    Status,
)
from cors_authz.authz.memory import remember
from cors_authz.authz.prepared import DENIED_RESPONSE, PreparedResponse, field, tag_of
from cors_authz.authz.problem import begin_problem, problem_body
from cors_authz.policy import answer
from cors_authz.policy.decision import Answer, Decision, Header, HeaderAction, Shadow
from cors_authz.policy.header_names import is_token
from cors_authz.policy.terms import Kind, Reason, Verdict

_GRPC_OK = 0
_GRPC_PERMISSION_DENIED = 7
_GRPC_INTERNAL = 13

_FINAL_STATUSES = range(200, 600)
_STATUS_NO_CONTENT = 204
_FIELD_VALUE = re.compile(r"[\x20-\x7e]*", re.ASCII)

_ACTIONS = {
    HeaderAction.SET: HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    HeaderAction.APPEND: HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
    HeaderAction.NEUTRALISE: HeaderValueOption.OVERWRITE_IF_EXISTS,
}


_ALLOWED = CheckResponse(status=Status(code=_GRPC_OK)).SerializeToString()
_DENIED = CheckResponse(status=Status(code=_GRPC_PERMISSION_DENIED)).SerializeToString()
_OK_RESPONSE = tag_of(CheckResponse.OK_RESPONSE_FIELD_NUMBER)
_OK_HEADER = tag_of(OkHttpResponse.RESPONSE_HEADERS_TO_ADD_FIELD_NUMBER)
_DENIED_HEADER = tag_of(DeniedHttpResponse.HEADERS_FIELD_NUMBER)

_MAX_REMEMBERED_VALUE = 512
"""As long as an origin may be; lists of headers may be longer."""

_Told: TypeAlias = tuple[Verdict, Kind, Reason, str | None, str | None, Shadow | None]
"""What of a decision is told to Envoy's access log."""


class AnswerInvalidError(ValueError):
    """An answer holds what must not go over the wire: a fault of ours."""


class ResponseWriter:
    """Serialises the ``CheckResponse`` of the decisions by one policy set.

    Most answers have most of their headers in common, and their metadata too. So the fields are
    serialised one by one, as a serialiser writes them, and remembered within bounds.
    """

    def __init__(self, revision: str) -> None:
        self._revision = revision
        self._headers: dict[tuple[bytes, Header], bytes] = {}
        self._metadata: dict[_Told, bytes] = {}

    def prepare(self, decision: Decision) -> PreparedResponse:
        """Serialise an answer but for what is of the single request.

        Raises:
            AnswerInvalidError: A header or the status of the answer is not fit to be sent.
        """
        given = decision.answer
        if given.status is None:
            headers = self._write_headers(_OK_HEADER, given)
            allowed = _ALLOWED + field(_OK_RESPONSE, headers)
            return PreparedResponse(allowed + self._write_metadata(decision))
        if given.status not in _FINAL_STATUSES:
            raise AnswerInvalidError(f"{given.status} is no final status")
        is_denial = decision.verdict is Verdict.DENY
        if is_denial == (given.status == _STATUS_NO_CONTENT):
            raise AnswerInvalidError(
                f"a verdict of {decision.verdict} has no status {given.status}"
            )
        denied = _write_status(given.status) + self._write_headers(_DENIED_HEADER, given)
        metadata = self._write_metadata(decision)
        if is_denial:
            body = begin_problem(decision.reason, given.status)
            return PreparedResponse(_DENIED, denied, metadata, body)
        return PreparedResponse(_DENIED + field(DENIED_RESPONSE, denied) + metadata)

    def _write_headers(self, tag: bytes, given: Answer) -> bytes:
        _check_names(given)
        return b"".join(self._write_header(tag, header) for header in given.headers)

    def _write_header(self, tag: bytes, header: Header) -> bytes:
        written = self._headers.get((tag, header))
        if written is None:
            written = field(tag, _header(header).SerializeToString())
            if len(header.value) <= _MAX_REMEMBERED_VALUE:
                remember(self._headers, (tag, header), written)
        return written

    def _write_metadata(self, decision: Decision) -> bytes:
        told = _told(decision)
        written = self._metadata.get(told)
        if written is None:
            metadata = _metadata(decision, self._revision)
            written = CheckResponse(dynamic_metadata=metadata).SerializeToString()
            remember(self._metadata, told, written)
        return written


def write_internal_error(request_id: str | None) -> bytes:
    """Serialise the ``CheckResponse`` that says that we failed.

    An ``error_response`` rather than a gRPC error, so that status and headers are ours; the
    filter's ``failure_mode_allow`` governs both alike.
    """
    metadata = Struct()
    metadata.update({"cors": {"verdict": Verdict.DENY, "reason": Reason.INTERNAL_ERROR}})
    status = answer.STATUS_INTERNAL_ERROR
    return CheckResponse(
        status=Status(code=_GRPC_INTERNAL),
        error_response=DeniedHttpResponse(
            status=HttpStatus(code=status),
            headers=[_header(header) for header in answer.INTERNAL_ERROR.headers],
            body=problem_body(Reason.INTERNAL_ERROR, status, request_id).decode(),
        ),
        dynamic_metadata=metadata,
    ).SerializeToString()


@lru_cache(maxsize=8)  # we send three
def _write_status(status: int) -> bytes:
    return DeniedHttpResponse(status=HttpStatus(code=status)).SerializeToString()


def _check_names(given: Answer) -> None:
    if len({header.name for header in given.headers}) != len(given.headers):
        raise AnswerInvalidError("a header is named twice")


def _header(header: Header) -> HeaderValueOption:
    if not is_token(header.name):
        raise AnswerInvalidError("a header's name is no token")
    if not _FIELD_VALUE.fullmatch(header.value):
        raise AnswerInvalidError(f"the value of {header.name} holds what no field value may")
    return HeaderValueOption(
        header=HeaderValue(key=header.name, value=header.value),
        append_action=_ACTIONS[header.action],
    )


def _told(decision: Decision) -> _Told:
    return (
        decision.verdict,
        decision.kind,
        decision.reason,
        decision.group,
        decision.policy,
        decision.shadow,
    )


def _metadata(decision: Decision, revision: str) -> Struct:
    """What Envoy's access log can print with ``%DYNAMIC_METADATA(…:cors:verdict)%``."""
    shadow = decision.shadow
    metadata = Struct()
    metadata.update(
        {
            "cors": {
                "verdict": decision.verdict,
                "kind": decision.kind,
                "reason": decision.reason,
                "group": decision.group,
                "policy": decision.policy,
                "revision": revision,
                "shadow": None
                if shadow is None
                else {
                    "verdict": shadow.verdict,
                    "reason": shadow.reason,
                    "policy": shadow.policy,
                },
            }
        }
    )
    return metadata
