"""How to run a module of ours in a fresh interpreter, which inherits nothing by accident."""

import os
import sys
from collections.abc import Mapping


def module_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs ``module``; ``-P`` keeps the working directory off its path."""
    return (sys.executable, "-P", "-m", module, *arguments)


def module_environment() -> Mapping[str, str]:
    """Our own environment, with the places where we ourselves import from."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
