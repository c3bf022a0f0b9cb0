"""Places for log lines that do what real ones do at their worst."""

import json
import threading
from dataclasses import dataclass, field

from tests.support.json_lines import Entry


@dataclass(slots=True)
class Output:
    """Keeps what is written; blocks while ``open`` is not set, fails while ``broken``."""

    written: bytes = b""
    broken: bool = False
    open: threading.Event = field(default_factory=threading.Event)
    blocked: threading.Event = field(default_factory=threading.Event)
    """Set once somebody waits."""

    def __post_init__(self) -> None:
        self.open.set()

    def write(self, lines: bytes) -> None:
        if not self.open.is_set():
            self.blocked.set()
            self.open.wait(10)
        if self.broken:
            raise BrokenPipeError("nobody reads")
        self.written += lines

    @property
    def entries(self) -> list[Entry]:
        return [json.loads(line) for line in self.written.splitlines()]

    def events(self, event: str) -> list[Entry]:
        return [entry for entry in self.entries if entry["event"] == event]
