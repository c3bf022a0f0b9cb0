"""Servers that cannot be built here are left out, with a word about how they could be."""

from pathlib import Path

import pytest

from tests.bench.built import NotBuiltError, build_cpp


def test_a_missing_compiler_is_named_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotBuiltError, match=r"g\+\+ is missing; on Debian: apt-get install"):
        build_cpp()
