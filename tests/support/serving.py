"""Runs ``cors-authz serve`` to its end, for what it says and how it exits."""

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def serve_command(*options: str | Path) -> tuple[str | Path, ...]:
    """The command line."""
    return (sys.executable, "-m", "cors_authz", "serve", *options)


def serve_environment(**overrides: str) -> dict[str, str]:
    """An environment in which this work tree's package is found; ``PYTHONPATH`` goes first.

    Servers that are told nothing else take a free port for their admin server.
    """
    given = overrides.pop("PYTHONPATH", os.environ.get("PYTHONPATH"))
    path = os.pathsep.join(filter(None, (given, str(_ROOT))))
    return {
        **os.environ,
        "CORS_AUTHZ_ADMIN": "127.0.0.1:0",
        **overrides,
        "PYTHONPATH": path,
    }


def serve_to_end(*options: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Serve, expecting that it ends by itself within half a minute."""
    return subprocess.run(
        serve_command("--admin", "none", *options),
        env=serve_environment(**environment),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
