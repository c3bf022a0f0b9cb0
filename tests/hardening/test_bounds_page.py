"""The bounds in the documentation are those in force, and are told with what becomes of more."""

from cors_authz.server import fast_transport, grpc_transport
from cors_authz.server.http2.limits import Limits
from cors_authz.server.transport import BOUNDS
from tests.docs.pages import ROOT, rows_of, section_of

PATIENCE = BOUNDS.patience
LIMITS = Limits(max_body_bytes=1, max_streams=1, max_header_list_bytes=1)

VALUES = {
    "a check's message": f"{BOUNDS.request_bytes >> 20} MiB",
    "metadata of a call": f"{BOUNDS.metadata_bytes >> 10} KiB",
    "calls at once": f"{BOUNDS.streams:,}",
    "bodies that have not": f"{LIMITS.max_waiting_body_bytes >> 20} MiB with `fast`",
    "connections to one worker": f"{BOUNDS.connections:,}",
    "checks that wait": f"with `grpcio` {grpc_transport._MAX_WAITING_CHECKS:,}",
    "age of a connection": f"{PATIENCE.age_s / 60:.0f} minutes",
    "beginning of": f"{PATIENCE.handshake_s:.0f} seconds",
    "silence": f"{PATIENCE.silence_s:.0f} seconds, then a ping, then {PATIENCE.ping_s:.0f} seconds",
    "the end of a connection": f"{fast_transport._TLS_SHUTDOWN_S:.0f} seconds with `fast`",
    "a peer that does not read": f"{PATIENCE.stall_s:.0f} seconds with `fast`",
}
"""By the first words of its row."""


def test_the_page_tells_the_bounds_in_force() -> None:
    rows = rows_of(section_of(ROOT / "docs/operations.md", "Bounds"))
    told = {row[0]: row[1] for row in rows}
    for words, value in VALUES.items():
        assert any(name.startswith(words) and value in told[name] for name in told), words
    assert all(all(cell for cell in row[1:]) for row in rows)


def test_the_page_tells_how_late_is_too_late() -> None:
    assert fast_transport._MAX_TURN_S == 0.1
    page = section_of(ROOT / "docs/operations.md", "Bounds")
    assert "with `fast` those of a tenth of a second" in page
    assert fast_transport._MAX_CATCH_UP_S == 0.02
    assert "for 0.02 seconds of processor time" in page
    assert f"after {PATIENCE.age_grace_s:.0f} seconds more closed" in page
