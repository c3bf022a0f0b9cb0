"""One check from the parsed request to the serialised answer."""

from operator import itemgetter
from typing import NamedTuple, TypeAlias, TypeVar

from cors_authz.authz.incoming import Incoming
from cors_authz.authz.outgoing import prepare_response
from cors_authz.authz.prepared import PreparedResponse
from cors_authz.policy.decide import PolicySet, decide_at, find_route
from cors_authz.policy.decision import Answer, Decision, Shadow
from cors_authz.policy.request import Request
from cors_authz.policy.router import Route
from cors_authz.policy.terms import Kind, Reason, Verdict

MAX_REMEMBERED = 1_000
"""Combinations of page, method and host that a busy gateway sees; some three megabytes."""

MAX_REMEMBERED_CHARACTERS = 1_024
"""Of one request without its path; those of browsers have a third of it."""

_without_path = itemgetter(*(i for i, name in enumerate(Request._fields) if name != "path"))

Key = TypeVar("Key")
Value = TypeVar("Value")


_Asked: TypeAlias = tuple[str | None, ...]
"""A group's name, and what a request holds but for its path."""


_Told: TypeAlias = tuple[Verdict, Kind, Reason, str | None, str | None, Shadow | None, Answer]
"""What of a decision gets into the answer."""


class Checked(NamedTuple):
    """A decision and the bytes that tell it to Envoy."""

    decision: Decision
    response: bytes


class _Known(NamedTuple):
    """What is remembered of a check."""

    decision: Decision
    response: PreparedResponse


class Checker:
    """Checks by one policy set, and remembers what it decided of late.

    A decision follows from the group that the path leads to and from the request without its
    path. Requests of a page differ in little else, so that most are answered from memory. What
    is remembered is never wrong, only bounded: a flood of new origins makes us forget, and
    costs what it costs to decide about each of them.
    """

    def __init__(self, policy_set: PolicySet) -> None:
        self.policy_set = policy_set
        self._known: dict[_Asked, _Known] = {}
        self._responses: dict[_Told, PreparedResponse] = {}

    def check(self, incoming: Incoming, request_id: str | None) -> Checked:
        """Decide about one request.

        Raises:
            AnswerInvalidError: The answer is not fit to be sent.
        """
        request = incoming.request
        route = find_route(self.policy_set, request)
        group = None if route.group is None else route.group.name
        asked: _Asked = (group, *_without_path(request))
        known = None if route.ambiguous_with else self._known.get(asked)
        if known is None:
            known = self._decide(route, request, asked)
        return Checked(known.decision, known.response.complete(request_id))

    def _decide(self, route: Route, request: Request, asked: _Asked) -> _Known:
        decision = decide_at(self.policy_set, route, request)
        if sum(len(text) for text in asked if text is not None) > MAX_REMEMBERED_CHARACTERS:
            return _Known(decision, prepare_response(decision, self.policy_set.revision))
        # Those who are refused, and those of whom "*" is told, all get the same.
        told = _told(decision)
        response = self._responses.get(told)
        if response is None:
            response = prepare_response(decision, self.policy_set.revision)
            _remember(self._responses, told, response)
        known = _Known(decision, response)
        if not route.ambiguous_with:
            _remember(self._known, asked, known)
        return known


def _told(decision: Decision) -> _Told:
    return (
        decision.verdict,
        decision.kind,
        decision.reason,
        decision.group,
        decision.policy,
        decision.shadow,
        decision.answer,
    )


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    if len(memory) == MAX_REMEMBERED:
        memory.clear()
    memory[key] = value
