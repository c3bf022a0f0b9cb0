"""Finds the foreign tools and schemas that ``deploy/tools.sh`` has installed, or says why not."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

_TOOLS = ROOT / ".tools"


def tool(name: str) -> Path:
    """The path of Helm or Kustomize."""
    return _needed(_TOOLS / "bin" / name)


def schema_folder(name: str) -> Path:
    """The folder with the schemas of one project."""
    return _needed(_TOOLS / "schemas" / name)


def gateway_tool(name: str) -> Path:
    """The path of a translator; these take so long to build that they are not asked for."""
    path = _TOOLS / "bin" / name
    if not path.exists():
        pytest.skip(f"{name} is not installed; `make gateway-tools` builds it")
    return path


def can_compile(interpreter: Path) -> bool:
    """Whether there is what compiles an extension of an interpreter."""
    told = "import sysconfig; print(sysconfig.get_path('include'), sysconfig.get_config_var('CC'))"
    answer = subprocess.check_output([interpreter, "-c", told], text=True)
    headers, compiler, *_ = answer.split()
    return Path(headers, "Python.h").exists() and shutil.which(compiler) is not None


def _needed(path: Path) -> Path:
    if path.exists():
        return path
    if shutil.which("go") or Path("/usr/local/go/bin/go").exists():
        pytest.fail(f"{path.relative_to(ROOT)} is missing; `make tools` installs it", pytrace=False)
    pytest.skip(f"{path.relative_to(ROOT)} needs Go 1.26 or later, which is missing here")
