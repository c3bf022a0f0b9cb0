"""The one error of reading an Envoy's configuration."""

from cors_authz.config.excerpt import START, Position


class UnreadableError(ValueError):
    """Bytes that are no configuration of Envoy, or one beyond the bounds."""

    def __init__(self, problem: str, at: Position = START) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at
