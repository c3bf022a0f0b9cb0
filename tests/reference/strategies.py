"""Policy sets and requests to try the decision with, full of near misses.

Both are plain dictionaries: policy sets shaped like the documents of design section 2,
requests with the fields of :class:`cors_authz.policy.request.Request`. Names repeat on
purpose, so that hosts, paths and origins of sets and requests meet.
"""

import random
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.reference.naive_routing import conflicts

Document = dict[str, Any]

NAMES = ("one", "two", "three", "four")
HOSTS = (
    "example.com",
    "api.example.com",
    "*.example.com",
    "*.api.example.com",
    "localhost",
    "192.0.2.1",
    "[::1]",
)
PATHS = (
    "/",
    "/orders",
    "/orders/1",
    "/v1",
    "/a%2Fb",
    "=/",
    "=/orders",
    "=/orders/",
    "=/v1/orders",
    "~/v[0-9]+/orders(/.*)?",
    "~/.*s",
    "~.*",
)
EXACT_ORIGINS = (
    "https://shop.example.com",
    "https://shop.example.com:8443",
    "http://shop.example.com",
    "https://api.example.com",
    "shop.example.org",
    "localhost",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
    "chrome-extension://abcdefghijklmnop",
)
WIDE_ORIGINS = (
    "https://*.example.com",
    "https://*.shop.example.com",
    "https://*.example.com:*",
    "*.example.org",
    "http://localhost:*",
    "http://[::1]:*",
    "null",
    r"~https://pr-[0-9]+\.example\.com",
    r"~https?://(.*\.)?example\.(com|org)(:[0-9]+)?",
    "~null|https://.*example",
)
ORIGINS_OF_STRANGERS = ("*", "~.*", "~https?://[^/]+", "https://*.com")
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get")
HEADER_NAMES = ("authorization", "content-type", "x-one", "x-two", "*")
PROTOCOLS = ("HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3")


