"""The commands, a module each: options in, the room that does the work called, exit code out.

Exit codes: 0 good, 1 findings or a failing test, 2 wrong usage, 3 a server that cannot start
and would not on another try.
"""

EXIT_FINDINGS = 1
EXIT_BROKEN_START = 3
