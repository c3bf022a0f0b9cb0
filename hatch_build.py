"""Compiles the modules of the request path with mypyc while a wheel is built, where it is asked to.

Off by default: the same sources run uncompiled. Which modules, and why those, stands in
``pyproject.toml``. (``hatch-mypyc``, which would do the same, has had no release since 2023.)
"""

import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LIBRARY = "cors_authz"
"""What holds all that is compiled is named after it; by default its name is a hash."""


class CompilingHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled modules to a wheel. Their sources stay in it, for tracebacks."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the wheel is ``editable``, which only points at the sources."""
        if version == "editable":
            return
        missing = _what_is_missing()
        if missing is not None:
            self.app.abort(f"cors-authz cannot be compiled here: {missing}")
        # Gone with this object, which outlives the writing of the wheel.
        self._folder = tempfile.TemporaryDirectory(prefix="cors-authz-")
        libraries = Path(self._folder.name, "lib")
        _compile([f"cors_authz/{module}.py" for module in self.config["modules"]], libraries)
        for library in sorted(libraries.rglob("*.so")):
            build_data["force_include"][str(library)] = str(library.relative_to(libraries))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _what_is_missing() -> str | None:
    compiler = str(sysconfig.get_config_var("CC")).split()[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler {compiler}; on Debian: apt-get install gcc libc6-dev"
    include = sysconfig.get_path("include")
    if not Path(include, "Python.h").exists():
        return f"{include} has no Python.h; on Debian: apt-get install python3-dev"
    return None


def _compile(sources: list[str], libraries: Path) -> None:
    """Put the compiled modules below ``libraries``, as they stand below a folder of packages."""
    # Only there where the hook is enabled.
    from mypyc.build import mypycify  # noqa: PLC0415
    from setuptools import Distribution  # noqa: PLC0415

    made = libraries.parent
    # No debug information, which would hold the paths of this build.
    extensions = mypycify(
        [f"--cache-dir={made / 'mypy'}", *sources],
        group_name=_LIBRARY,
        debug_level="0",
        target_dir=str(made / "c"),
    )
    for extension in extensions:
        # A compiler newer than mypyc may warn of what that one's authors have never seen.
        extension.extra_compile_args.append("-Wno-error")
    command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(libraries), str(made / "o")
    command.ensure_finalized()
    command.run()
