"""The table: aligned, narrow enough, honest, and coloured only where that helps."""

import io
from dataclasses import replace

import pytest

from deploy.demo.decisions import Shadow
from deploy.demo.origins import Origins
from deploy.demo.outcome import Outcome
from deploy.demo.row import Row, Section
from deploy.demo.rows import sections
from deploy.demo.table import Paint, Result, header_lines, paint_for, render

ORIGINS = Origins.on_ports(api=65535, past_envoy=65534, shop=65533, evil=65532)
PLAIN = Paint(colours=False)
COLOURFUL = Paint(colours=True)


def _all_as_expected() -> list[tuple[Section, list[Result]]]:
    return [
        (section, [Result(row, row.expected) for row in section.rows])
        for section in sections(ORIGINS)
    ]


def _first_row() -> Row:
    return sections(ORIGINS)[0].rows[0]


def _render_one(observed: Outcome) -> list[str]:
    row = _first_row()
    return list(render([(Section("title", (row,)), [Result(row, observed)])], PLAIN))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_line_is_wider_than_120_columns() -> None:
    assert max(len(line) for line in render(_all_as_expected(), PLAIN)) <= 120


def test_marks_stand_below_each_other() -> None:
    rows = [line for line in render(_all_as_expected(), PLAIN) if line.endswith("  OK")]

    assert len(rows) == sum(len(section.rows) for section in sections(ORIGINS))
    assert len({len(row) for row in rows}) == 1


def test_colours_do_not_move_anything() -> None:
    coloured = "\n".join(render(_all_as_expected(), COLOURFUL))
    for style in ("1", "2", "31", "32", "33", "0"):
        coloured = coloured.replace(f"\x1b[{style}m", "")

    assert coloured == "\n".join(render(_all_as_expected(), PLAIN))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"verdict": "deny"}, "verdict should be allow, is deny"),
        ({"status": 403}, "status should be 204, is 403"),
        ({"reason": "no_group"}, "reason should be allowed, is no_group"),
        ({"policy": None}, "policy should be storefront, is None"),
        ({"reaches_api": True}, "reaches_api should be False, is True"),
        ({"headers": {}}, "access-control-allow-methods should be GET, HEAD, POST, is absent"),
        ({"shadow": Shadow("deny", "allowed")}, "shadow should be None, is Shadow("),
    ],
    ids=["verdict", "status", "reason", "policy", "api", "headers", "shadow"],
)
def test_whatever_is_not_as_expected_makes_a_row_wrong(
    change: dict[str, object], complaint: str
) -> None:
    lines = _render_one(replace(_first_row().expected, **change))  # type: ignore[arg-type]

    assert any(line.endswith("WRONG") for line in lines)
    assert any(line.strip().startswith(complaint) for line in lines)
    assert lines[-1] == "1 of 1 rows are WRONG."


def test_an_additional_header_makes_a_row_wrong() -> None:
    expected = _first_row().expected
    more = {"access-control-allow-private-network": "true"}

    lines = _render_one(replace(expected, headers=expected.headers | more))

    assert any("private-network should be absent, is true" in line for line in lines)


def test_headers_are_never_broken_within_one() -> None:
    shown = header_lines({f"access-control-{n}": f"{'x' * 40} y" for n in range(5)})

    assert all(line.endswith(" y") for line in shown)
    assert len(shown) > 1


def test_no_headers_are_said_to_be_none() -> None:
    assert [line.strip() for line in header_lines({})] == ["no CORS headers"]


@pytest.mark.parametrize(
    ("stream", "environment", "paint"),
    [
        (_Terminal(), {}, COLOURFUL),
        (_Terminal(), {"NO_COLOR": ""}, COLOURFUL),
        (_Terminal(), {"NO_COLOR": "1"}, PLAIN),
        (_Terminal(), {"TERM": "dumb"}, PLAIN),
        (io.StringIO(), {}, PLAIN),
    ],
    ids=["terminal", "empty NO_COLOR", "NO_COLOR", "dumb", "file"],
)
def test_colour_is_for_terminals_whose_owner_wants_it(
    stream: io.StringIO, environment: dict[str, str], paint: Paint
) -> None:
    assert paint_for(stream, environment) == paint
