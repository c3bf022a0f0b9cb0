"""Commands as "Copy as cURL" of Chrome and Firefox gives them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.explain import InquiryError, parse_curl
from cors_authz.policy.explain.curl import MAX_COMMAND_LENGTH

CHROME = r"""curl 'https://api.example.com/orders/1?token=abc' \
  -X 'PUT' \
  -H 'accept: */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -H 'authorization: Bearer eyJhbGciOi' \
  -H 'cache-control: no-cache' \
  -H 'content-type: application/json' \
  -b 'session=abc; theme=dark' \
  -H 'origin: https://shop.example.com' \
  -H 'priority: u=1, i' \
  -H 'sec-fetch-mode: cors' \
  -H 'sec-fetch-site: cross-site' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --data-raw $'{"note":"it\'s \u00e4 test\n"}' ;"""

FIREFOX = (
    "curl 'https://api.example.com/orders' --compressed -X POST "
    "-H 'User-Agent: Mozilla/5.0' -H 'Accept: */*' -H 'Content-Type: text/plain' "
    "-H 'Origin: https://shop.example.com' -H 'Connection: keep-alive' -H 'TE: trailers' "
    "--data-raw 'a=1&b=2'"
)


def test_chrome() -> None:
    command = parse_curl(CHROME)
    assert (command.method, command.url) == ("PUT", "https://api.example.com/orders/1?token=abc")
    assert [name for name, _ in command.headers] == [
        "accept",
        "accept-language",
        "authorization",
        "content-type",
        "cookie",
        "origin",
        "sec-fetch-mode",
        "sec-fetch-site",
    ]
    assert dict(command.headers)["content-type"] == "application/json"


def test_firefox() -> None:
    command = parse_curl(FIREFOX)
    assert (command.method, command.url) == ("POST", "https://api.example.com/orders")
    assert ("Content-Type", "text/plain") in command.headers
    assert "User-Agent" not in dict(command.headers)


URL = "https://api.example.com/"


@pytest.mark.parametrize(
    ("command", "method"),
    [
        (f"curl {URL}", "GET"),
        (f"curl -I {URL}", "HEAD"),
        (f"curl --head {URL}", "HEAD"),
        (f"curl {URL} -d a=b", "POST"),
        (f"curl {URL} --data-binary @file", "POST"),
        (f"curl {URL} --data-urlencode a=b", "POST"),
        (f"curl {URL} --json '{{}}'", "POST"),
        (f"curl {URL} -F a=b", "POST"),
        (f"curl {URL} -G -d a=b", "GET"),
        (f"curl {URL} -T file", "PUT"),
        (f"curl {URL} -d a=b -X PATCH", "PATCH"),
        (f"curl -XDELETE {URL}", "DELETE"),
        (f"curl -sSLX DELETE {URL}", "DELETE"),
        (f"curl -sXDELETE --url {URL}", "DELETE"),
        (f"/usr/bin/curl --request put {URL}", "put"),
    ],
)
def test_the_method_is_what_curl_would_use(command: str, method: str) -> None:
    parsed = parse_curl(command)
    assert (parsed.method, parsed.url) == (method, URL)


@pytest.mark.parametrize(
    ("option", "protocol"),
    [
        ("", None),
        ("--http1.0", "HTTP/1.0"),
        ("-0", "HTTP/1.0"),
        ("--http1.1", "HTTP/1.1"),
        ("--http2", "HTTP/2"),
        ("--http3-only", "HTTP/3"),
    ],
)
def test_the_protocol_is_what_the_option_says(option: str, protocol: str | None) -> None:
    assert parse_curl(f"curl {option} {URL}").protocol == protocol


@pytest.mark.parametrize(
    ("option", "header"),
    [
        ("-H 'x-a: b'", ("x-a", "b")),
        ("-H'x-a:b:c'", ("x-a", "b:c")),
        ("-H 'x-a;'", ("x-a", "")),
        ("-H $'x-a: \\'\\u00e4\\x41\\101\\''", ("x-a", "'äAA'")),
        ("-H $'x-a: \\ud83d\\ude00'", ("x-a", "😀")),
        ('-H "x-a: \\"b\\""', ("x-a", '"b"')),
        ("-b a=b", ("cookie", "")),
        ("-u user:secret", ("authorization", "")),
        ("-d a=b", ("content-type", "application/x-www-form-urlencoded")),
        ("--json 1", ("content-type", "application/json")),
        ("-F a=b", ("content-type", "multipart/form-data")),
    ],
)
def test_headers_are_read_as_a_shell_and_curl_read_them(
    option: str, header: tuple[str, str]
) -> None:
    assert parse_curl(f"curl {URL} {option}").headers == (header,)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("", "no curl command"),
        ("wget https://api.example.com", "no curl command"),
        ("curl", "no URLs"),
        ("curl -X PUT", "no URLs"),
        (f"curl {URL} {URL}", "2 URLs"),
        (f"curl {URL} -H", "-H has no value"),
        (f"curl {URL} --data", "--data has no value"),
        (f"curl '{URL}", "a quote of the command is not closed"),
        (f"curl {URL} --oauth3=secret", "the option --oauth3 is not known"),
        (f"curl {URL} -sZ", "the option -Z is not known"),
        ("curl " + "a" * MAX_COMMAND_LENGTH, "more than 262144 characters"),
    ],
)
def test_what_is_no_such_command_is_refused(command: str, problem: str) -> None:
    with pytest.raises(InquiryError, match=problem) as caught:
        parse_curl(command)
    assert "secret" not in f"{caught.value}{caught.value.fix}"


def test_nothing_behind_the_command_is_read() -> None:
    assert parse_curl(f"curl {URL} ; curl -X PUT {URL}").method == "GET"
    assert parse_curl(f"curl {URL} | jq .").url == URL


def test_values_do_not_show_in_a_representation() -> None:
    assert "eyJhbGciOi" not in repr(parse_curl(CHROME))


PIECES: Any = st.sampled_from(
    [
        "curl ",
        "-H ",
        "-X",
        "PUT ",
        "'",
        '"',
        "$'",
        "\\",
        "\\u",
        "\n",
        "; ",
        URL,
        " ",
        "--data ",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=80))
def test_any_text_is_a_command_or_refused(text: str) -> None:
    try:
        command = parse_curl(f"curl {text}")
    except InquiryError:
        return
    assert command.url
