"""The writing thread: bounded, unstoppable, and honest about what it lost."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from cors_authz.observability.renderer import LineRenderer, line_members
from cors_authz.observability.writer import Line, LineWriter
from tests.observability.outputs import Output


def line(number: int = 0, **fields: Any) -> Line:
    members = {"n": number, **fields}
    return Line(lambda: line_members("info", "decision", 1_795_000_000_123_456_789, members))


def unrenderable() -> Line:
    def fail() -> object:
        raise LookupError("no such field")

    return Line(fail)


@contextmanager
def writing(output: Output, **options: Any) -> Iterator[LineWriter]:
    writer = LineWriter(output, **options)
    try:
        yield writer
    finally:
        output.open.set()
        writer.close(5)


def block(writer: LineWriter, output: Output) -> None:
    """Have the writing thread wait at its output."""
    output.open.clear()
    writer.submit(line(-1))
    assert output.blocked.wait(5)


def test_a_line_begins_with_time_level_and_event() -> None:
    output = Output()
    with writing(output) as writer:
        writer.submit(line(7))
    assert output.written == (
        b'{"timestamp":"2026-11-18T11:06:40.123456Z","level":"info","event":"decision","n":7}\n'
    )


def test_lines_keep_their_order() -> None:
    output = Output()
    with writing(output) as writer:
        for number in range(1000):
            writer.submit(line(number))
    assert [entry["n"] for entry in output.entries] == list(range(1000))


def test_a_blocked_output_never_delays_whoever_submits() -> None:
    output = Output()
    with writing(output, capacity=100) as writer:
        block(writer, output)
        began_s = time.perf_counter()
        for number in range(10_000):
            writer.submit(line(number))
        assert time.perf_counter() - began_s < 1
        assert writer.dropped_lines == 9_900


def test_the_more_lines_wait_the_more_are_rendered_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a worker whose checks never pause would lose most of its lines."""
    sizes: list[int] = []
    render = LineRenderer.render

    def note_and_render(renderer: LineRenderer, lines: Sequence[object]) -> None:
        sizes.append(len(lines))
        render(renderer, lines)

    monkeypatch.setattr(LineRenderer, "render", note_and_render)
    output = Output()
    with writing(output) as writer:
        block(writer, output)
        for number in range(8_000):
            writer.submit(line(number))
    assert (max(sizes), sizes[-2]) == (256, 16)
    assert [entry["n"] for entry in output.entries] == list(range(-1, 8_000))


def test_what_was_dropped_is_told_once_there_is_room() -> None:
    output = Output()
    with writing(output, capacity=100) as writer:
        block(writer, output)
        for number in range(150):
            writer.submit(line(number))
    assert [entry["n"] for entry in output.events("decision")] == [-1, *range(100)]
    [told] = output.events("log_dropped")
    assert (told["lines"], told["linesSinceStart"], told["problem"]) == (50, 50, "")


def test_losses_are_told_from_time_to_time_not_each() -> None:
    output = Output()
    with writing(output, report_interval_s=60) as writer:
        for _ in range(20):
            writer.submit(unrenderable())
            time.sleep(0.03)
    assert [told["lines"] for told in output.events("log_dropped")] == [1, 19]


def test_losses_are_told_although_no_line_follows() -> None:
    output = Output()
    with writing(output, report_interval_s=0.1) as writer:
        for _ in range(2):
            writer.submit(unrenderable())
            time.sleep(0.06)
        deadline = time.monotonic() + 5
        while sum(told["lines"] for told in output.events("log_dropped")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_line_that_comes_while_losses_are_told_at_the_end_is_written() -> None:
    output = Output()
    with writing(output) as writer:
        output.open.clear()
        writer.submit(unrenderable())
        assert output.blocked.wait(5)
        writer.submit(line(1))
        writer.close(0)
    assert [entry["n"] for entry in output.events("decision")] == [1]


def test_few_long_lines_fill_the_buffer_like_many_short_ones() -> None:
    output = Output()
    with writing(output, capacity_bytes=1_000_000) as writer:
        block(writer, output)
        for _ in range(100):
            writer.submit(Line(line().make, held_bytes=100_000))
        assert writer.dropped_lines == 90


def test_a_line_that_cannot_be_rendered_costs_no_other() -> None:
    output = Output()
    with writing(output) as writer:
        writer.submit(line(1))
        writer.submit(unrenderable())
        writer.submit(line(2, what={1, 2}, how=object()))
        writer.submit(line(3))
    assert [entry["n"] for entry in output.events("decision")] == [1, 3]
    assert writer.dropped_lines == 2
    [told] = output.events("log_dropped")
    assert told["lines"] == 2
    assert "object" in told["problem"]


def test_an_output_that_fails_for_a_while_loses_only_that_while() -> None:
    output = Output(broken=True)
    with writing(output, report_interval_s=0.05) as writer:
        writer.submit(line(1))
        deadline = time.monotonic() + 5
        while not writer.dropped_lines:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        output.broken = False
        writer.submit(line(2))
    assert [entry["n"] for entry in output.events("decision")] == [2]
    told = output.events("log_dropped")
    assert told[0]["lines"] >= 1
    assert told[0]["problem"] == "nobody reads"


@pytest.mark.parametrize("waiting", [0, 500])
def test_closing_writes_what_waits(waiting: int) -> None:
    output = Output()
    writer = LineWriter(output)
    for number in range(waiting):
        writer.submit(line(number))
    writer.close(5)
    assert len(output.entries) == waiting


def test_closing_gives_a_blocked_output_up() -> None:
    output = Output()
    with writing(output) as writer:
        block(writer, output)
        began_s = time.monotonic()
        writer.close(0.2)
        assert 0.2 <= time.monotonic() - began_s < 2
