"""From Envoy's ``CheckRequest`` to a request, and from a decision to its ``CheckResponse``.

Bytes in, bytes out. No transport, no clock, no log.
"""
