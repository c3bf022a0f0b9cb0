"""``python -m cors_authz``."""

from cors_authz.cli import main

main()
