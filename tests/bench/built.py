"""Builds what is measured and is not plain Python, where the compilers are."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_CACHE = _ROOT / ".tools/bench"
_TIMEOUT_S = 600.0


class NotBuiltError(RuntimeError):
    """This machine cannot build it; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where a program's sources are, and what turns them into it."""

    name: str
    sources: Path
    needs: Sequence[str]
    """Programs."""
    cure: str
    """How to get them."""


GO = Recipe("noop-go", _HERE / "go", ("go",), "install Go 1.26 or later")
CPP = Recipe(
    "noop-cpp",
    _HERE / "cpp",
    ("g++", "protoc", "grpc_cpp_plugin", "pkg-config"),
    "on Debian: apt-get install g++ libgrpc++-dev protobuf-compiler-grpc pkg-config",
)


def build_go() -> Path:
    """The Go server, from its module's fixed versions.

    Raises:
        NotBuiltError: There is no Go, or its modules cannot be had.
    """
    program, is_current = _place(GO)
    if not is_current:
        _run(_tool(GO, "go"), "build", "-C", GO.sources, "-o", program, ".")
    return program


def build_cpp() -> Path:
    """The C++ server, on the distribution's gRPC library.

    Raises:
        NotBuiltError: The compiler or the library is missing.
    """
    program, is_current = _place(CPP)
    if is_current:
        return program
    generated = program.with_suffix(".generated")
    generated.mkdir(exist_ok=True)
    plugin = f"--plugin=protoc-gen-grpc={_tool(CPP, 'grpc_cpp_plugin')}"
    outputs = (f"--cpp_out={generated}", f"--grpc_out={generated}")
    proto = CPP.sources / "authorization.proto"
    _run(_tool(CPP, "protoc"), *outputs, plugin, f"-I{CPP.sources}", proto)
    flags = _run(_tool(CPP, "pkg-config"), "--cflags", "--libs", "grpc++", "protobuf").split()
    sources = (CPP.sources / "noop.cc", *generated.glob("*.cc"))
    standard = ("-std=c++17", "-O2", f"-I{generated}")
    _run(_tool(CPP, "g++"), *standard, *sources, "-o", program, *flags)
    return program


def build_compiled() -> Path:
    """The product as the image has it, with its request path compiled: a folder of packages.

    Raises:
        NotBuiltError: There is no C compiler, or no headers of this Python.
    """
    folder = _CACHE / f"compiled-{sys.implementation.cache_tag}"
    built = folder / "built"
    recipe = (_ROOT / "pyproject.toml", _ROOT / "hatch_build.py")
    if _is_newer(built, (*recipe, *(_ROOT / "cors_authz").rglob("*.py"))):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    dist = folder / "dist"
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist)
    _run(*command, HATCH_BUILD_HOOKS_ENABLE="1")
    (wheel,) = dist.iterdir()
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    built.touch()
    return folder


def _place(recipe: Recipe) -> tuple[Path, bool]:
    """Where the program is to be, and whether what is there is made of the present sources."""
    for name in recipe.needs:
        _tool(recipe, name)
    _CACHE.mkdir(parents=True, exist_ok=True)
    program = _CACHE / recipe.name
    return program, _is_newer(program, recipe.sources.iterdir())


def _is_newer(made: Path, sources: Iterable[Path]) -> bool:
    newest = max(source.stat().st_mtime for source in sources)
    return made.exists() and made.stat().st_mtime > newest


def _tool(recipe: Recipe, name: str) -> str:
    found = shutil.which(name) or shutil.which(f"/usr/local/go/bin/{name}")
    if found is None:
        raise NotBuiltError(f"{name} is missing; {recipe.cure}")
    return found


def _run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=_ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise NotBuiltError(f"{' '.join(map(str, command[:2]))} failed: {done.stderr[-2000:]}")
    return done.stdout
