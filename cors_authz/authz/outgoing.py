"""Writing a ``CheckResponse``, by the rules of what a real Envoy does with it.

Status and variant are always set and always fit each other, since Envoy takes anything
blank or mismatched for an *allow*. Each header stands once, with an explicit action, and
is validated here, since Envoy by default writes line breaks through to the client.
"""

import re

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
from cors_authz.authz.prepared import PreparedResponse, prepare, prepare_denial
from cors_authz.authz.problem import problem_body
from cors_authz.policy import answer
from cors_authz.policy.decision import Answer, Decision, Header, HeaderAction
from cors_authz.policy.header_names import is_token
from cors_authz.policy.terms import Reason, Verdict

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


class AnswerInvalidError(ValueError):
    """An answer holds what must not go over the wire: a fault of ours."""


def prepare_response(decision: Decision, revision: str) -> PreparedResponse:
    """Serialise the ``CheckResponse`` of a decision.

    Raises:
        AnswerInvalidError: A header or the status of the answer is not fit to be sent.
    """
    headers = _headers(decision.answer)
    status = decision.answer.status
    metadata = _metadata(decision, revision)
    if status is None:
        return prepare(
            CheckResponse(
                status=Status(code=_GRPC_OK),
                ok_response=OkHttpResponse(response_headers_to_add=headers),
                dynamic_metadata=metadata,
            )
        )
    if status not in _FINAL_STATUSES:
        raise AnswerInvalidError(f"{status} is no final status")
    is_denial = decision.verdict is Verdict.DENY
    if is_denial == (status == _STATUS_NO_CONTENT):
        raise AnswerInvalidError(f"a verdict of {decision.verdict} has no status {status}")
    response = CheckResponse(
        status=Status(code=_GRPC_PERMISSION_DENIED),
        denied_response=DeniedHttpResponse(status=HttpStatus(code=status), headers=headers),
        dynamic_metadata=metadata,
    )
    return prepare_denial(response, decision.reason) if is_denial else prepare(response)


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
            headers=_headers(answer.INTERNAL_ERROR),
            body=problem_body(Reason.INTERNAL_ERROR, status, request_id).decode(),
        ),
        dynamic_metadata=metadata,
    ).SerializeToString()


def _headers(checked: Answer) -> list[HeaderValueOption]:
    names = [header.name for header in checked.headers]
    if len(set(names)) != len(names):
        raise AnswerInvalidError("a header is named twice")
    return [_header(header) for header in checked.headers]


def _header(header: Header) -> HeaderValueOption:
    if not is_token(header.name):
        raise AnswerInvalidError("a header's name is no token")
    if not _FIELD_VALUE.fullmatch(header.value):
        raise AnswerInvalidError(f"the value of {header.name} holds what no field value may")
    return HeaderValueOption(
        header=HeaderValue(key=header.name, value=header.value),
        append_action=_ACTIONS[header.action],
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
