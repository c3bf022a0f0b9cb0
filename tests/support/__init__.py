"""Real processes and plain clients that tests put together; no test and no expectation."""
