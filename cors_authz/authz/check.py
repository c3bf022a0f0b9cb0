"""One check from the parsed request to the serialised answer."""

from dataclasses import dataclass

from cors_authz.authz.incoming import Incoming
from cors_authz.authz.outgoing import write_check_response
from cors_authz.policy.decide import PolicySet, decide
from cors_authz.policy.decision import Decision


@dataclass(frozen=True, slots=True)
class Checked:
    """A decision and the bytes that tell it to Envoy."""

    decision: Decision
    response: bytes


def check(policy_set: PolicySet, incoming: Incoming, request_id: str | None) -> Checked:
    """Decide about one request.

    Raises:
        AnswerInvalidError: The answer is not fit to be sent.
    """
    decision = decide(policy_set, incoming.request)
    return Checked(decision, write_check_response(decision, request_id, policy_set.revision))
