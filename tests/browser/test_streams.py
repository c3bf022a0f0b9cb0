"""Answers and bodies that take their time: streams, server-sent events, uploads."""

import pytest

from tests.browser import actions
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

STREAMS = [
    Case(
        "a stream",
        SHOP,
        actions.stream("/storefront"),
        answered("GET", "storefront", "200, 3 pieces"),
    ),
    Case(
        "a stream for a foreign origin",
        EVIL,
        actions.stream("/storefront"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "server-sent events",
        SHOP,
        actions.events("/storefront"),
        answered("GET", "storefront", "one, two"),
    ),
    Case(
        "server-sent events for a foreign origin",
        EVIL,
        actions.events("/storefront"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "server-sent events with credentials that are not granted",
        SHOP,
        actions.events("/reader"),
        kept_from_page(answered("GET", "reader")),
    ),
    Case(
        "server-sent events for a foreign origin, headersOnly",
        EVIL,
        actions.events("/headers-only"),
        withheld("GET", "origin_not_allowed"),
    ),
]

UPLOADS = [
    Case("an upload", SHOP, actions.upload("/storefront"), answered("POST", "storefront")),
    Case(
        "an upload where only GET is listed, which the page can read",
        SHOP,
        actions.upload("/reader"),
        refused("POST", "method_not_allowed", "reader"),
    ),
    Case(
        "an upload with progress, for which browsers ask first",
        SHOP,
        actions.watched_upload("/storefront"),
        after_preflight("storefront", answered("POST", "storefront", "200, progress seen")),
    ),
    Case(
        "an upload with progress from a foreign origin",
        EVIL,
        actions.watched_upload("/storefront"),
        preflight_refused("origin_not_allowed"),
    ),
    Case(
        "an upload with progress where only GET is listed",
        SHOP,
        actions.watched_upload("/reader"),
        preflight_refused("method_not_allowed", "reader"),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", STREAMS, ids=str)
def test_a_page_reads_answers_as_they_come(prove: Prove, case: Case, transport: Transport) -> None:
    prove("Streams and events", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", UPLOADS, ids=str)
def test_a_page_uploads_files(prove: Prove, world: World, case: Case, transport: Transport) -> None:
    before = len(world.upstream.requests)
    prove("Uploads", case, transport)
    arrived = [
        request.body_bytes
        for request in world.upstream.requests[before:]
        if request.method == "POST"
    ]
    assert len(arrived) == len(case.expected.upstream)
    assert all(size > actions.UPLOAD_BYTES for size in arrived)
