"""The grammar of serialised origins as an automaton, to prove that a template fits none.

It takes every text that :func:`cors_authz.policy.origin.parse_origin` takes, and a few more
(lengths and IPv6 addresses are not checked), so that what it refuses no browser sends.
"""

import string
from collections.abc import Mapping
from enum import IntEnum, auto
from types import MappingProxyType

from cors_authz.config.lint.expression.node import PRINTABLE, Mark
from cors_authz.config.lint.expression.template import Element, Open, Template

_LETTERS = string.ascii_lowercase
_LABEL = _LETTERS + string.digits + "-_"


class _State(IntEnum):
    START = auto()
    SCHEME = auto()
    COLON = auto()
    SLASH = auto()
    HOST = auto()
    """Where a host may begin."""
    BRACKET = auto()
    ADDRESS = auto()
    LABEL = auto()
    DOT = auto()
    PORT = auto()
    """Where a port may begin."""
    PORT_ZERO = auto()
    PORT_1 = auto()
    PORT_2 = auto()
    PORT_3 = auto()
    PORT_4 = auto()
    PORT_5 = auto()


_S = _State
_ENDS = frozenset(_State) - {
    *(_S.START, _S.SCHEME, _S.COLON, _S.SLASH, _S.HOST),
    *(_S.BRACKET, _S.PORT),
}

_STEPS: Mapping[_State, tuple[tuple[str, _State], ...]] = MappingProxyType(
    {
        _S.START: ((_LETTERS, _S.SCHEME),),
        _S.SCHEME: ((_LETTERS + string.digits + "+.-", _S.SCHEME), (":", _S.COLON)),
        _S.COLON: (("/", _S.SLASH),),
        _S.SLASH: (("/", _S.HOST),),
        _S.HOST: ((_LABEL, _S.LABEL), ("[", _S.BRACKET)),
        _S.BRACKET: (("abcdef:." + string.digits, _S.BRACKET), ("]", _S.ADDRESS)),
        _S.ADDRESS: ((":", _S.PORT),),
        _S.LABEL: ((_LABEL, _S.LABEL), (".", _S.DOT), (":", _S.PORT)),
        _S.DOT: ((_LABEL, _S.LABEL), (":", _S.PORT)),
        _S.PORT: (("0", _S.PORT_ZERO), ("123456789", _S.PORT_1)),
        _S.PORT_ZERO: (),
        _S.PORT_1: ((string.digits, _S.PORT_2),),
        _S.PORT_2: ((string.digits, _S.PORT_3),),
        _S.PORT_3: ((string.digits, _S.PORT_4),),
        _S.PORT_4: ((string.digits, _S.PORT_5),),
        _S.PORT_5: (),
    }
)

_TARGETS: Mapping[tuple[_State, str], _State] = MappingProxyType(
    {
        (state, sign): target
        for state, steps in _STEPS.items()
        for signs, target in steps
        for sign in signs
    }
)

_States = frozenset[_State]


def may_be_origin(template: Template) -> bool:
    """Whether a template may fit a serialised origin other than ``null``; if not, that is sure."""
    states: _States = frozenset({_S.START})
    ended = False
    for element in template:
        if element is Mark.START:
            states &= {_S.START}
        elif element is Mark.END:
            ended = True
        elif ended:
            states = states if _may_be_empty(element) else frozenset()
        else:
            states = _after(states, element)
    return not states.isdisjoint(_ENDS)


def _may_be_empty(element: Element) -> bool:
    return isinstance(element, Open) and element.low == 0


def _after(states: _States, element: Element) -> _States:
    if isinstance(element, str):
        for sign in element:
            states = frozenset(_TARGETS[s, sign] for s in states if (s, sign) in _TARGETS)
        return states
    if isinstance(element, Mark):
        return _step(states, PRINTABLE)
    for _ in range(element.low):
        states = _step(states, element.members)
    return _further(states, element)


def _further(states: _States, stretch: Open) -> _States:
    """Where the characters that a stretch may have beyond its least can lead."""
    seen = fresh = states
    count = stretch.low
    while fresh and (stretch.high is None or count < stretch.high):
        count += 1
        fresh = _step(fresh, stretch.members) - seen
        seen |= fresh
    return seen


def _step(states: _States, members: frozenset[str]) -> _States:
    return frozenset(
        target
        for state in states
        for signs, target in _STEPS[state]
        if not members.isdisjoint(signs)
    )
