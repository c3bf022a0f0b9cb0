"""What operators see: the decision log, correlation ids. The decision knows none of it."""
