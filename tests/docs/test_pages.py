"""Whatever the documentation shows works."""

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from cors_authz.cli import main
from cors_authz.config.load import load_sources
from cors_authz.config.source import Source
from cors_authz.config.trial_run import run_trials
from cors_authz.policy.browser import BrowserVerdict, Objection
from cors_authz.policy.terms import Kind, Mode, Reason, Verdict
from tests.docs.pages import PAGES, ROOT, Block, anchors_of, blocks, links_of

EXAMPLES = ROOT / "docs/examples"
CHECKED_ELSEWHERE = frozenset({"lint.md"})
"""Pages whose snippets are wrong on purpose, and have tests of their own."""

IN_EXAMPLES = frozenset({"README.md", "command-line.md"})
"""Pages whose commands run in the folder of examples; those of the others run at the top."""

RUNNABLE = frozenset({"envoy", "validate", "explain", "test", "list", "schema"})
"""Commands that read files and end; of the others only the options are checked."""


@pytest.fixture(name="examples")
def fixture_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder in which the documentation's examples run."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    monkeypatch.chdir(folder)
    return folder


def policy_snippets() -> Iterator[Block]:
    for block in blocks("yaml"):
        if block.page.name in CHECKED_ELSEWHERE:
            continue
        documents = list(yaml.safe_load_all(block.text))
        keys = {key for document in documents if isinstance(document, dict) for key in document}
        if keys & {"policies", "apiGroups", "settings", "tests"} or "data" in keys:
            yield block


@pytest.mark.parametrize("block", list(policy_snippets()), ids=lambda block: block.name)
def test_every_policy_snippet_is_a_set_without_findings_whose_tests_pass(block: Block) -> None:
    result = load_sources([Source("snippet.yaml", block.text.encode())], place="snippet.yaml")
    assert result.findings == ()
    assert result.loaded is not None
    assert run_trials(result.loaded.policy_set, result.trials).failed == ()


def test_there_are_policy_snippets() -> None:
    pages = {block.page.name for block in policy_snippets()}
    assert {"README.md", "configuration.md", "semantics.md"} <= pages


def commands() -> Iterator[tuple[Block, list[str], str | None]]:
    """Every call of cors-authz, with the output that follows it in a console block."""
    for block in blocks("console"):
        calls = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
        for call in calls:
            command, _, output = call.partition("\n")
            if command.startswith("cors-authz "):
                yield block, shlex.split(command), output
    for block in blocks("sh"):
        for line in block.text.replace("\\\n", "").splitlines():
            if line.startswith("cors-authz "):
                yield block, shlex.split(line, comments=True), None


def command_id(value: object) -> str | None:
    return value.name if isinstance(value, Block) else None


@pytest.mark.parametrize(("block", "words", "output"), list(commands()), ids=command_id)
def test_every_command_works_and_prints_what_is_shown(
    block: Block, words: list[str], output: str | None, examples: Path
) -> None:
    arguments = list(takewhile(lambda word: word not in (">", "|", "&"), words[1:]))
    os.chdir(examples if block.page.name in IN_EXAMPLES else ROOT)
    paths = [word for word in arguments[1:] if word.endswith((".yaml", ".json", "/", "policies"))]
    context = click.Context(main)
    command = main.get_command(context, arguments[0])
    assert command is not None
    if arguments[0] not in RUNNABLE or not all(Path(path).exists() for path in paths):
        # What is missing is made by a command of somebody else, in the same block.
        assert block.page.name not in IN_EXAMPLES or arguments[0] not in RUNNABLE
        command.make_context(arguments[0], arguments[1:], parent=context)
        return
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    if output is None:
        assert result.exit_code == 0, result.output
    else:
        assert result.output == output, block.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links_of(page):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors_of(file), target


@pytest.mark.parametrize(
    "word",
    [*Kind, *Verdict, *Reason, *Mode, *BrowserVerdict, *Objection],
    ids=lambda word: f"{type(word).__name__}.{word}",
)
def test_every_word_of_a_decision_is_told_in_the_semantics(word: str) -> None:
    assert f"`{word}`" in (ROOT / "docs/semantics.md").read_text()
