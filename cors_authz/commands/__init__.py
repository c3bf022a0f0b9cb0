"""The commands, a module each: options in, the room that does the work called, exit code out.

Exit codes: 0 good, 1 findings, a failing test or a failure to start, 2 wrong usage.
"""

EXIT_FINDINGS = 1
