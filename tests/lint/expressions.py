"""Random expressions about origins, and origins to try on them."""

import re
from itertools import product

from hypothesis import strategies as st

SUFFIXES = (r"\.com", r"\.io", r"\.co\.uk", r"\.example", ".com", r"\.github\.io", r"\.internal")
LABELS = ("shop", "example", "a", "www", "evil", "pr-")
OPEN = (
    *(".*", ".+", ".", ".?", "[a-z]+", "[a-z0-9-]*", r"[a-z0-9.-]+", r"\w+", r"[^.]+", "[^/]*"),
    *(r"(.*\.)?", r"([a-z0-9-]+\.)*", r"([a-z]+\.)+", r"(www\.)?", "[0-9]{1,3}", "[ab]", r"\S*"),
    *("(shop|api)", "(shop|api|)", r"(a|b\.)?", r"[a-z]{2,4}", r"(?:[a-z]\.){2}", "[^a-z.]"),
)
SCHEMES = (
    "https://",
    "http://",
    "https?://",
    "(https?://)?",
    "[a-z]+://",
    "",
    ".*://",
    "(?i)https://",
)
ENDS = (
    "",
    "",
    "",
    "(:[0-9]+)?",
    ":[0-9]+",
    ":8443",
    ":.*",
    "/",
    "/?",
    "$",
    ".*",
    r"\.?",
    r"(:\d+)?$",
)

_PIECES = st.sampled_from((*LABELS, *OPEN, r"\.", r"\.", "-"))
_TAILS = st.builds("{}{}".format, st.sampled_from(LABELS), st.sampled_from(SUFFIXES))

EXPRESSIONS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(("", "", "^")),
    st.sampled_from(SCHEMES),
    st.lists(_PIECES, max_size=3).map("".join),
    _TAILS | st.sampled_from(("localhost", r"10\.0\.[0-9]+\.1", "", ".*", r"[a-z]+\.[a-z]+")),
    st.sampled_from(ENDS),
)
"""Mostly sensible, often wrong in a way that somebody got wrong before."""

SETS = EXPRESSIONS | st.builds("{}|{}".format, EXPRESSIONS, EXPRESSIONS)
"""With alternatives, whose precedence is another thing to get wrong."""

_FIRST = (
    "",
    "a.",
    "evil.",
    "www.",
    "shop.",
    "evil",
    "pr-7.",
    "evil.example.",
    "a.b.",
    "x",
    "shop-",
)
_MIDDLE = (
    *("example", "shop", "a", "evil", "evilexample", "shopxexample", "pr-7", "www", "wwwexample"),
    *("github", "x.github", "aexample", "example-", "shop_"),
)
_LAST = (".com", ".io", ".co.uk", ".example", ".internal", ".com.evil.net", "xcom", ".zip", "")
_ODD = (
    "localhost",
    "10.0.7.1",
    "127.0.0.1",
    "[::1]",
    "8.8.8.8",
    "localhost.evil.net",
    "a.localhost",
)

HOSTS = tuple(
    dict.fromkeys((*("".join(parts) for parts in product(_FIRST, _MIDDLE, _LAST)), *_ODD))
)
ORIGIN_TEXTS = tuple(
    f"{scheme}://{host}{port}"
    for scheme in ("https", "http", "app")
    for host in HOSTS
    for port in (("", ":8443") if scheme == "https" else ("",))
)


def spelled(expression: str) -> str:
    """An expression with its escapes taken away, to look for domains in."""
    return re.sub(r"\\([.-])", r"\1", expression)
