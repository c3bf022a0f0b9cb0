from pathlib import Path

from cors_authz.config.load import load

EXAMPLES = Path(__file__).parent / "examples"


def test_the_examples_load_without_findings() -> None:
    result = load([EXAMPLES])
    assert result.findings == ()
    assert result.loaded is not None
