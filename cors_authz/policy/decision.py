"""What a decision consists of: the record that answer, log, metrics and metadata share."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from cors_authz.policy.terms import Kind, Mode, Reason, Verdict


class HeaderAction(Enum):
    """What a header of ours does to one of the same name from the upstream."""

    SET = "set"
    """Replaces it, or is added."""
    APPEND = "append"
    """Is appended to it, or added."""
    NEUTRALISE = "neutralise"
    """Empties it where it exists; adds nothing where it does not."""


class Header(NamedTuple):
    """One response header of an answer."""

    name: str
    value: str
    action: HeaderAction


class Answer(NamedTuple):
    """What the client gets.

    ``status`` is the status of our own response; ``None`` where the request goes on to
    the upstream, whose response then carries ``headers``.
    """

    status: int | None
    headers: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one policy said of a request."""

    policy: str
    outcome: Reason


@dataclass(frozen=True, slots=True)
class Shadow:
    """What the group would have decided with all its policies on ``enforce``."""

    verdict: Verdict
    reason: Reason
    policy: str | None


class Decision(NamedTuple):
    """The whole of what was decided about one request."""

    verdict: Verdict
    kind: Kind
    reason: Reason
    group: str | None
    """The API group's name; ``None`` where there is none, or an unknown one was named."""
    policy: str | None
    """The policy that decided alone; ``None`` where several or none did."""
    tags: Mapping[str, str]
    """The tags of that policy."""
    mode: Mode | None
    """The mode in which the verdict was put into effect; ``None`` outside groups."""
    evaluated: tuple[Evaluated, ...]
    """Each policy that was asked, in order."""
    shadow: Shadow | None
    """Present where the group has ``reportOnly`` policies."""
    requested_headers: tuple[str, ...]
    """The names a preflight asked for, lower-case; empty unless they could be parsed."""
    answer: Answer
