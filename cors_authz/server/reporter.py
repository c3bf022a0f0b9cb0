"""Tells the supervisor, once a second, that a worker lives and what it counted."""

import asyncio
from contextlib import suppress

from cors_authz.observability.recent import RecentChecks
from cors_authz.observability.tally import Tally
from cors_authz.observability.writer import LineWriter
from cors_authz.server.channel import Channel
from cors_authz.server.messages import Heartbeat, ToSupervisor, ToWorker

HEARTBEAT_INTERVAL_S = 1.0


class Reporter:
    """Holds what is to be told, and tells it."""

    def __init__(self, channel: Channel[ToWorker, ToSupervisor], writer: LineWriter) -> None:
        self._channel = channel
        self._writer = writer
        self.tally = Tally()
        self.recent = RecentChecks()

    async def run(self) -> None:
        """Tell again and again, until the supervisor is gone."""
        with suppress(ConnectionError):
            while True:
                await self.tell()
                await asyncio.sleep(HEARTBEAT_INTERVAL_S)

    async def tell(self) -> None:
        """Tell everything that was not told yet.

        Raises:
            ConnectionError: The supervisor is gone.
        """
        tally, dropped_lines = self.tally, self._writer.dropped_lines
        await self._channel.send(Heartbeat(tally.checks, tally.internal_errors, dropped_lines))
        await self._channel.send(tally.take(dropped_lines))
        while tally.has_more:
            await self._channel.send(tally.take(dropped_lines))
        recent = self.recent.take()
        if recent is not None:
            await self._channel.send(recent)
