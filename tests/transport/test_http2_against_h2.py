"""Our server's half of HTTP/2 against the ``h2`` package's client, step by random step.

The wire between them delivers in pieces of any size, so each side acts on what the other knew
some time ago.
"""

from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.settings
from h2.connection import ConnectionState
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
)

from cors_authz.server.http2.connection import Connection
from cors_authz.server.http2.events import Excess, RequestReceived, RequestTooLarge
from cors_authz.server.http2.huffman import HuffmanDecoder
from cors_authz.server.http2.limits import Limits
from tests.transport.machine import ANSWER, HEAD, TRAILERS

_LIMITS = Limits(
    max_body_bytes=20_000,
    max_streams=5,
    max_header_list_bytes=3000,
    max_waiting_body_bytes=80_000,
)

_GOAWAY = 7
_REFUSED_STREAM = 7

_sizes = st.sampled_from([0, 1, 9, 100, 16_384, 16_385, 19_000])
_pieces = st.sampled_from([1, 2, 9, 10, 50, 1000, 100_000])
_fields = st.lists(
    st.tuples(
        st.sampled_from(["x-a", "x-b", "te"]), st.sampled_from(["trailers", "v" * 50, "w" * 900])
    ).filter(lambda pair: pair[0] != "te" or pair[1] == "trailers"),
    max_size=4,
)


@dataclass(slots=True)
class Call:
    """What the client has sent, and what it got."""

    fields: tuple[tuple[str, str], ...]
    body: bytes = b""
    has_ended: bool = False
    is_cancelled: bool = False
    answer: bytes | None = None
    """What the server answered with; ``None`` where it has not."""
    received: bytes = b""
    is_complete: bool = False
    reset_code: int | None = None


@dataclass(slots=True)
class Server:
    """Our side, with what it has taken and not answered."""

    connection: Connection
    waiting: list[int] = field(default_factory=list)


