"""Workers and service workers: they call with the origin of their page, or with ``null``."""

import json
from collections.abc import Iterator, Mapping

import pytest

from tests.browser.call import Call, Script
from tests.browser.chromium import Tab
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    kept_from_page,
    preflight_refused,
    refused,
)
from tests.browser.origins import EVIL, SHOP, SIBLING, TRANSPORTS, Transport
from tests.browser.world import World, page_path
from tests.support.upstream import answer_query

_JAVASCRIPT = (("content-type", "text/javascript"),)


def _script_path(source: str) -> str:
    """The path at which every origin serves this script."""
    return f"/page-script.js?{answer_query(more=_JAVASCRIPT, body=source)}"


_WORKER = """
const call = async (url, answerTo) => answerTo.postMessage(
  await fetch(url, { method: "PUT" }).then(({ status }) => String(status), () => "blocked"));
onmessage = ({ data }) => call(data, self);
onconnect = ({ ports: [port] }) => { port.onmessage = ({ data }) => call(data, port); };
"""

_IN_WORKER = """url => new Promise(resolve => {
  const worker = new Worker(ADDRESS);
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
  worker.postMessage(url);
})"""

_IN_SHARED_WORKER = """url => new Promise(resolve => {
  const { port } = new SharedWorker(ADDRESS);
  port.onmessage = ({ data }) => resolve(data);
  port.postMessage(url);
})"""

_BLOB_ADDRESS = (
    f"URL.createObjectURL(new Blob([{json.dumps(_WORKER)}], {{ type: 'text/javascript' }}))"
)


def _put_in(words: str, source: str, address: str) -> Script:
    return Script(f"PUT, in {words},", source.replace("ADDRESS", address), "/storefront")


_OWN_ADDRESS = json.dumps(_script_path(_WORKER))
_DATA_ADDRESS = f"`data:text/javascript,${{encodeURIComponent({json.dumps(_WORKER)})}}`"

_WITH_ORIGIN_OF_PAGE = [
    _put_in("a worker", _IN_WORKER, _OWN_ADDRESS),
    _put_in("a worker made of a blob", _IN_WORKER, _BLOB_ADDRESS),
    _put_in("a shared worker", _IN_SHARED_WORKER, _OWN_ADDRESS),
]
_WITHOUT_ORIGIN = _put_in("a worker made of a data: address", _IN_WORKER, _DATA_ADDRESS)

WORKERS = [
    *(
        Case(
            "a listed origin",
            SHOP,
            script,
            after_preflight("storefront", answered("PUT", "storefront")),
        )
        for script in _WITH_ORIGIN_OF_PAGE
    ),
    *(
        Case("a foreign origin", EVIL, script, preflight_refused("origin_not_allowed"))
        for script in _WITH_ORIGIN_OF_PAGE
    ),
    Case(
        "a listed origin, but the worker's is null",
        SHOP,
        _WITHOUT_ORIGIN,
        preflight_refused("origin_not_allowed"),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", WORKERS, ids=lambda case: f"{case.call} for {case}")
def test_workers_call_with_the_origin_of_their_page(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Workers", case, transport)


_SERVICE_WORKER = """
oninstall = () => skipWaiting();
onactivate = event => event.waitUntil(clients.claim());
onfetch = event => {
  const { searchParams } = new URL(event.request.url);
  if (searchParams.has("launder")) {
    event.respondWith(fetch(event.request.url, { mode: "no-cors", credentials: "include" }));
  } else if (searchParams.has("probe")) {
    event.respondWith(fetch(event.request));
  }
};
"""

_REGISTER = """async address => {
  const controlled = new Promise(resolve => {
    navigator.serviceWorker.oncontrollerchange = resolve;
  });
  await navigator.serviceWorker.register(address, { scope: "/page" });
  await controlled;
}"""

_UNREGISTER = """async () => {
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    await registration.unregister();
  }
}"""


@pytest.fixture(scope="module")
def controlled_tabs(world: World) -> Iterator[Mapping[str, Tab]]:
    """Tabs whose requests pass through the service workers of their origins."""
    tabs = {}
    for origin in (SIBLING, EVIL):
        tabs[origin] = world.chromium.open(origin + page_path())
        tabs[origin].run(_REGISTER, _script_path(_SERVICE_WORKER))
    yield tabs
    for tab in tabs.values():
        tab.run(_UNREGISTER)
        tab.close()


SERVICE_WORKERS = [
    Case(
        "forwards a GET of a listed origin",
        SIBLING,
        Call("/overlapping"),
        answered("GET", "partners"),
    ),
    Case(
        "forwards a GET of a foreign origin",
        EVIL,
        Call("/overlapping"),
        refused("GET", "origin_not_allowed"),
    ),
    Case(
        "forwards a PUT that is not listed",
        SIBLING,
        Call("/overlapping", "PUT"),
        preflight_refused("method_not_allowed", "partners"),
    ),
    Case(
        "answers with what it fetched with no-cors, which the page may not read",
        EVIL,
        Call("/overlapping", answer="launder"),
        kept_from_page(answered("GET", None, kind="non_cors")),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", SERVICE_WORKERS, ids=str)
def test_a_service_worker_opens_nothing(
    prove: Prove, controlled_tabs: Mapping[str, Tab], case: Case, transport: Transport
) -> None:
    prove("Service workers", case, transport, tab=controlled_tabs[case.page])