def _weighted(*choices: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """One of the strategies, each as often as its weight says."""
    spread = [strategy for weight, strategy in choices for _ in range(weight)]
    return st.integers(0, len(spread) - 1).flatmap(spread.__getitem__)


def _sometimes(strategy: st.SearchStrategy[Any], *, absent: int = 3) -> st.SearchStrategy[Any]:
    """``None``, for an absent field, ``absent`` times out of ``absent + 1``."""
    return _weighted((absent, st.none()), (1, strategy))


def _some(values: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


def _without_absent(fields: Document) -> Document:
    return {key: value for key, value in fields.items() if value is not None}


def _policy(name: str) -> st.SearchStrategy[Document]:
    origins = EXACT_ORIGINS + WIDE_ORIGINS + EXACT_ORIGINS + WIDE_ORIGINS + ORIGINS_OF_STRANGERS
    fields = {
        "allowedHttpProtocols": _weighted((5, st.just(list(PROTOCOLS))), (1, _some(PROTOCOLS, 3))),
        "allowedMethods": _weighted((1, st.none()), (1, _some(METHODS, 6))),
        "allowedOrigins": _weighted((1, st.none()), (5, _some(origins, 5))),
        "requireOriginHeader": _sometimes(st.just(value=True), absent=5),
        "allowedHeaders": _weighted(
            (1, st.none()), (1, st.just(["*"])), (2, _some(HEADER_NAMES, 5))
        ),
        "exposedHeaders": _weighted((1, st.none()), (1, _some(HEADER_NAMES, 3))),
        "maxAge": _sometimes(st.sampled_from([0, 60, 86400])),
        "allowCredentials": _sometimes(st.just(value=True), absent=1),
        "mode": _weighted((5, st.none()), (3, st.just("headersOnly")), (2, st.just("reportOnly"))),
        "acknowledge": _sometimes(st.just(["websocket-any-origin"])),
        "tags": _sometimes(st.just({"of": name})),
    }
    return st.fixed_dictionaries({"name": st.just(name), **fields}).map(_without_absent)


def _group(name: str, policies: tuple[str, ...]) -> st.SearchStrategy[Document]:
    fields = {
        "hosts": _weighted((1, st.none()), (3, _some(HOSTS, 3))),
        "paths": _weighted((1, st.none()), (3, _some(PATHS, 3))),
        "policies": _weighted((30, st.permutations(policies)), (1, st.just([]))),
        "evaluation": _sometimes(st.just("all"), absent=1),
        "sameOrigin": _sometimes(st.just("check"), absent=1),
    }
    return st.fixed_dictionaries({"name": st.just(name), **fields}).map(_without_absent)


@st.composite
def policy_sets(draw: st.DrawFn, *, may_conflict: bool = True) -> Document:
    """A policy set of up to four policies and groups; seldom, groups claim the same place."""
    policies = NAMES[: draw(st.integers(1, len(NAMES)))]
    document: Document = {
        "settings": {"unmatched": draw(st.sampled_from(["allow", "deny"]))},
        "policies": [draw(_policy(name)) for name in policies],
        "apiGroups": [],
    }
    tolerant = may_conflict and draw(st.integers(0, 20)) == 20
    groups: list[Document] = document["apiGroups"]
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        used = policies[: draw(st.integers(1, len(policies)))]
        groups.append(draw(_group(name, used)))
        if not tolerant and conflicts(document):
            groups.pop()
    return document


_HOST_NAMES = (
    "example.com",
    "api.example.com",
    "v1.api.example.com",
    "a.b.example.com",
    "shop.example.com",
    "evilexample.com",
    "example.com.evil.net",
    "localhost",
    "192.0.2.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
)
_BROKEN_HOSTS = (
    "",
    ".",
    "example.com,api.example.com",
    "user@example.com",
    "api..example.com",
    "[::1",
    "[::g]",
    "exämple.com",
    "api.example.com:",
    "api.example.com:65536",
    "api.example.com:080",
    "a" * 64 + ".example.com",
    "a." * 127 + "ab",
)


def _spelt(names: tuple[str, ...], broken: tuple[str, ...]) -> st.SearchStrategy[str]:
    """A host header: the name as it is or in capitals, a trailing dot, a port, or none at all."""
    spelt = st.builds(
        "{}{}{}".format,
        st.sampled_from(names).flatmap(lambda n: st.sampled_from([n, n, n, n.upper()])),
        st.sampled_from(["", "", "", "."]),
        st.sampled_from(["", "", "", ":80", ":443", ":8443", ":0"]),
    )
    return _weighted((20, spelt), (1, st.sampled_from(broken)))


_PATH_PIECES = (
    "/orders",
    "/v1",
    "/1",
    "/a",
    "/b",
    "/",
    "//",
    "/.",
    "/..",
    "/%2e%2E",
    "/%2e",
    "%2f",
    ";v=1",
    "..;",
    "%2F",
    "%5c",
    "\\",
    "..",
    "2",
    ";x",
    "%6Frders",
    "%6frders",
    "%252f",
    "%2%66",
    "%zz",
    "%",
    "%c3%A4",
    "?/orders",
    "?",
    "#x",
)
_pieced_paths = st.lists(st.sampled_from(_PATH_PIECES), min_size=1, max_size=6).map("".join)
_paths = _weighted(
    (3, st.sampled_from(["/orders", "/orders/", "/orders/1", "/v1/orders", "/a%2fb", "/"])),
    (
        2,
        st.sampled_from(
            ["/x/..%2forders", "/orders\\..\\x", "/v1%2forders", "/x/..%5Cv1%2F1", "/x/..;/orders"]
        ),
    ),
    (2, _pieced_paths.map("/".__add__)),
    (2, _pieced_paths.map("/orders".__add__)),
    (1, _pieced_paths),
    (1, st.sampled_from(["*", "", "http://api.example.com/orders"])),
)

_ORIGIN_HOSTS = (
    "shop.example.com",
    "api.example.com",
    "example.com",
    "a.shop.example.com",
    "pr-1.example.com",
    "pr-1.example.com.evil.net",
    "evilshop.example.com",
    "shop.example.com.",
    "shop.example.org",
    "a.example.org",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "evil.net",
    "example",
    "abcdefghijklmnop",
)
_BROKEN_ORIGINS = (
    "https://shop.example.com,https://shop.example.com",
    "https://shop.example.com/",
    "https://user@shop.example.com",
    "https://Shop.example.com",
    "HTTPS://shop.example.com",
    " https://shop.example.com",
    "https://shop.example.com:",
    "https://shop.example.com:443443",
    "https://shop.example.com:0443",
    "https://shop..example.com",
    "https://shöp.example.com",
    "https://[::1",
    "https://[fe80::1%25eth0]",
    "https://shop.example.com\n",
    "https:shop.example.com",
    "://shop.example.com",
    "shop.example.com",
    "NULL",
    "null,null",
    "https://",
    "https://" + "a" * 64,
    "https://" + "a" * 600 + "é",
    "https://" + "a." * 250 + "a",
    "https://" + "a." * 252 + "a",
)
_serialised = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["https", "https", "https", "http", "chrome-extension"]),
    st.sampled_from(_ORIGIN_HOSTS),
    st.sampled_from(["", "", "", ":443", ":80", ":8443", ":3000"]),
)
_origins = _weighted(
    (12, _serialised),
    (2, st.sampled_from(["null", ""])),
    (3, st.none()),
    (1, st.sampled_from(_BROKEN_ORIGINS)),
)
_header_lists = _weighted(
    (
        9,
        st.lists(
            st.sampled_from([*HEADER_NAMES, "X-One", " x-two\t", "Authorization", ""]), max_size=3
        ).map(",".join),
    ),
    (
        1,
        st.sampled_from(
            [
                "x one",
                "x-one;x-two",
                "é",
                "x-\n",
                "," * 15,
                "," * 16,
                ",".join(f"x-{n}" for n in range(64)),
                ",".join(f"x-{n}" for n in range(65)),
                ",".join(["x-one"] * 100),
                "x" * 4096,
                "x" * 4097,
            ]
        ),
    ),
)
_requested_methods = _weighted(
    (15, st.sampled_from([*METHODS, "PATCH"])),
    (1, st.sampled_from(["", "*", "GET,PUT", "GE T", "PÜT", "PUT ", "P" * 64, "P" * 65])),
)
_sites = st.sampled_from(["same-origin", "same-origin,same-origin", "same-site", "cross-site"])
_modes = st.sampled_from(["cors", "no-cors", "navigate", "websocket", "cors,cors"])
_upgrades = st.sampled_from(["websocket", "WebSocket", "h2c, websocket", "h2c", ""])


