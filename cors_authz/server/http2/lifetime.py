"""How long a connection may live, be silent, or keep us waiting: arithmetic on times, no clock."""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long a connection may do what it does."""

    age_s: float
    """From its start until it is asked to end."""
    age_grace_s: float = 30.0
    """From then until it is ended."""
    drain_ping_s: float = 1.0
    """From the first GOAWAY to the second, where the ping in between is not answered."""
    handshake_s: float = 10.0
    """From its start until it has acknowledged our SETTINGS."""
    silence_s: float = 120.0
    """Without a byte, before it is asked for a sign of life: a peer that vanished sends none."""
    ping_s: float = 20.0
    """From then until it is given up."""
    stall_s: float = 30.0
    """Without reading what we have to say."""
    linger_s: float = 1.0
    """From our last word until the socket is closed, which would destroy what is under way where
    the peer still sends."""


class Due(Enum):
    """What is to be done with a connection now."""

    NOTHING = auto()
    PING = auto()
    DRAIN = auto()
    ACCEPT_NO_MORE = auto()
    ABANDON = auto()
    CLOSE = auto()
    ABORT = auto()


class Lifetime:
    """The times of one connection. Whoever reads and writes notes them here."""

    def __init__(self, patience: Patience, age_s: float, now_s: float) -> None:
        """``age_s`` is the patience's own with some jitter."""
        self._patience = patience
        self._handshake_until_s = now_s + patience.handshake_s
        self._drain_at_s = now_s + age_s
        self._drained_s: float | None = None
        self._ended_s: float | None = None
        self._pinged_s = now_s
        self.heard_s = now_s
        """When the peer last sent anything."""
        self.wrote_s = now_s
        """When we last could write anything."""

    def note_end(self, now_s: float) -> None:
        """Note that the last word is said."""
        if self._ended_s is None:
            self._ended_s = now_s

    def note_drain(self, now_s: float) -> None:
        """Note that the peer was asked to end."""
        if self._drained_s is None:
            self._drained_s = now_s

    def due(self, now_s: float, *, is_confirmed: bool, is_stalled: bool) -> Due:
        """What to do now. A connection is stalled while something to say waits for the peer."""
        silence_s = now_s - self.heard_s
        if self._is_given_up(now_s, silence_s, is_stalled=is_stalled):
            return Due.ABORT
        if self._ended_s is not None:
            is_over = now_s - self._ended_s > self._patience.linger_s
            return Due.CLOSE if is_over else Due.NOTHING
        if not is_confirmed and now_s > self._handshake_until_s:
            return Due.ABANDON
        if self._drained_s is not None:
            return self._due_while_draining(now_s - self._drained_s)
        if now_s > self._drain_at_s:
            return Due.DRAIN
        return self._due_in_silence(now_s, silence_s)

    def _is_given_up(self, now_s: float, silence_s: float, *, is_stalled: bool) -> bool:
        patience = self._patience
        if is_stalled and now_s - self.wrote_s > patience.stall_s:
            return True
        return silence_s > patience.silence_s + patience.ping_s

    def _due_in_silence(self, now_s: float, silence_s: float) -> Due:
        if silence_s > self._patience.silence_s and self._pinged_s <= self.heard_s:
            self._pinged_s = now_s
            return Due.PING
        return Due.NOTHING

    def _due_while_draining(self, elapsed_s: float) -> Due:
        if elapsed_s > self._patience.age_grace_s:
            return Due.ABANDON
        if elapsed_s > self._patience.drain_ping_s:
            return Due.ACCEPT_NO_MORE
        return Due.NOTHING