class Exchange(RuleBasedStateMachine):
    """A client, a server, and the bytes between them."""

    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        config = h2.config.H2Configuration(client_side=True, header_encoding="latin-1")
        self.client = h2.connection.H2Connection(config)
        self.client.initiate_connection()
        self.server = Server(Connection(_LIMITS, HuffmanDecoder(), self.now_s))
        self.to_server = b""
        self.to_client = b""
        self.unread = b""
        self.sent: dict[int, Call] = {}
        self.is_acknowledged = False
        """Whether the client's first settings are; it takes the first acknowledgement for that of
        its first change, whichever it is."""

    @rule(target=calls, fields=_fields, ends=st.booleans())
    def begin(self, fields: list[tuple[str, str]], ends: bool) -> int:  # noqa: FBT001
        if self.client.open_outbound_streams >= _LIMITS.max_streams:
            return 0
        stream_id = self.client.get_next_available_stream_id()
        self.client.send_headers(stream_id, [*HEAD, *fields], end_stream=ends)
        self.sent[stream_id] = Call(tuple(fields), has_ended=ends)
        return stream_id

    @rule(stream_id=calls, size=_sizes, ends=st.booleans(), padding=st.sampled_from([None, 0, 200]))
    def send(self, stream_id: int, size: int, ends: bool, padding: int | None) -> None:  # noqa: FBT001
        call = self.open_call(stream_id)
        if call is None or call.has_ended:
            return
        extra = 0 if padding is None else padding + 1
        size = min(size, self.client.local_flow_control_window(stream_id) - extra, 16_384 - extra)
        if size < 0:
            return
        part = bytes([stream_id % 256]) * size
        self.client.send_data(stream_id, part, end_stream=ends, pad_length=padding)
        call.body += part
        call.has_ended = ends

    @rule(stream_id=calls)
    def end_with_trailers(self, stream_id: int) -> None:
        call = self.open_call(stream_id)
        if call is not None and not call.has_ended:
            self.client.send_headers(stream_id, [("x-trailer", "y")], end_stream=True)
            call.has_ended = True

    @rule(stream_id=consumes(calls))
    def cancel(self, stream_id: int) -> None:
        call = self.open_call(stream_id)
        if call is not None:
            self.client.reset_stream(stream_id, 8)
            call.is_cancelled = True

    @rule()
    def ping(self) -> None:
        self.client.ping(b"whatever")

    @rule(stream_id=calls, size=st.sampled_from([1, 100, 30_000]))
    def open_window(self, stream_id: int, size: int) -> None:
        self.client.increment_flow_control_window(size)
        call = self.open_call(stream_id)
        if call is not None:
            self.client.increment_flow_control_window(size, stream_id)

    @precondition(lambda self: self.is_acknowledged)
    @rule(window=st.sampled_from([0, 1, 50, 65_535]), table=st.sampled_from([0, 100, 4096]))
    def change_settings(self, window: int, table: int) -> None:
        codes = h2.settings.SettingCodes
        self.client.update_settings(
            {codes.INITIAL_WINDOW_SIZE: window, codes.HEADER_TABLE_SIZE: table}
        )

    @rule(size=_pieces)
    def deliver_to_server(self, size: int) -> None:
        self.to_server += self.client.data_to_send()
        part, self.to_server = self.to_server[:size], self.to_server[size:]
        self.now_s += 0.1
        for event in self.server.connection.receive(part, self.now_s):
            call = self.sent[event.stream_id]
            if isinstance(event, RequestTooLarge):
                self.check_excess(call, event.excess)
            else:
                self.check_request(call, event)
            self.server.waiting.append(event.stream_id)

    @rule(index=st.integers(0, 4), size=_sizes)
    def answer(self, index: int, size: int) -> None:
        if not self.server.waiting:
            return
        stream_id = self.server.waiting.pop(index % len(self.server.waiting))
        is_waiting = self.server.connection.is_waiting(stream_id)
        self.server.connection.answer(stream_id, ANSWER, b"a" * size, TRAILERS)
        if is_waiting:
            self.sent[stream_id].answer = b"a" * size

    @rule(size=_pieces)
    def deliver_to_client(self, size: int) -> None:
        self.to_client += self.server.connection.take_output()
        part, self.to_client = self.to_client[:size], self.to_client[size:]
        self.unread += part
        while len(self.unread) >= 9:
            frame_size = 9 + int.from_bytes(self.unread[:3], "big")
            if len(self.unread) < frame_size:
                break
            frame, self.unread = self.unread[:frame_size], self.unread[frame_size:]
            assert frame[3] != _GOAWAY, frame
            for event in self.client.receive_data(frame):
                self.take(event)

    @invariant()
    def the_server_has_not_failed(self) -> None:
        assert not self.server.connection.has_failed

    def teardown(self) -> None:
        """All that is not cancelled comes to its end once everything is delivered."""
        if self.client.state_machine.state is ConnectionState.CLOSED:
            return  # a step has failed
        self.deliver_to_server(2**30)
        self.deliver_to_client(2**30)
        for stream_id in list(self.sent):
            call = self.open_call(stream_id)
            if call is not None and not call.has_ended:
                self.client.end_stream(stream_id)
                call.has_ended = True
        codes = h2.settings.SettingCodes
        self.client.update_settings({codes.INITIAL_WINDOW_SIZE: 2**20})
        self.client.increment_flow_control_window(2**24)
        for _ in range(4):
            self.deliver_to_server(2**30)
            while self.server.waiting:
                self.answer(0, 10)
            self.deliver_to_client(2**30)
        for call in self.sent.values():
            if call.is_cancelled or call.reset_code is not None:
                continue
            assert call.is_complete
            assert call.received == call.answer
        assert not self.server.connection.is_blocked

    def open_call(self, stream_id: int) -> Call | None:
        """The call, unless the client knows that it is over."""
        call = self.sent.get(stream_id)
        if call is None or call.is_cancelled or call.is_complete or call.reset_code is not None:
            return None
        return call

    def check_request(self, call: Call, event: RequestReceived) -> None:
        """What the server took is what the client sent."""
        assert call.has_ended
        assert event.body == call.body
        assert [(f.name, f.value) for f in event.head.fields] == list(call.fields)

    def check_excess(self, call: Call, excess: Excess) -> None:
        """Only what is too large is called so; padding counts."""
        if excess is Excess.BODY:
            assert len(call.body) + 300 * 201 > _LIMITS.max_body_bytes
        else:
            assert sum(32 + len(n) + len(v) for n, v in call.fields) > 2500

    def take(self, event: h2.events.Event) -> None:
        """Note what the client got."""
        if isinstance(event, h2.events.SettingsAcknowledged):
            self.is_acknowledged = True
        call = self.sent.get(getattr(event, "stream_id", None) or 0)
        if call is None:
            return
        if isinstance(event, h2.events.DataReceived):
            call.received += event.data
        elif isinstance(event, h2.events.StreamEnded):
            call.is_complete = True
        elif isinstance(event, h2.events.StreamReset) and not call.is_complete:
            call.reset_code = event.error_code
            assert event.error_code in (_REFUSED_STREAM, 0)


TestExchange = Exchange.TestCase
