"""The pages of the documentation, with the blocks and tables that they hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]))

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    page: Path
    line: int
    info: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*infos: str) -> list[Block]:
    """All blocks whose fence says one of ``infos``, of all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.info in infos]


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, line, match["info"].strip(), match["text"])


def prose_of(page: Path) -> str:
    """A page without its blocks."""
    return _BLOCK.sub("", page.read_text())


def anchors_of(page: Path) -> set[str]:
    """The anchors that code hosts give a page's headings."""
    titles = (match["title"] for match in _HEADING.finditer(prose_of(page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def links_of(page: Path) -> Iterator[str]:
    """The targets of a page's links."""
    return (match["target"] for match in _LINK.finditer(prose_of(page)))


def section_of(page: Path, title: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    headings = list(_HEADING.finditer(page.read_text()))
    for index, match in enumerate(headings):
        if match["title"] == title:
            end = headings[index + 1].start() if index + 1 < len(headings) else None
            return page.read_text()[match.end() : end]
    raise LookupError(title)


def rows_of(section: str) -> list[list[str]]:
    """The cells of a section's tables, without their heads."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows[2:] if not set("".join(row)) <= set("- ")]
