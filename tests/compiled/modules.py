"""The modules that the image has compiled, as the project file lists them."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def compiled_modules() -> list[str]:
    """Their paths below ``cors_authz``, without a suffix."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    listed: list[str] = wheel["hooks"]["custom"]["modules"]
    return listed
