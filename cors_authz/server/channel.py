"""Messages between two of our processes over a socket pair: a length, then MessagePack."""

import asyncio
import socket
from typing import Generic, TypeVar

import msgspec

MAX_MESSAGE_BYTES = 16 << 20
"""Four times the largest file of policies; only a fault of ours sends more."""

_LENGTH_BYTES = 4

Received = TypeVar("Received")
Sent = TypeVar("Sent")


class ChannelBrokenError(ConnectionError):
    """The other side sent what is no message."""


class Channel(Generic[Received, Sent]):
    """One side of a connection; messages arrive whole and in order."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        decoder: msgspec.msgpack.Decoder[Received],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = decoder
        self._encoder = msgspec.msgpack.Encoder()

    async def receive(self) -> Received | None:
        """Return the next message; ``None`` where the other side is gone.

        Raises:
            ChannelBrokenError: It is too long, or none of those expected.
        """
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES))
            if length > MAX_MESSAGE_BYTES:
                raise ChannelBrokenError(f"a message of {length} bytes is announced")
            return self._decoder.decode(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return None
        except msgspec.DecodeError as error:
            raise ChannelBrokenError(str(error)) from error

    async def send(self, message: Sent) -> None:
        """Send a message; wait while the other side is slow to take messages in.

        Raises:
            ConnectionError: The other side is gone.
        """
        encoded = self._encoder.encode(message)
        self._writer.write(len(encoded).to_bytes(_LENGTH_BYTES) + encoded)
        await self._writer.drain()

    def close(self) -> None:
        """Let the other side know that nothing more will come."""
        self._writer.close()


async def open_channel(
    connection: socket.socket, decoder: msgspec.msgpack.Decoder[Received]
) -> Channel[Received, Sent]:
    """Use our end of a socket pair."""
    connection.setblocking(False)  # noqa: FBT003 - its only argument
    reader, writer = await asyncio.open_connection(sock=connection)
    return Channel(reader, writer, decoder)
