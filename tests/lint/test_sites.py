"""Whose a host is."""

import pytest

from cors_authz.config.lint.sites import (
    is_loopback,
    is_public_suffix,
    may_be_anybodys,
    public_suffix,
    site_of,
    suffix_below,
)


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("a.b.example.com.", "example.com"),
        ("a.example.co.uk", "example.co.uk"),
        ("b.a.github.io", "a.github.io"),
        ("github.io", "github.io"),
        ("a.www.ck", "www.ck"),
        ("a.b.foo.ck", "b.foo.ck"),
        ("a.b.corp.internal", "corp.internal"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]", "[::1]"),
        ("a.xn--55qx5d.cn", "a.xn--55qx5d.cn"),
    ],
)
def test_a_site_is_what_one_owner_has(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize("domain", ["com", "co.uk", "github.io", "s3.amazonaws.com", "foo.ck"])
def test_a_public_suffix_is_known(domain: str) -> None:
    assert is_public_suffix(domain)
    assert public_suffix(f"a.{domain}") == domain


@pytest.mark.parametrize("domain", ["example.com", "amazonaws.com", "www.ck", "internal", "", "."])
def test_what_is_no_public_suffix_is_known(domain: str) -> None:
    assert not is_public_suffix(domain)


def test_a_public_suffix_below_a_domain_is_known() -> None:
    below = suffix_below("amazonaws.com")

    assert below is not None
    assert below.endswith(".amazonaws.com")
    assert is_public_suffix(below)
    assert suffix_below("example.com") is None
    assert suffix_below("com") is None


@pytest.mark.parametrize(
    "host", ["localhost", "localhost.", "a.b.localhost", "127.0.0.1", "127.8.8.8", "[::1]"]
)
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)
    assert not may_be_anybodys(host)


@pytest.mark.parametrize(
    "host", ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "127.1", "notlocalhost"]
)
def test_other_machines_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.com", True),
        ("a.xn--fiqs8s", True),
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("[fd00::1]", False),
        ("8.8", False),
        ("example.c0m", False),
        ("127.0.0-1", False),
    ],
)
def test_it_is_known_what_anybody_could_have(host: str, *, expected: bool) -> None:
    assert may_be_anybodys(host) is expected
