"""Counts checks, cheaply enough for every one of them."""

from cors_authz.observability.record import CheckRecord, FaultRecord


class CheckCounter:
    """A sink that counts."""

    def __init__(self) -> None:
        self.checks = 0
        """All that were answered, internal errors included."""
        self.internal_errors = 0

    def decided(self, record: CheckRecord) -> None:  # noqa: ARG002 - any will do
        """Count a decision."""
        self.checks += 1

    def failed(self, record: FaultRecord) -> None:  # noqa: ARG002 - any will do
        """Count an internal error."""
        self.checks += 1
        self.internal_errors += 1
