"""What cannot be built here is left out, with a word about how it could be."""

from pathlib import Path

import pytest

from tests.bench import built
from tests.bench.built import NotBuiltError, build_compiled, build_cpp


def test_a_missing_compiler_is_named_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotBuiltError, match=r"g\+\+ is missing; on Debian: apt-get install"):
        build_cpp()


def test_so_is_the_c_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(built, "_CACHE", tmp_path)

    with pytest.raises(NotBuiltError, match="there is no C compiler"):
        build_compiled()
