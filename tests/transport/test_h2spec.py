"""The conformance suite h2spec against the fast transport, and what it asks in vain.

It is built from its Go module, with the versions that ``h2spec/go.sum`` fixes.
"""

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.transport.serving import Kind, echo, serving

_MODULE = Path(__file__).parent / "h2spec"
_GO = shutil.which("go") or shutil.which("/usr/local/go/bin/go")

_NO_DATA = (
    "h2spec sends no gRPC, and what we answer to that is a head that ends the stream; it waits "
    "for DATA. The frame in question is accepted."
)
_DEPRECATED = (
    "Dependencies of streams are deprecated and mean nothing (RFC 9113 section 5.3.2), so none "
    "is wrong; h2spec tests RFC 7540."
)
_SHORT = "Without DATA in the answer there is nothing to watch the window with; see _NO_DATA."

ACCEPTED = {
    ("generic/2", "Sends a WINDOW_UPDATE frame on half-closed (remote) stream"): _NO_DATA,
    ("generic/2", "Sends a PRIORITY frame on half-closed (remote) stream"): _NO_DATA,
    (
        "http2/5.1.2",
        "Sends HEADERS frames that causes their advertised concurrent stream limit to be exceeded",
    ): "Its requests are whole, and answered while they arrive, so never too many are open.",
    ("http2/5.3.1", "Sends HEADERS frame that depend on itself"): _DEPRECATED,
    ("http2/5.3.1", "Sends PRIORITY frame that depend on itself"): _DEPRECATED,
    ("http2/6.5.3", "Sends multiple values of SETTINGS_INITIAL_WINDOW_SIZE"): _SHORT,
    (
        "http2/6.9.1",
        "Sends SETTINGS frame to set the initial window size to 1 and sends HEADERS frame",
    ): _SHORT,
    (
        "http2/6.9.2",
        "Changes SETTINGS_INITIAL_WINDOW_SIZE after sending HEADERS frame",
    ): _SHORT,
    ("http2/6.9.2", "Sends a SETTINGS frame for window size to be negative"): _SHORT,
}
"""What is not passed, and why that is right. The tests of this folder cover the windows."""


@pytest.fixture(scope="module")
def h2spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if _GO is None:
        pytest.skip("h2spec needs Go, which is missing here")
    program = tmp_path_factory.mktemp("h2spec") / "h2spec"
    package = "github.com/summerwind/h2spec/cmd/h2spec"
    subprocess.run([_GO, "build", "-C", _MODULE, "-o", program, package], check=True, timeout=300)
    return program


@pytest.mark.timeout(400)
def test_all_but_what_grpc_leaves_out_is_passed(h2spec: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    with serving(lambda: Kind("fast").make(echo, "127.0.0.1:0")) as served:
        address = ("-h", "127.0.0.1", "-p", str(served.port))
        command: list[str | Path] = [
            h2spec,
            *address,
            "--strict",
            "--timeout",
            "2",
            "--junit-report",
            report,
        ]
        subprocess.run(command, check=False, capture_output=True, timeout=200)

    cases = list(ET.parse(report).getroot().iter("testcase"))
    not_passed = {(case.get("package"), case.get("classname")) for case in cases if len(case)}

    assert len(cases) == 146
    assert not_passed == set(ACCEPTED)
