"""The configuration: documents from files, checked as a whole and compiled to a policy set.

:func:`load` is for whoever has paths, :func:`load_sources` for whoever has bytes.
"""

from cors_authz.config.compile import DecisionLogShares, LoadedSet
from cors_authz.config.finding import Finding, Level
from cors_authz.config.load import LoadResult, load, load_sources
from cors_authz.config.source import Source, read_sources, revision_of

__all__ = [
    "DecisionLogShares",
    "Finding",
    "Level",
    "LoadResult",
    "LoadedSet",
    "Source",
    "load",
    "load_sources",
    "read_sources",
    "revision_of",
]
