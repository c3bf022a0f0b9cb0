"""A log is read line by line, wherever its writer is at that moment."""

from pathlib import Path

from tests.support.json_lines import JsonLines


def test_a_line_that_is_half_written_is_not_read_yet(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "log")
    log.path.write_text('{"n": 1}\n{"n"')
    assert log.since(0) == ({"n": 1},)


def test_a_mark_on_a_line_s_beginning_leaves_out_what_stands_before(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "log")
    log.path.write_text('{"n": 1}\n')
    mark = log.mark()
    assert log.since(mark) == ()
    log.path.write_text('{"n": 1}\n{"n": 2}\n')
    assert log.since(mark) == ({"n": 2},)


def test_a_mark_in_a_half_written_line_leaves_that_line_out(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "log")
    log.path.write_text('{"n": 1}\n{"n"')
    mark = log.mark()
    assert log.since(mark) == ()
    log.path.write_text('{"n": 1}\n{"n": 2}\n{"n": 3}\n')
    assert log.since(mark) == ({"n": 3},)


def test_a_log_that_does_not_exist_yet_has_no_lines(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "log")
    mark = log.mark()
    assert log.since(mark) == ()
    log.path.write_text('{"n": 1}\n')
    assert log.since(mark) == ({"n": 1},)
