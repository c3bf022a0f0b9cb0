"""An HTTP/1.1 client that sends exactly the bytes it is given."""

import http.client
import socket

from tests.support.exchange import RefusedError, Request, Response

_TIMEOUT_S = 10.0


def send_http1(port: int, request: Request) -> Response:
    """Send a request on a connection of its own, and read the response to it.

    Raises:
        RefusedError: The peer closed the connection without an answer.
    """
    with connect(port) as connection:
        connection.sendall(encode(request))
        return receive(connection, request.method)


def connect(port: int) -> socket.socket:
    """Open a connection to a port on loopback."""
    return socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)


def encode(request: Request, *, version: str = "HTTP/1.1") -> bytes:
    """The request's bytes; nothing in it is checked or escaped."""
    headers = [("host", request.host), *request.headers]
    if request.body:
        headers.append(("content-length", str(len(request.body))))
    lines = [f"{request.method} {request.path} {version}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body


def receive(connection: socket.socket, method: str) -> Response:
    """Read one response to a request with ``method``; of a 101, the head alone.

    Raises:
        RefusedError: The peer closed the connection without an answer.
    """
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        headers = tuple((name.lower(), value) for name, value in response.headers.items())
        body = b"" if response.status == http.HTTPStatus.SWITCHING_PROTOCOLS else response.read()
    except (http.client.HTTPException, ConnectionError) as error:
        raise RefusedError(str(error)) from error
    finally:
        response.close()
    return Response(response.status, headers, body)
