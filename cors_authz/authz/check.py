"""One check from the parsed request to the serialised answer."""

from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from cors_authz.authz.incoming import Incoming
from cors_authz.authz.memory import remember
from cors_authz.authz.outgoing import ResponseWriter
from cors_authz.authz.prepared import PreparedResponse
from cors_authz.policy.decide import PolicySet, decide_at, find_route
from cors_authz.policy.decision import Decision
from cors_authz.policy.request import Request
from cors_authz.policy.router import Route

MAX_REMEMBERED_CHARACTERS = 1_024
"""Of one request without its path; those of browsers have a third of it."""

_without_path = itemgetter(*(i for i, name in enumerate(Request._fields) if name != "path"))

_Asked: TypeAlias = tuple[str | None, ...]
"""A group's name, and what a request holds but for its path."""


class Checked:
    """A decision and the bytes that tell it to Envoy."""

    __slots__ = ("decision", "response")

    def __init__(self, decision: Decision, response: bytes) -> None:
        self.decision: Final = decision
        self.response: Final = response


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
        self._writer = ResponseWriter(policy_set.revision)

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
        known = _Known(decision, self._writer.prepare(decision))
        is_short = sum(len(t) for t in asked if t is not None) <= MAX_REMEMBERED_CHARACTERS
        if is_short and not route.ambiguous_with:
            remember(self._known, asked, known)
        return known
