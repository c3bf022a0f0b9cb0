"""What operators ask over HTTP: probes, metrics, what is in force, and why. Read-only.

Nothing here decides or changes anything; it looks at a :class:`~cors_authz.admin.view.ServerView`.
"""
