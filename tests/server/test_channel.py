"""Messages arrive whole, in order and typed, or the connection is broken."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Decoder, encode

from cors_authz.server import channel as channel_module
from cors_authz.server.channel import Channel, ChannelBrokenError, open_channel
from cors_authz.server.messages import InForce, Ready, Refused, StartFailed, ToSupervisor, ToWorker

texts = st.text(max_size=300)
messages = st.one_of(
    st.builds(Ready, st.integers(0, 65535)),
    st.builds(InForce, texts),
    st.builds(Refused, texts, texts),
    st.builds(StartFailed, texts),
)

Reading = Channel[ToSupervisor, ToWorker]
Scenario = Callable[[socket.socket, Reading], Awaitable[None]]


def run(scenario: Scenario) -> None:
    """Give a scenario one end of a socket pair, and a channel on the other."""

    async def main() -> None:
        raw, end = socket.socketpair()
        with raw:
            channel: Reading = await open_channel(end, Decoder(ToSupervisor))
            await scenario(raw, channel)
            channel.close()

    asyncio.run(main())


@given(st.lists(messages, max_size=20))
def test_what_is_sent_arrives_whole_and_in_order(sent: list[ToSupervisor]) -> None:
    async def main() -> list[ToSupervisor]:
        here, there = socket.socketpair()
        sending: Channel[ToWorker, ToSupervisor] = await open_channel(here, Decoder(ToWorker))
        receiving: Reading = await open_channel(there, Decoder(ToSupervisor))
        for message in sent:
            await sending.send(message)
        sending.close()
        received = []
        while (arrived := await receiving.receive()) is not None:
            received.append(arrived)
        receiving.close()
        return received

    assert asyncio.run(main()) == sent


def framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(4) + payload


@pytest.mark.parametrize(
    "octets",
    [
        framed(b""),
        framed(b"\xc1"),
        framed(encode("a text")),
        framed(encode({"type": "Unknown"})),
        framed(encode({"type": "Ready", "port": "none"})),
        framed(encode({"type": "Start"})),
        (1 << 31).to_bytes(4),
    ],
    ids=[
        "nothing",
        "no MessagePack",
        "no record",
        "unknown",
        "wrong type",
        "not for us",
        "endless",
    ],
)
def test_what_is_no_message_breaks_the_channel(octets: bytes) -> None:
    async def scenario(raw: socket.socket, channel: Reading) -> None:
        raw.sendall(octets)
        with pytest.raises(ChannelBrokenError):
            await channel.receive()

    run(scenario)


@pytest.mark.parametrize("octets", [b"", b"\0\0", b"\0\0\0\x09half"])
def test_whoever_is_gone_has_said_all(octets: bytes) -> None:
    async def scenario(raw: socket.socket, channel: Reading) -> None:
        raw.sendall(octets)
        raw.close()
        assert await channel.receive() is None

    run(scenario)


def test_a_bound_holds_for_what_is_received(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "MAX_MESSAGE_BYTES", 100)

    async def scenario(raw: socket.socket, channel: Reading) -> None:
        fits = encode(InForce("a" * 60))
        assert len(fits) <= 100
        raw.sendall(framed(fits))
        assert await channel.receive() == InForce("a" * 60)
        raw.sendall(framed(encode(InForce("a" * 100))))
        with pytest.raises(ChannelBrokenError):
            await channel.receive()

    run(scenario)
