"""The HTTP/2 that unary gRPC needs, without I/O: bytes in, requests out; answers in, bytes out.

No socket, no clock and no logging here: time is an argument, and whoever owns the socket
writes what the protocol hands out.
"""
