"""Ways to write origins, and the pages whose origins come near."""

import pytest

from tests.browser.call import Call
from tests.browser.expectation import Case, Prove, answered, refused
from tests.browser.origins import EVIL, PARTNER, SHOP, TRANSPORTS, Transport


def _accepted(policy: str, origin: str) -> Case:
    return Case(policy, origin, Call(f"/{policy}"), answered("GET", policy))


def _foreign(policy: str, origin: str) -> Case:
    return Case(policy, origin, Call(f"/{policy}"), refused("GET", "origin_not_allowed"))


ORIGINS = [
    _accepted("exact", SHOP),
    _foreign("exact", EVIL),
    _foreign("exact", "http://shop.example.com"),
    _foreign("exact", "https://shop.example.com:8443"),
    _foreign("exact", "https://www.shop.example.com"),
    _foreign("exact", "https://evilshop.example.com"),
    _foreign("exact", "https://shop.example.com.evil.example.net"),
    _accepted("bare-domain", PARTNER),
    _foreign("bare-domain", "http://partner.example.org"),
    _foreign("bare-domain", "https://www.partner.example.org"),
    _foreign("bare-domain", "https://partner.example.org:8443"),
    _foreign("bare-domain", "https://partner.example.org.evil.example.net"),
    _accepted("subdomains", "https://one.apps.example.com"),
    _accepted("subdomains", "https://two.one.apps.example.com"),
    _foreign("subdomains", "https://apps.example.com"),
    _foreign("subdomains", "http://one.apps.example.com"),
    _foreign("subdomains", "https://one.apps.example.com:8443"),
    _foreign("subdomains", "https://evilapps.example.com"),
    _foreign("subdomains", "https://one.apps.example.com.evil.example.net"),
    _accepted("any-port", "http://localhost"),
    _accepted("any-port", "http://localhost:8080"),
    _foreign("any-port", "https://localhost:8443"),
    _foreign("any-port", "http://127.0.0.1:8080"),
    _foreign("any-port", "http://evil.localhost:8080"),
    _accepted("previews", "https://pr-7.preview.example.com"),
    _accepted("previews", "https://pr-1234.preview.example.com"),
    _foreign("previews", "https://pr-seven.preview.example.com"),
    _foreign("previews", "https://pr-7.previewxexample.com"),
    _foreign("previews", "https://pr-7.preview.example.com:8443"),
    _foreign("previews", "https://pr-7.preview.example.com.evil.example.net"),
    _foreign("previews", "https://evil-pr-7.preview.example.com"),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", ORIGINS, ids=lambda case: f"{case.title} and {case.page}")
def test_a_page_is_accepted_by_its_whole_origin(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Origins", case, transport)
