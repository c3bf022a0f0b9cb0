import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

PUT = ("--method", "PUT", "--url", "https://api.example.com/orders/1?token=secret")
FROM_SHOP = ("--origin", "https://shop.example.com")
AUTHORIZED = ("--header", "authorization: Bearer secret")

EXPLANATION = """\
PUT https://api.example.com/orders/1 from https://shop.example.com over HTTP/2
A browser asks first: PUT is no safelisted method and authorization must be asked for.

Preflight
  group     orders: its host entry api.example.com fits, and so does its prefix /orders
  kind      preflight
  policies  policy      mode     outcome
            partner     enforce  origin_not_allowed  no entry fits: https://a.example, \
https://b.example, https://c.example, https://d.example
            storefront  enforce  allowed             accepts the origin by https://shop.example.com
  verdict   allow: allowed (policy storefront)
  answer    204
              access-control-allow-origin: https://shop.example.com
              access-control-allow-methods: GET, HEAD, PUT
              access-control-allow-headers: authorization
              access-control-max-age: 900
              vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

Request
  group     orders: its host entry api.example.com fits, and so does its prefix /orders
  kind      actual
  policies  policy      mode     outcome
            partner     enforce  origin_not_allowed  no entry fits: https://a.example, \
https://b.example, https://c.example, https://d.example
            storefront  enforce  allowed             accepts the origin by https://shop.example.com
  verdict   allow: allowed (policy storefront)
  answer    the upstream's response, and in it
              access-control-allow-origin: https://shop.example.com
              access-control-allow-credentials: emptied, should the upstream send it
              access-control-expose-headers: emptied, should the upstream send it
              vary: Origin (appended)

Browser
  without credentials: readable: The page may read the response.
  with credentials: not_sent: Response to preflight request doesn't pass access control check: \
The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be \
'true' when the request's credentials mode is 'include'.
"""


def test_the_whole_explanation(run: Run, shop: Path) -> None:
    result = run("explain", shop, *PUT, *FROM_SHOP, *AUTHORIZED)
    assert result.exit_code == 0
    assert result.stdout == EXPLANATION


def test_json_has_the_same_facts_and_no_secrets(run: Run, shop: Path) -> None:
    result = run("explain", shop, *PUT, *FROM_SHOP, *AUTHORIZED, "--format", "json")
    assert "secret" not in result.stdout
    document = json.loads(result.stdout)
    assert document["preflight"]["answer"]["status"] == 204
    assert document["request"]["policy"] == "storefront"
    assert document["request"]["routing"]["hostEntry"] == "api.example.com"
    assert document["browser"]["verdict"] == "readable"
    assert document["browserOtherwise"]["objection"] == "allow_credentials_missing"


def test_a_command_from_the_browser_is_explained_without_its_secrets(run: Run, shop: Path) -> None:
    command = (
        "curl 'https://api.example.com/orders/1?token=secret' -X 'PUT' "
        "-H 'authorization: Bearer secret' -H 'origin: https://shop.example.com' "
        "-H 'user-agent: Mozilla/5.0' -b 'session=secret' --data-raw 'secret'"
    )
    result = run("explain", shop, "--curl", command)
    assert result.exit_code == 0
    assert "secret" not in result.stdout
    assert "\n  with credentials: not_sent: " in result.stdout
    assert "user-agent" not in result.stdout


def test_options_stand_before_what_the_command_says(run: Run, shop: Path) -> None:
    command = "curl https://api.example.com/orders -X PUT -H 'origin: https://evil.test' --http2"
    result = run(
        *("explain", shop, "--curl", command, "--method", "GET", *FROM_SHOP),
        *("--protocol", "HTTP/1.1", "--header", "Origin: https://other.test"),
    )
    assert result.stdout.startswith(
        "GET https://api.example.com/orders from https://shop.example.com over HTTP/1.1\n"
    )


def test_a_preflight_alone(run: Run, shop: Path) -> None:
    result = run("explain", shop, *PUT, *FROM_SHOP, "--preflight")
    assert "\nPreflight\n" in result.stdout
    assert "\nRequest\n" not in result.stdout
    assert ": sent: " in result.stdout
    needless = run("explain", shop, "--url", PUT[3], *FROM_SHOP, "--preflight")
    assert "A browser would send no preflight before this request." in needless.stdout


def test_a_group_that_the_route_names(run: Run, shop: Path) -> None:
    elsewhere = ("--url", "https://elsewhere.test/", *FROM_SHOP)
    result = run("explain", shop, *elsewhere, "--group", "orders")
    assert "orders: the Envoy route names it (cors_authz.group), and that wins" in result.stdout
    unknown = run("explain", shop, *elsewhere, "--group", "nowhere")
    assert "deny: group_unknown" in unknown.stdout
    none = run("explain", shop, *elsewhere)
    assert "none: no group claims this host and path" in none.stdout
    assert "the upstream's response, untouched" in none.stdout


def test_what_the_browser_says_of_itself_counts(run: Run, shop: Path) -> None:
    url = ("--url", "https://api.example.com/orders")
    same = run("explain", shop, *url, *FROM_SHOP, "--sec-fetch-site", "same-origin")
    assert "  kind      same_origin\n" in same.stdout
    removed = run(
        "explain", shop, *url, "--sec-fetch-site", "cross-site", "--sec-fetch-mode", "cors"
    )
    assert "deny: origin_missing" in removed.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "write either --url or --curl"),
        (("--url", "https://a.test", "--curl", "curl https://a.test"), "write either --url or"),
        (("--url", "orders"), "this is no absolute URL"),
        (("--curl", "wget https://a.test"), "this is no curl command"),
        (("--url", "https://a.test", "--header", "x y"), "a header's name is none"),
        (("--url", "https://a.test", "--protocol", "HTTP/4"), "Invalid value for '--protocol'"),
    ],
)
def test_wrong_usage_exits_with_two(
    run: Run, shop: Path, arguments: tuple[str, ...], told: str
) -> None:
    result = run("explain", shop, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_bad_set_is_not_explained(run: Run, shop: Path) -> None:
    (shop / "shop.yaml").write_text("policies: []\n")
    result = run("explain", shop, "--url", "https://a.test")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "[set-empty]" in result.stderr


def test_nothing_of_a_request_reaches_the_terminal_as_a_command(run: Run, shop: Path) -> None:
    result = run(
        *("explain", shop, "--url", "https://a.test/", "--method", "G\x1b[31mT"),
        *("--origin", "https://\x9b31m.test"),
    )
    assert result.exit_code == 0
    assert not {"\x1b", "\x9b"} & set(result.stdout)
