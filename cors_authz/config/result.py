"""What became of loading a policy set. Nothing of how it is loaded."""

from dataclasses import dataclass

from cors_authz.config.compile import LoadedSet
from cors_authz.config.finding import Finding
from cors_authz.config.spec import SetSpec
from cors_authz.config.trial import Trial


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of loading."""

    spec: SetSpec | None
    """The set as plain data; ``None`` exactly where a finding is an error."""
    loaded: LoadedSet | None
    """The same set compiled; likewise."""
    findings: tuple[Finding, ...]
    """By file, line and column."""
    revision: str
    """A hash of file names and contents, bad ones included."""
    trials: tuple[Trial, ...]
    """The ``tests`` that stand beside the policies; nothing runs them here."""

    @property
    def valid(self) -> bool:
        """Whether the set can be put in force."""
        return self.spec is not None
