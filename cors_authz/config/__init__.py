"""The configuration: documents from files, checked as a whole and compiled to a policy set.

:func:`~cors_authz.config.load.load` is for whoever has paths,
:func:`~cors_authz.config.load.load_sources` for whoever has bytes. This module imports
nothing, so that a process that only compiles need not load what checking needs.
"""
