"""Every line that a real sidecar writes is one that the documentation describes."""

import json
import os
import re
import shutil
import signal
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from msgspec import to_builtins

from cors_authz.observability.lifecycle import Level, Lifecycle
from cors_authz.observability.lines import decision_line, fault_line
from cors_authz.observability.record import FaultRecord
from cors_authz.observability.writer import Line, LineWriter
from cors_authz.policy.terms import Kind, Mode, Reason, Verdict
from tests.docs.pages import ROOT, rows_of, section_of
from tests.observability.outputs import Output
from tests.observability.records import fault, record
from tests.observability.requests import CHECKS, POLICIES, TRACE
from tests.support.checks import ask_once
from tests.support.child import stop
from tests.support.json_lines import Entry
from tests.support.sidecar import run_sidecar

PAGE = ROOT / "docs/decision-log.md"
SCHEMA = json.loads((ROOT / "docs/decision-log.schema.json").read_text())
DEFINITIONS: Mapping[str, Any] = SCHEMA["$defs"]
EVENTS = frozenset(choice["$ref"].rpartition("/")[2] for choice in SCHEMA["oneOf"])

RARE = frozenset(
    {"findings_omitted", "log_dropped", "tls_reload_failed", "tls_reloaded", "watcher_failed"}
)
"""What a short life without certificates does not show."""


def assert_described(entry: Entry) -> None:
    """Check a line against the schema of its event, for a message that helps."""
    schema = {**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{entry['event']}"}]}
    jsonschema.Draft202012Validator(schema).validate(entry)
    assert list(entry)[:3] == ["timestamp", "level", "event"]


@pytest.fixture(scope="module", name="lines")
def fixture_lines(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """All lines of an eventful life."""
    directory = tmp_path_factory.mktemp("life")
    policies = directory / "policies.yaml"
    shutil.copy(POLICIES, policies)
    with run_sidecar(policies, directory) as sidecar:
        for request in CHECKS.values():
            ask_once(sidecar.targets[0], request)
        text = policies.read_text()
        policies.write_text(text.replace("PUT", "PATCH"))
        sidecar.life.wait_for("reloaded")
        policies.write_text(text.replace("partners,", "orders,"))
        sidecar.life.wait_for("reload_failed")
        os.kill(sidecar.life.wait_for("started")["workers"][0]["pid"], signal.SIGKILL)
        sidecar.life.wait_for("worker_replaced")
        stop(sidecar.process)
        return [*sidecar.life.since(0), *sidecar.decisions.since(0)]


def test_every_line_matches_the_schema(lines: list[Entry]) -> None:
    for entry in lines:
        assert_described(entry)


def test_the_life_that_was_tried_is_eventful(lines: list[Entry]) -> None:
    assert {entry["event"] for entry in lines} == EVENTS - RARE
    decisions = [entry for entry in lines if entry["event"] == "decision"]
    assert len(decisions) == len(CHECKS)
    assert {entry["kind"] for entry in decisions} == {*Kind}
    assert {entry["verdict"] for entry in decisions} == {*Verdict}
    assert {entry["shadow"] and entry["shadow"]["verdict"] for entry in decisions} >= {
        None,
        "allow",
        "deny",
    }
    assert TRACE in {entry["traceId"] for entry in decisions}


def written(submit_to: LineWriter, output: Output) -> list[Entry]:
    submit_to.close(5)
    return output.entries


@pytest.mark.parametrize(
    "one", [fault(), fault(request=None), fault(ValueError("\u20ac\n"))], ids=["", "unread", "odd"]
)
def test_lines_of_internal_errors_match_the_schema(one: FaultRecord) -> None:
    output = Output()
    writer = LineWriter(output)
    writer.submit(Line(lambda: fault_line(one)))
    [line] = written(writer, output)
    assert_described(line)


def test_lines_of_rare_events_match_the_schema() -> None:
    output = Output()
    writer = LineWriter(output)
    life = Lifecycle(writer, Level.INFO)
    life.error("watcher_failed", stack="Traceback")
    life.warn("findings_omitted", revision="3f9a", findings=7)
    life.info("tls_reloaded", certificate="/tls/tls.crt")
    life.error("tls_reload_failed", problem="/tls/tls.crt: it is empty")
    life.info("unrenderable", what=object())
    for line in written(writer, output):
        assert_described(line)
    assert {line["event"] for line in output.entries} == RARE


@pytest.mark.parametrize(
    ("least", "events"),
    [
        (Level.INFO, ["tls_reloaded", "findings_omitted", "watcher_failed"]),
        (Level.WARNING, ["findings_omitted", "watcher_failed"]),
        (Level.ERROR, ["watcher_failed"]),
    ],
)
def test_a_life_cycle_line_is_written_if_it_weighs_enough(least: Level, events: list[str]) -> None:
    output = Output()
    writer = LineWriter(output)
    life = Lifecycle(writer, least)
    life.info("tls_reloaded", certificate="/tls/tls.crt")
    life.warn("findings_omitted", revision="3f9a", findings=7)
    life.error("watcher_failed", stack="Traceback")
    assert [line["event"] for line in written(writer, output)] == events


def test_the_schema_has_every_event_that_the_source_names() -> None:
    told = re.compile(r'(?:lifecycle\.(?:info|warn|error)|tell)\(\s*"(\w+)"')
    sources = (ROOT / "cors_authz").rglob("*.py")
    named = {event for path in sources for event in told.findall(path.read_text())}
    assert named | {"decision", "log_dropped"} == EVENTS


def test_the_schema_has_the_words_of_a_decision_and_no_others() -> None:
    properties = DEFINITIONS["decision"]["properties"]
    assert properties["verdict"]["enum"] == [*Verdict]
    assert set(properties["kind"]["enum"]) == {*Kind, None}
    assert set(properties["mode"]["enum"]) == {*Mode, None}
    assert DEFINITIONS["reason"]["enum"] == [*Reason]


def test_the_page_has_every_field_of_a_decision_in_the_order_of_the_lines() -> None:
    head = [row[0] for row in rows_of(section_of(PAGE, "Fields of every line"))]
    body = [row[0] for row in rows_of(section_of(PAGE, "Fields of a decision"))]
    fields = [*to_builtins(decision_line(record())), "stack"]
    assert [*head, *body] == [f"`{name}`" for name in fields]
    assert set(DEFINITIONS["decision"]["properties"]) == set(fields)


def test_the_page_has_every_other_event_with_its_fields() -> None:
    rows = {row[0].strip("`"): row for row in rows_of(section_of(PAGE, "Other events"))}
    assert {*rows, "decision"} == EVENTS
    for event, (_, levels, fields, _) in rows.items():
        properties = DEFINITIONS[event]["properties"]
        assert set(levels.split(", ")) == set(properties["level"]["enum"])
        for name in set(properties) - {"timestamp", "level", "event"}:
            assert f"`{name}`" in fields, (event, name)


def test_the_example_of_the_page_matches_the_schema() -> None:
    example = PAGE.read_text().split("```json\n")[1].split("```")[0]
    assert_described(json.loads(example))
