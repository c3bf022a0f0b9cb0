"""Answers and bodies that take their time: streams, server-sent events, uploads."""

import pytest

from tests.browser.call import BLOCKED, Script
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    kept_from_page,
    preflight_refused,
    refused,
    withheld,
)
from tests.browser.origins import EVIL, SHOP, TRANSPORTS, Transport
from tests.browser.world import World
from tests.support.upstream import answer_query

_STREAM = """async url => {
  try {
    const response = await fetch(url);
    const reader = response.body.getReader();
    let pieces = 0;
    while (!(await reader.read()).done) pieces += 1;
    return `${response.status}, ${pieces} pieces`;
  } catch {
    return "blocked";
  }
}"""
_PIECES = answer_query(pieces=("one", "two", "three"))

_EVENTS = """url => new Promise(resolve => {
  const source = new EventSource(url, { withCredentials: true });
  const seen = [];
  source.onmessage = ({ data }) => {
    seen.push(data);
    if (seen.length < 2) return;
    source.close();
    resolve(seen.join(", "));
  };
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return;
    resolve("blocked");
  };
})"""
_TWO_EVENTS = answer_query(
    more=(("content-type", "text/event-stream"), ("cache-control", "no-store")),
    pieces=("data: one\n\n", "data: two\n\n"),
)

_UPLOAD_BYTES = 2_000_000
_UPLOAD = f"""url => new Promise(resolve => {{
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array({_UPLOAD_BYTES})]), "report.bin");
  const request = new XMLHttpRequest();
  let progressed = false;
  LISTEN
  request.onload = () => resolve(
    `${{request.status}}`
    + (request.status === 403 ? ` ${{JSON.parse(request.responseText).reason}}` : "")
    + (progressed ? ", progress seen" : ""));
  request.onerror = () => resolve("blocked");
  request.open("POST", url);
  request.send(form);
}})"""
_PLAIN_UPLOAD = _UPLOAD.replace("LISTEN", "")
_WATCHED_UPLOAD = _UPLOAD.replace(
    "LISTEN", "request.upload.onprogress = ({ loaded, total }) => { progressed ||= loaded === total };"
)


def _stream(path: str) -> Script:
    return Script("read the stream of", _STREAM, path, _PIECES)


def _events(path: str) -> Script:
    return Script("EventSource with credentials", _EVENTS, path, _TWO_EVENTS)


def _upload(path: str) -> Script:
    return Script("upload by XMLHttpRequest", _PLAIN_UPLOAD, path)


def _watched_upload(path: str) -> Script:
    return Script("upload by XMLHttpRequest, with progress", _WATCHED_UPLOAD, path)


STREAMS = [
    Case(
        "a stream",
        SHOP,
        _stream("/storefront"),
        answered("GET", "storefront", "200, 3 pieces"),
    ),
    Case(
        "a stream for a foreign origin",
        EVIL,
        _stream("/storefront"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "server-sent events",
        SHOP,
        _events("/storefront"),
        answered("GET", "storefront", "one, two"),
    ),
    Case(
        "server-sent events for a foreign origin",
        EVIL,
        _events("/storefront"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "server-sent events with credentials that are not granted",
        SHOP,
        _events("/reader"),
        kept_from_page(answered("GET", "reader")),
    ),
    Case(
        "server-sent events for a foreign origin, headersOnly",
        EVIL,
        _events("/headers-only"),
        withheld("GET", "origin_not_allowed"),
    ),
]

UPLOADS = [
    Case("an upload", SHOP, _upload("/storefront"), answered("POST", "storefront")),
    Case(
        "an upload where only GET is listed, which the page can read",
        SHOP,
        _upload("/reader"),
        refused("POST", "method_not_allowed", "reader"),
    ),
    Case(
        "an upload with progress, for which browsers ask first",
        SHOP,
        _watched_upload("/storefront"),
        after_preflight("storefront", answered("POST", "storefront", "200, progress seen")),
    ),
    Case(
        "an upload with progress from a foreign origin",
        EVIL,
        _watched_upload("/storefront"),
        preflight_refused("origin_not_allowed"),
    ),
    Case(
        "an upload with progress where only GET is listed",
        SHOP,
        _watched_upload("/reader"),
        preflight_refused("method_not_allowed", "reader"),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", STREAMS, ids=str)
def test_a_page_reads_answers_as_they_come(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Streams and events", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", UPLOADS, ids=str)
def test_a_page_uploads_files(
    prove: Prove, world: World, case: Case, transport: Transport
) -> None:
    before = len(world.upstream.requests)
    prove("Uploads", case, transport)
    arrived = [request.body_bytes for request in world.upstream.requests[before:] if request.method == "POST"]
    assert len(arrived) == len(case.expected.upstream)
    assert all(size > _UPLOAD_BYTES for size in arrived)
