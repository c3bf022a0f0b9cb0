"""From host and path to the API group: precedence, near misses, conflicts, cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy import router as routing
from cors_authz.policy.group import Group
from cors_authz.policy.pattern import PatternError
from cors_authz.policy.regex import RegexError
from cors_authz.policy.router import (
    Route,
    RouteConflictError,
    Router,
    check_host_entry,
    check_path_entry,
    host_candidates,
)


def group(name: str, hosts: str | None = None, paths: str | None = None) -> Group:
    return Group(
        name,
        policies=(),
        hosts=None if hosts is None else tuple(hosts.split()),
        paths=None if paths is None else tuple(paths.split()),
    )


def claimant(groups: list[Group], host: str, path: str) -> str | None:
    found = Router(groups).route(host, path).group
    return None if found is None else found.name


HOST_GROUPS = [
    group("every"),
    group("exact", "api.example.com"),
    group("wide", "*.example.com"),
    group("narrow", "*.api.example.com"),
    group("address", "[::1] 192.0.2.1"),
]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        pytest.param("api.example.com", "exact", id="exact beats a wildcard"),
        pytest.param("api.example.com.", "exact", id="trailing dot"),
        pytest.param("v1.api.example.com", "narrow", id="the longest wildcard"),
        pytest.param("a.b.example.com", "wide", id="a wildcard spans labels"),
        pytest.param("api.example.com.evil.net", "every", id="suffix"),
        pytest.param("example.com", "every", id="the apex is not below itself"),
        pytest.param("evilexample.com", "every", id="a wildcard starts at a dot"),
        pytest.param("[::1]", "address", id="IPv6"),
        pytest.param("192.0.2.1", "address", id="IPv4"),
        pytest.param("", "every", id="a host that could not be parsed"),
    ],
)
def test_the_most_specific_host_wins(host: str, name: str) -> None:
    assert claimant(HOST_GROUPS, host, "/") == name


PATH_GROUPS = [
    group("rest", "api.example.com"),
    group("root", "api.example.com", "/"),
    group("prefix", "api.example.com", "/orders"),
    group("deeper", "api.example.com", "/orders/open /orders/old/paid"),
    group("regex", "api.example.com", "~/v[0-9]+/orders(/.*)? ~/orders/[0-9]+"),
    group("later", "api.example.com", "~/v1/.*"),
    group("exact", "api.example.com", "=/orders/1 =/v1/orders"),
]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("/orders/1", "exact", id="exact beats regex and prefix"),
        pytest.param("/v1/orders", "exact", id="exact beats the first regex"),
        pytest.param("/v1/orders/", "regex", id="exact means exact"),
        pytest.param("/orders/2", "regex", id="regex beats prefix"),
        pytest.param("/v1/orders/2", "regex", id="the first regex"),
        pytest.param("/v1/other", "later", id="a later regex"),
        pytest.param("/x/v1/orders", "root", id="a regex matches the whole path"),
        pytest.param("/orders", "prefix", id="prefix itself"),
        pytest.param("/orders/", "prefix", id="prefix with a slash"),
        pytest.param("/orders/open/2", "deeper", id="longest prefix"),
        pytest.param("/orders/old/late", "prefix", id="on the way to a longer prefix"),
        pytest.param("/orders/opener", "prefix", id="a prefix ends at a segment"),
        pytest.param("/orders2", "root", id="a sibling is no segment of the prefix"),
        pytest.param("/Orders", "root", id="case matters"),
        pytest.param("/a/../orders//open", "deeper", id="normal form"),
        pytest.param("/%6Frders", "prefix", id="escaped letters"),
        pytest.param("/orders;x=1", "root", id="parameters"),
        pytest.param("*", "rest", id="no path at all"),
        pytest.param("", "rest", id="empty path"),
    ],
)
def test_of_one_host_exact_beats_regex_beats_prefix_beats_every_path(path: str, name: str) -> None:
    assert claimant(PATH_GROUPS, "api.example.com", path) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [("/a", "exact"), ("/b", "wide"), ("/c", "every"), ("/d", None)],
)
def test_a_less_specific_host_is_tried_where_the_path_is_not_claimed(
    path: str, name: str | None
) -> None:
    groups = [
        group("every", None, "/a /b /c"),
        group("wide", "*.example.com", "/a /b"),
        group("exact", "api.example.com", "/a"),
    ]

    assert claimant(groups, "api.example.com", path) == name


def test_a_route_names_the_entries_that_won() -> None:
    first = group("first", "*.example.com", "/orders")

    assert Router([first]).route("a.example.com", "/orders/1") == Route(
        first, "*.example.com", "/orders"
    )
    assert Router([group("every")]).route("a.example", "/").host_entry == "*"
    assert Router([first]).route("a.example.net", "/orders") == Route(None)


@pytest.mark.parametrize(
    ("path", "others"),
    [
        pytest.param("/orders", [], id="plain"),
        pytest.param("/orders%2F1", ["orders"], id="escaped slash"),
        pytest.param("/orders%2f1", ["orders"], id="escaped slash in lower case"),
        pytest.param("/open/x%2F1", [], id="the same group either way"),
        pytest.param("/open/..%2Forders", ["orders"], id="out of a group"),
        pytest.param("/open/..%5Corders", ["orders"], id="escaped backslash"),
        pytest.param("/open/..\\orders", ["orders"], id="backslash"),
        pytest.param("/open/..%2Fother", [None], id="into no group"),
        pytest.param("/open/..%2F..\\orders", [None, "orders"], id="into several"),
        pytest.param("/a/b%2F..%2F..%2F..%2Fopen\\x", ["open"], id="only some of them read"),
    ],
)
def test_a_path_that_servers_read_differently_is_ambiguous(
    path: str, others: list[str | None]
) -> None:
    groups = [group("open", None, "/open"), group("orders", None, "/orders")]

    ambiguous = Router(groups).route("api.example.com", path).ambiguous_with

    found = [None if other is None else other.name for other in ambiguous]
    assert sorted(found, key=str) == sorted(others, key=str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(group("a"), group("b"), id="both claim everything"),
        pytest.param(group("a", "x.example"), group("b", "y.example x.example"), id="host"),
        pytest.param(group("a", None, "/a"), group("b", None, "/b /a"), id="prefix"),
        pytest.param(group("a", None, "=/a"), group("b", None, "=/a"), id="exact path"),
        pytest.param(group("a", None, "~/a.*"), group("b", None, "~/a.*"), id="regex"),
        pytest.param(group("a", "*.a", "/"), group("b", "*.a", "/"), id="wildcard and root"),
    ],
)
def test_two_groups_that_claim_the_same_host_and_path_are_an_error(
    one: Group, other: Group
) -> None:
    with pytest.raises(RouteConflictError, match="groups a and b both claim") as conflict:
        Router([one, other])

    assert (conflict.value.first, conflict.value.second) == (one, other)


@pytest.mark.parametrize(
    ("one", "other", "winner"),
    [
        pytest.param(group("a"), group("b", None, "/"), "b", id="every path and the root"),
        pytest.param(group("a"), group("b", "*.example"), "b", id="every host and a wildcard"),
        pytest.param(group("a", None, "/x"), group("b", None, "=/x"), "b", id="prefix and exact"),
        pytest.param(group("a", None, "/x"), group("b", None, "/x/y"), "a", id="nested prefixes"),
        pytest.param(group("a", "x.a", "/"), group("b", "y.example", "/"), "b", id="other hosts"),
    ],
)
def test_claims_of_different_rank_do_not_conflict(one: Group, other: Group, winner: str) -> None:
    assert claimant([one, other], "y.example", "/x") == winner
    assert claimant([other, one], "y.example", "/x") == winner


def test_a_group_may_claim_a_place_twice() -> None:
    twice = group("a", "x.example x.example", "/a /a =/a =/a ~/a ~/a")

    assert claimant([twice], "x.example", "/a") == "a"


@given(st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=127).map(".".join))
def test_hosts_are_looked_up_once_per_label(host: str) -> None:
    candidates = list(host_candidates(host))

    assert candidates[0] == host
    assert candidates[-1] == "*"
    assert len(candidates) == host.count(".") + 2
    assert all(host.endswith(candidate[1:]) for candidate in candidates[1:-1])


class CountingTables(dict[str, object]):
    """A table of hosts that counts how often it is asked."""

    asked = 0

    def get(self, key: str, default: object = None) -> object:
        self.asked += 1
        return super().get(key, default)


@pytest.mark.skipif(
    not routing.__file__.endswith(".py"), reason="compiled code asks no subclass of a dict"
)
@pytest.mark.parametrize("number", [1, 10, 1_000])
def test_cost_does_not_grow_with_the_number_of_groups(number: int) -> None:
    groups = [group(f"g{n}", f"h{n}.example.com", f"/p{n} =/e{n}") for n in range(number)]
    router = Router([*groups, group("wanted", "api.example.com", "/orders")])
    tables = CountingTables(router._tables)
    router._tables = tables  # type: ignore[assignment]

    assert router.route("api.example.com", "/nowhere/else").group is None
    assert tables.asked == 4, "the host, two wildcards above it, every host"


@pytest.mark.parametrize(
    "entry", ["example.com", "*.example.com", "localhost", "[::1]", "192.0.2.1"]
)
def test_a_host_in_normal_form_is_accepted(entry: str) -> None:
    check_host_entry(entry)


@pytest.mark.parametrize(
    ("entry", "fix"),
    [
        ("*", "leave hosts out"),
        ("Example.com", "write example.com"),
        ("exämple.com", "write it in its xn-- form"),
        ("example.com:443", "write example.com"),
        ("*.example.com:443", "write *.example.com"),
        ("example.com.", "write example.com"),
        ("a.*.example.com", "write a host such as"),
        ("*example.com", "write a host such as"),
        ("https://example.com", "write a host such as"),
        ("", "write a host such as"),
        ("[0::1]", "write [::1]"),
        ("*.192.0.2.1", "write 192.0.2.1"),
    ],
)
def test_a_refused_host_comes_with_what_to_write_instead(entry: str, fix: str) -> None:
    with pytest.raises(PatternError) as refused:
        check_host_entry(entry)

    assert refused.value.fix.startswith(fix)


@pytest.mark.parametrize("entry", ["/", "/orders", "=/", "=/orders/", "/a%2Fb", "~/v[0-9]+", "~.*"])
def test_a_path_in_normal_form_is_accepted(entry: str) -> None:
    check_path_entry(entry)


@pytest.mark.parametrize(
    ("entry", "fix"),
    [
        ("orders", "write /orders"),
        ("=orders", "write =/orders"),
        ("/orders?x=1", "write /orders"),
        ("/orders#x", "write /orders"),
        ("/orders/", "write /orders"),
        ("/a//b", "write /a/b"),
        ("=/a/../b", "write =/b"),
        ("/%6Frders", "write /orders"),
        ("/a%2fb", "write /a%2Fb"),
        ("/a b", "write it percent-encoded"),
        ("/ä", "write it percent-encoded"),
        ("/a\\b", "write it percent-encoded"),
        *((f"=/a{character}b", "write it percent-encoded") for character in '"<>^`{|}'),
    ],
)
def test_a_refused_path_comes_with_what_to_write_instead(entry: str, fix: str) -> None:
    with pytest.raises(PatternError) as refused:
        check_path_entry(entry)

    assert refused.value.fix == fix or refused.value.fix.startswith(fix + ",")


def test_a_path_regex_that_does_not_compile_is_refused() -> None:
    with pytest.raises(RegexError):
        check_path_entry("~(")
