"""How long one hostile input may take: a multiple of what any takes, so that only growth shows."""

from datetime import timedelta

from hypothesis import settings

PROMPT = settings(deadline=timedelta(seconds=1))
"""For what stands on the request path; a whole check takes some 50 microseconds."""

PATIENT = settings(deadline=timedelta(seconds=5))
"""For loading files of some kilobytes, which takes some milliseconds."""
