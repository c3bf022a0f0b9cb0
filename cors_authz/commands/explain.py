"""``cors-authz explain``."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from cors_authz.commands.explanation_text import explained_text
from cors_authz.commands.loading import require_policy_set
from cors_authz.commands.terminal import is_coloured
from cors_authz.policy.explain import (
    Inquiry,
    InquiryError,
    explain,
    explained_members,
    make_inquiry,
    parse_curl,
)
from cors_authz.policy.terms import HttpProtocol


@click.command("explain")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--url", metavar="URL", help="The request's URL.")
@click.option("--method", metavar="METHOD", help="Its method; GET unless --curl says otherwise.")
@click.option("--origin", metavar="ORIGIN", help="The origin of the page that makes it.")
@click.option(
    "--header",
    "headers",
    envvar="CORS_AUTHZ_EXPLAIN_HEADER",
    metavar="NAME[: VALUE]",
    multiple=True,
    help="A header that the page sets; a value matters for content-type and the like only.",
)
@click.option(
    "--credentials",
    is_flag=True,
    help="The page includes cookies (fetch's credentials: 'include').",
)
@click.option("--preflight", is_flag=True, help="Explain the preflight alone.")
@click.option(
    "--protocol",
    type=click.Choice([protocol.value for protocol in HttpProtocol]),
    help="The HTTP version; HTTP/2 for https and HTTP/1.1 for http unless given.",
)
@click.option("--sec-fetch-site", metavar="SITE", help="What the browser says in Sec-Fetch-Site.")
@click.option("--sec-fetch-mode", metavar="MODE", help="What the browser says in Sec-Fetch-Mode.")
@click.option("--group", metavar="NAME", help="Explain as if the Envoy route named this group.")
@click.option("--curl", metavar="COMMAND", help="A request pasted from 'Copy as cURL (bash)'.")
@click.option(
    "--format",
    "output_format",
    envvar="CORS_AUTHZ_EXPLAIN_FORMAT",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the explanation is printed.",
)
def explain_command(paths: tuple[Path, ...], *, output_format: str, **asked: Any) -> None:  # noqa: ANN401 - _inquire has the types
    """Explain what a request gets, and why: group, policies, answer, browser.

    Where a browser would send a preflight before the request, both are explained. The values
    of headers are never printed.

    \b
    Examples:
      cors-authz explain policies/ --method PUT --url https://api.example.com/orders/1 \\
        --origin https://shop.example.com --header authorization
      cors-authz explain policies/ --curl "$(pbpaste)"
    """  # noqa: D301 - click reads \b as "keep these lines"
    try:
        inquiry = _inquire(**asked)
    except InquiryError as error:
        raise click.UsageError(f"{error}; {error.fix}") from error
    explained = explain(require_policy_set(paths), inquiry)
    if output_format == "json":
        click.echo(json.dumps(explained_members(explained), indent=2))
    else:
        coloured = is_coloured(sys.stdout)
        click.echo(explained_text(explained, coloured=coloured), color=coloured)


def _inquire(  # noqa: PLR0913 - a request has that many sides
    *,
    url: str | None,
    method: str | None,
    origin: str | None,
    headers: tuple[str, ...],
    credentials: bool,
    preflight: bool,
    protocol: str | None,
    sec_fetch_site: str | None,
    sec_fetch_mode: str | None,
    group: str | None,
    curl: str | None,
) -> Inquiry:
    """What the options ask; they stand before what a curl command says."""
    given = [*map(_split_header, headers)]
    given += [("sec-fetch-site", sec_fetch_site)] if sec_fetch_site is not None else []
    given += [("sec-fetch-mode", sec_fetch_mode)] if sec_fetch_mode is not None else []
    if (url is None) == (curl is None):
        raise click.UsageError("write either --url or --curl")
    if curl is not None:
        command = parse_curl(curl)
        named = {name for name, _ in given}
        given += [header for header in command.headers if header[0].lower() not in named]
        url, method = command.url, method or command.method
        protocol = protocol or command.protocol
    return make_inquiry(
        url or "",
        method=method or "GET",
        origin=origin,
        headers=given,
        protocol=protocol,
        group=group,
        credentials=credentials,
        preflight=preflight,
    )


def _split_header(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip().lower(), value.strip()
