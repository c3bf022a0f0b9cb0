"""A set that comes in parts is the set that was sent, compiled while others are answered."""

import asyncio
import gc
import socket
import time
from pathlib import Path

import msgspec
import pytest
from msgspec.msgpack import Decoder

from cors_authz.config.compile import LoadedSet, Steps, compile_set
from cors_authz.config.load import load
from cors_authz.config.spec import SetSpec
from cors_authz.server.channel import Channel, ChannelBrokenError, open_channel
from cors_authz.server.intake import SetRefusedError, receive_set
from cors_authz.server.messages import (
    PolicySetPart,
    Start,
    ToSupervisor,
    ToWorker,
    policy_set_parts,
)
from cors_authz.server.slices import SLICE_S, do_in_slices, release_steps
from tests.support.policy_sets import many_policies

POLICIES = 300

START = Start(0, "127.0.0.1:0", "fast", 0o600, None, 0.0, 0.0, None, (), 0)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> SetSpec:
    folder = tmp_path_factory.mktemp("policies")
    for name, text in many_policies(POLICIES).items():
        (folder / name).write_text(text)
    found = load([Path(folder)]).spec
    assert found is not None
    return found


async def send(messages: list[ToWorker]) -> LoadedSet | None:
    """Receive what was sent, its first part being a part of a set."""
    here, there = socket.socketpair()
    sending: Channel[ToSupervisor, ToWorker] = await open_channel(here, Decoder(ToSupervisor))
    receiving: Channel[ToWorker, ToSupervisor] = await open_channel(there, Decoder(ToWorker))

    async def send_all() -> None:
        for message in messages:
            await sending.send(message)
        sending.close()

    task = asyncio.create_task(send_all())
    try:
        first = await receiving.receive()
        assert isinstance(first, PolicySetPart)
        return await receive_set(receiving, first, pause_s=0)
    finally:
        await task
        receiving.close()


def group_of(loaded: LoadedSet, host: str) -> str | None:
    group = loaded.policy_set.router.route(host, "/orders/1").group
    return None if group is None else group.name


def test_a_set_in_parts_is_the_set_that_was_sent(spec: SetSpec) -> None:
    parts = list(policy_set_parts(spec))
    assert len(parts) > 5
    received = asyncio.run(send([*parts]))
    assert received is not None
    here = compile_set(spec)
    assert received.policy_set.revision == spec.revision
    assert list(received.policy_set.groups) == list(here.policy_set.groups)
    assert list(received.policy_set.policies) == list(here.policy_set.policies)
    for host in ("api-0.example.com", "api-299.example.com", "api-300.example.com"):
        assert group_of(received, host) == group_of(here, host)


def test_no_part_is_large_unless_one_policy_is(spec: SetSpec) -> None:
    large = msgspec.structs.replace(
        spec.policies[0],
        allowed_origins=tuple(f"https://a{i}.example.com" for i in range(2000)),
    )
    sizes = [
        len(msgspec.msgpack.encode(part))
        for part in policy_set_parts(
            msgspec.structs.replace(spec, policies=(*spec.policies[:150], large))
        )
    ]
    assert sorted(sizes)[-2] < 64 * 1024


def test_a_set_that_does_not_compile_is_refused_when_all_of_it_came(spec: SetSpec) -> None:
    conflicting = msgspec.structs.replace(spec.groups[1], hosts=spec.groups[0].hosts)
    broken = msgspec.structs.replace(spec, groups=(conflicting, *spec.groups))
    with pytest.raises(SetRefusedError, match="both claim"):
        asyncio.run(send([*policy_set_parts(broken)]))


def test_a_set_that_breaks_off_is_none(spec: SetSpec) -> None:
    parts = list(policy_set_parts(spec))
    assert asyncio.run(send([*parts[:-1]])) is None


def test_something_else_within_a_set_breaks_the_channel(spec: SetSpec) -> None:
    first, *rest = policy_set_parts(spec)
    with pytest.raises(ChannelBrokenError, match="Start"):
        asyncio.run(send([first, START, *rest]))


def test_full_collections_are_as_they_were_afterwards(spec: SetSpec) -> None:
    before = gc.get_threshold()
    asyncio.run(send([*policy_set_parts(spec)]))
    assert gc.get_threshold() == before


def test_a_set_that_nobody_holds_is_given_back_in_small_steps(spec: SetSpec) -> None:
    steps = release_steps(compile_set(spec))
    assert sum(1 for _ in steps) == POLICIES * 2


def test_others_have_their_turn_after_each_slice() -> None:
    steps, turns = 10, 0

    def busy() -> Steps[None]:
        for _ in range(steps):
            until = time.perf_counter() + SLICE_S
            while time.perf_counter() < until:
                pass
            yield

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def main() -> None:
        others = asyncio.create_task(take_turns())
        await do_in_slices(busy(), pause_s=0)
        others.cancel()

    asyncio.run(main())
    assert turns >= steps
