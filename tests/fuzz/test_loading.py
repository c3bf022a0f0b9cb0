"""Whatever bytes stand in a file, loading gives a set or findings with places, in time."""

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from cors_authz.config.load import load_sources
from cors_authz.config.report import as_json, as_text
from cors_authz.config.sarif import as_sarif
from cors_authz.config.source import Source
from cors_authz.config.source_line import SourceLines
from tests.fuzz.budget import PATIENT
from tests.fuzz.mutation import mutated

ROOT = Path(__file__).parents[2]
FILES = [*(ROOT / "docs/examples/policies").iterdir(), *(ROOT / "tests/config/examples").iterdir()]
SEEDS = [file.read_bytes() for file in sorted(FILES) if file.suffix == ".yaml"]
MANIFEST = b"kind: ConfigMap\ndata:\n  a.yaml: |\n" + b"".join(
    b"    " + line for line in SEEDS[0].splitlines(keepends=True)
)

WORDS = tuple(
    word.encode()
    for word in (
        *("policies:", "apiGroups:", "tests:", "settings:", "kind: ConfigMap\n", "data:\n", "- "),
        *("name: a\n", "\n", "  ", "\t", "[", "]", "{", "}", ": ", "? ", "| ", "> ", "---\n", "#"),
        *("&a ", "*a", "!!python/object:os.system ", "!!binary ", "<<: ", "%YAML 1.1\n", "...\n"),
        *(
            '"',
            "'",
            "\\",
            "\\u0000",
            "\\ud800",
            "\ufeff",
            "\u2028",
            "\x85",
            "é",
            "~",
            "null",
            "yes",
        ),
        *("0x1F", "1e999", "9" * 5000, "-.inf", "2001-01-01", "~(a{1000}){1000}", "~(((((", "*."),
        *("https://", "maxAge: -1\n", "acknowledge: [", "version: 2\n", "url: /", "expect: {}"),
    )
)


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from(WORDS), max_size=60).map(b"".join)
    | mutated([*SEEDS, MANIFEST], WORDS),
    st.sampled_from(["set.yaml", "set.json"]),
)
@PATIENT
@example(b"[" * 10_000, "set.json")
@example(b"{a: " * 10_000, "set.yaml")
@example(b"- " * 10_000, "set.yaml")
@example(b"? " * 10_000, "set.yaml")
@example(b"&a " * 10_000, "set.yaml")
@example(b'"' + b"\\" * 10_001, "set.yaml")
@example(b"\xef\xbb\xbf" * 1000, "set.yaml")
@example(b"a: &a [x]\n" + b"b: &b [*a, *a]\n" * 1000, "set.yaml")
@example(b"#" * 100_000, "set.yaml")
@example(b" " * 100_000 + b"\n" * 10_000, "set.yaml")
def test_files_are_loaded_or_refused_with_places(content: bytes, name: str) -> None:
    source = Source(name, content)
    result = load_sources([source], place=name)
    errors = [finding for finding in result.findings if finding.level == "error"]
    assert (result.loaded is None) is bool(errors)
    # YAML has more line breaks than most, and libyaml places the end below the last line.
    breaks = sum(map(content.count, (b"\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")))
    for finding in result.findings:
        assert 1 <= finding.line <= breaks + 2
        assert finding.column >= 1
        assert finding.message.isprintable()
        assert finding.fix.isprintable()
    text = as_text(result, SourceLines([source]))
    assert all(line.isprintable() for line in text.split("\n"))
    assert as_json(result)
    assert as_sarif(result)


@given(st.lists(st.sampled_from(SEEDS), max_size=3), st.lists(st.binary(max_size=60), max_size=3))
@PATIENT
def test_several_files_are_loaded_or_refused(good: list[bytes], other: list[bytes]) -> None:
    sources = [Source(f"{n}.yaml", content) for n, content in enumerate([*good, *other])]
    result = load_sources(sources, place="set")
    assert result.revision
