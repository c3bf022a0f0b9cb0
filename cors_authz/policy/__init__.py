"""The pure decision: origins, policies, groups, the router and the verdict.

Nothing in this room does I/O, reads a clock or the environment, or knows of protobuf,
YAML or gRPC. Whoever has a :class:`PolicySet` and a :class:`Request` gets a
:class:`Decision` from :func:`decide`, and the same one every time.
"""
