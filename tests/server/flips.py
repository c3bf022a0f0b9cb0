"""Flips a policy set back and forth under load, and holds each answer to the set it names."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping

from cors_authz._generated.ext_authz_pb2 import CheckRequest
from cors_authz.config.source import Source, revision_of
from tests.support.checks import Answer, ask, preflight
from tests.support.kubelet import ConfigMapVolume
from tests.support.sidecar import Sidecar

_GOOD_S, _BROKEN_S = 1.0, 0.5
"""A set of each for so long: every 1.5 s the other one, with a broken one between; give or take
:data:`_JITTER_S`, lest the watcher keeps step and only ever sees the good ones."""

_JITTER_S = 0.25

_LOOK_EVERY = 100
"""After so many checks more the log is read."""

_REVISIONS = 3
"""The one at the start, and the two that take turns."""

_HOST, _ORIGIN = "api.example.com", "https://shop.example.com"
_NAME = "set.yaml"
_SET = """\
policies:
- name: shop
  allowedHttpProtocols: [HTTP/2]
  allowedMethods: [{method}]
  allowedOrigins: [https://shop.example.com]
  maxAge: {max_age}
apiGroups:
- {{name: orders, hosts: [api.example.com], policies: [shop]}}
"""
_METHODS = ("PUT", "DELETE")
_SETS = tuple(_SET.format(method=m, max_age=age) for age, m in enumerate(_METHODS, start=1))
_BROKEN = ("policies: [", "apiGroups: []", _SETS[0].replace("shop.example.com]", "SHOP]"))

SET_AT_START = _SET.format(method="PATCH", max_age=3)

Expected = tuple[int, str, str | None]
"""Status, reason and the age that a browser is told."""


def _expectations() -> Mapping[str, tuple[Expected, Expected]]:
    """By revision, what preflights for each of the methods are answered."""
    allowed = [(204, "allowed", str(age)) for age in (1, 2)]
    denied = (403, "method_not_allowed", None)
    texts = (*_SETS, SET_AT_START)
    revisions = [revision_of([Source(_NAME, text.encode())]) for text in texts]
    answers = ((allowed[0], denied), (denied, allowed[1]), (denied, denied))
    return dict(zip(revisions, answers, strict=True))


def flip_sets(
    sidecar: Sidecar, volume: ConfigMapVolume, *, checks: int, pause_s: float = 0.0
) -> Counter[str]:
    """Check while two sets take turns every 1.5 s, with broken ones between.

    The volume holds ``SET_AT_START`` when the sidecar starts.

    At least ``checks`` are made, and as many more as it takes to see both sets and a broken one.
    Returns how many answers named each revision.

    Raises:
        AssertionError: An answer is not what the set that it names demands.
        grpc.RpcError: A check failed.
    """
    return asyncio.run(_flip(sidecar, volume, checks, pause_s))


async def _flip(
    sidecar: Sidecar, volume: ConfigMapVolume, checks: int, pause_s: float
) -> Counter[str]:
    named: Counter[str] = Counter()
    expectations = _expectations()

    def take(number: int, answer: Answer, _: float) -> None:
        named[answer.revision] += 1
        expected = expectations[answer.revision][number % len(_METHODS)]
        told = answer.headers.get("access-control-max-age")
        assert (answer.status, answer.reason, told) == expected

    def requests() -> Iterator[tuple[int, CheckRequest]]:
        kinds = [preflight(_HOST, _ORIGIN, method=method) for method in _METHODS]
        for number in itertools.count():
            is_time_to_look = number >= checks and number % _LOOK_EVERY == 0
            if is_time_to_look and len(named) == _REVISIONS and _has_failed_to_reload(sidecar):
                return
            yield number, kinds[number % len(kinds)]

    numbered = requests()
    loads = [
        ask(target, numbered, take, in_flight=8, pause_s=pause_s) for target in sidecar.targets
    ]
    flipping = asyncio.create_task(_keep_flipping(volume))
    await asyncio.gather(*loads)
    assert not flipping.done()
    flipping.cancel()
    assert named.total() >= checks
    return named


def _has_failed_to_reload(sidecar: Sidecar) -> bool:
    return any(entry["event"] == "reload_failed" for entry in sidecar.life.since(0))


async def _keep_flipping(volume: ConfigMapVolume) -> None:
    for turn in itertools.count():
        volume.update({_NAME: _SETS[turn % len(_SETS)]})
        await asyncio.sleep(random.uniform(_GOOD_S - _JITTER_S, _GOOD_S + _JITTER_S))
        volume.update({_NAME: _BROKEN[turn % len(_BROKEN)]})
        await asyncio.sleep(random.uniform(_BROKEN_S - _JITTER_S, _BROKEN_S + _JITTER_S))
