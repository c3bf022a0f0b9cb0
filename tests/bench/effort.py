"""How long everything is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """The same for all that is compared."""

    rounds: int
    run_s: float
    """Of each run in each round."""
    warm_up_s: float = 0.5
    """Before the first round."""