def crossings(asked: list[Document], seed: int, count: int) -> Iterator[Document]:
    """More requests, each field taken from one of those given: cheaper than drawing them."""
    choose = random.Random(seed).choice
    for _ in range(count):
        yield {field: choose(asked)[field] for field in asked[0]}


def requests() -> st.SearchStrategy[Document]:
    """A request as Envoy may describe it, however hostile the client."""
    return st.fixed_dictionaries(
        {
            "method": _weighted((2, st.just("OPTIONS")), (3, st.sampled_from(METHODS))),
            "scheme": st.sampled_from(["https", "https", "http", ""]),
            "host": _spelt(_HOST_NAMES, _BROKEN_HOSTS),
            "path": _paths,
            "protocol": _weighted(
                (9, st.sampled_from(["HTTP/1.1", "HTTP/2", "HTTP/3"])), (1, st.just("SPDY"))
            ),
            "origin": _origins,
            "requested_method": _weighted((1, st.none()), (2, _requested_methods)),
            "requested_headers": _sometimes(_header_lists, absent=1),
            "sec_fetch_site": _sometimes(_sites, absent=4),
            "sec_fetch_mode": _sometimes(_modes, absent=1),
            "upgrade": _sometimes(_upgrades, absent=4),
            "group": _weighted(
                (9, st.none()), (6, st.just(NAMES[0])), (1, st.sampled_from([NAMES[1], "", "no"]))
            ),
        }
    )
