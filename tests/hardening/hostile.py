"""Serialised ``CheckRequest`` messages with hostile content, by chance but from a seed.

Plain ``random`` instead of hypothesis: a million are wanted, and none needs to be made smaller.
"""

import random
from collections.abc import Iterator, Sequence

from cors_authz._generated.ext_authz_pb2 import AttributeContext, CheckRequest
from cors_authz.authz.incoming import GROUP_EXTENSION

_ORIGINS = (
    "https://shop.example.com",
    "https://shop.example.com",
    "https://a.shop.example.com",
    "https://shop.example.com:8443",
    "https://pr-12.preview.example.com",
    "https://pr-12.preview.example.com.evil.net",
    "https://partner.example.net",
    "https://other.example.net",
    "https://api.example.com",
    "http://localhost:3000",
    "http://[::1]:3000",
    "http://[0:0:0:0:0:0:0:1]:3000",
    "chrome-extension://abcdefghijklmnop",
    "null",
    "NULL",
    "",
    "https://shop.example.com, https://evil.net",
    "https://evil.net\\.shop.example.com",
    "https://shop.example.com@evil.net",
    "https://shop.example.com\r\nx-evil: 1",
    "https://" + "a." * 252 + "a",
    "https://" + "a" * 600,
    "https://" + "aa" * 100 + "!",
)
_HOSTS = (
    "api.example.com",
    "api.example.com",
    "API.example.com.:443",
    "all.example.com",
    "dry.example.com",
    "quiet.example.com",
    "a.b.example.com",
    "example.com",
    "[::1]:8080",
    "user@api.example.com",
    "api.example.com,evil.net",
    "api.example.com:99999",
    "api..example.com",
    "a" * 300,
    "",
)
_PATHS = (
    "/orders",
    "/orders/1?x=/invoices",
    "/invoices",
    "/v1/orders",
    "/v1%2Forders",
    "/x/..%2forders",
    "/orders/%2e%2e/invoices",
    "/orders\\..\\invoices",
    "//orders",
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
    "/.." * 50,
    "%",
    "*",
    "",
)
_METHODS = ("GET", "OPTIONS", "OPTIONS", "PUT", "POST", "DELETE", "HEAD", "get", "", "G T")
_REQUESTED_METHODS = ("PUT", "GET", "DELETE", "put", "*", "GET,PUT", "P T", "", "P" * 64, "P" * 65)
_LISTS = (
    "content-type",
    "Authorization, content-type",
    "x-one",
    "*",
    ",,,",
    "x one",
    "," * 17,
    ",".join(f"x-{number}" for number in range(65)),
    "x" * 4097,
)
_HEADERS = {
    "origin": _ORIGINS,
    "access-control-request-method": _REQUESTED_METHODS,
    "access-control-request-headers": _LISTS,
    "sec-fetch-site": ("same-origin", "cross-site", "same-site", "none", ""),
    "sec-fetch-mode": ("cors", "navigate", "websocket", "no-cors", ""),
    "upgrade": ("websocket", "h2c, WebSocket", "h2c", ""),
    "cookie": ("session=secret",),
    "x-request-id": ("3f2a", "\r\n", '"}', "é"),
}
_GROUPS = ("everything", "orders", "nowhere", "")
_PROTOCOLS = ("HTTP/1.1", "HTTP/2", "HTTP/3", "HTTP/1.0", "SPDY", "")
_SCRAPS = (
    *("\0", "\r\n", " ", "\t", ",", ".", ":", "/", "\\", "%", "@", "*", "-", "é", "\u2028"),
    *(
        "\U0001f4a9",
        "%00",
        "%2f",
        "..",
        "https://",
        "null",
        "a" * 50,
        "[",
        "]",
        "\x7f",
        "\u0130",
        "\u017f",
    ),
)


class Hostile:
    """An endless supply of messages; equal seeds, and recordings, give equal ones."""

    def __init__(self, seed: int, recorded: Sequence[bytes]) -> None:
        """``recorded`` are messages that a real Envoy sent, to be changed."""
        self._random = random.Random(seed)
        self._recorded = recorded

    def messages(self, count: int) -> Iterator[bytes]:
        """Serialised messages, a third of them with bytes changed at random afterwards."""
        for _ in range(count):
            message = self._whole_message()
            yield self._with_bytes_changed(message) if self._random.random() < 1 / 3 else message

    def _whole_message(self) -> bytes:
        match self._random.randrange(20):
            case 0:
                return self._random.randbytes(self._random.randint(1, 200))
            case 1 | 2:
                return self._random.choice(self._recorded)
            case 3 | 4:
                # Of two messages in one, the second has the last word field by field.
                return self._random.choice(self._recorded) + self._message().SerializeToString()
            case _:
                return self._message().SerializeToString()

    def _message(self) -> CheckRequest:
        http = AttributeContext.HttpRequest(
            id="1",
            method=self._text(_METHODS),
            scheme=self._random.choice(("https", "https", "http", "")),
            host=self._text(_HOSTS),
            path=self._text(_PATHS),
            protocol=self._random.choice(_PROTOCOLS),
        )
        raw = self._random.random() < 0.2
        for name, values in _HEADERS.items():
            if self._random.random() < 0.5:
                continue
            if not raw:
                http.headers[name] = self._text(values)
                continue
            for _ in range(self._random.choice((1, 1, 1, 2))):
                key = self._random.choice((name, name, name.title()))
                value = self._text(values).encode()
                http.header_map.headers.add(key=key, raw_value=value)
        request = AttributeContext.Request(http=http)
        group = {}
        if self._random.random() < 0.3:
            group[GROUP_EXTENSION] = self._random.choice(_GROUPS)
        return CheckRequest(attributes=AttributeContext(request=request, context_extensions=group))

    def _text(self, words: tuple[str, ...]) -> str:
        """One of the words, in a quarter of all cases with a scrap inside, or cut."""
        word = self._random.choice(words)
        if self._random.random() < 0.75:
            return word
        at = self._random.randint(0, len(word))
        rest = self._random.choice((at, at, at + 1, len(word)))
        return word[:at] + self._random.choice(_SCRAPS) + word[rest:]

    def _with_bytes_changed(self, message: bytes) -> bytes:
        content = bytearray(message)
        for _ in range(self._random.randint(1, 3)):
            at = self._random.randrange(len(content))
            match self._random.randrange(10):
                case 0:
                    content[at:at] = self._random.randbytes(self._random.randint(1, 8))
                case 1:
                    del content[at : at + self._random.randint(1, 8)]
                    content = content or bytearray(1)
                case 2:
                    content[at:at] = content[at : at + self._random.randint(1, 64)]
                case _:
                    # Lengths stay right mostly, so that there is something to decide.
                    content[at] = self._random.randrange(128)
        return bytes(content)
