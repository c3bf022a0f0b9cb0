"""The requests that the demo sends through Envoy, and what must become of each.

Only data may live here. The expectations follow from ``policies/`` beside this file; they
are written down by hand, so that a change there that goes wrong shows.
"""

from dataclasses import replace

from deploy.demo.asking import Asking
from deploy.demo.decisions import Shadow
from deploy.demo.origins import BACK_OFFICE, PARTNER, Origins
from deploy.demo.row import (
    JOINED_VARY,
    OWN_VARY,
    PREFLIGHT_VARY,
    Row,
    Section,
    answered,
    permitted,
    refused,
    told,
)


def sections(origins: Origins) -> tuple[Section, ...]:
    """Everything that is tried, in order."""
    asking = Asking(origins.api_authority)
    return (
        _orders_preflights(asking, origins),
        _orders_requests(asking, origins),
        _orders_beside_cors(asking, origins),
        _live(asking, origins),
        _public(asking, origins),
        _payments(asking, origins),
        _reports(asking, origins),
        _invoices(asking, origins),
        _admin(asking),
        _unmatched(asking, origins),
    )


def _storefront_permits(shop: str) -> dict[str, str]:
    return told(
        shop,
        credentials=True,
        allow_methods="GET, HEAD, POST",
        allow_headers="content-type, x-client",
        max_age="60",
    )


def _storefront_grants(shop: str) -> dict[str, str]:
    return told(shop, credentials=True, expose_headers="x-total-count") | JOINED_VARY


def _orders_preflights(asking: Asking, origins: Origins) -> Section:
    shop, evil = origins.shop, origins.evil
    return Section(
        "/orders, preflights: the first policy that accepts the origin decides alone",
        (
            Row(
                "shop asks whether it may POST JSON",
                asking.preflight("POST", "/orders", shop, "content-type"),
                permitted(_storefront_permits(shop), "storefront"),
            ),
            Row(
                "shop asks whether it may DELETE",
                asking.preflight("DELETE", "/orders/1", shop),
                refused("method_not_allowed", "storefront", PREFLIGHT_VARY),
            ),
            Row(
                "shop asks whether it may send x-debug",
                asking.preflight("GET", "/orders", shop, "x-debug"),
                refused("header_not_allowed", "storefront", PREFLIGHT_VARY),
            ),
            Row(
                "a partner asks whether it may POST JSON",
                asking.preflight("POST", "/orders", PARTNER, "content-type"),
                refused("method_not_allowed", "partner", PREFLIGHT_VARY),
            ),
            Row(
                "evil asks whether it may POST JSON",
                asking.preflight("POST", "/orders", evil, "content-type"),
                refused("origin_not_allowed", None, PREFLIGHT_VARY),
            ),
        ),
    )


def _orders_requests(asking: Asking, origins: Origins) -> Section:
    shop, evil = origins.shop, origins.evil
    return Section(
        "/orders, requests: what is refused never reaches the API",
        (
            Row(
                "shop GETs the orders",
                asking.send("GET", "/orders", shop),
                answered(_storefront_grants(shop), "storefront"),
            ),
            Row(
                "shop POSTs an order",
                asking.send("POST", "/orders", shop, ("content-type", "application/json")),
                answered(_storefront_grants(shop), "storefront", status=201),
            ),
            Row(
                "shop DELETEs without asking",
                asking.send("DELETE", "/orders/1", shop),
                refused(
                    "method_not_allowed", "storefront", told(shop, credentials=True) | OWN_VARY
                ),
            ),
            Row(
                "a partner GETs the orders",
                asking.send("GET", "/orders", PARTNER),
                answered(told(PARTNER) | JOINED_VARY, "partner"),
            ),
            Row(
                "evil GETs the orders",
                asking.send("GET", "/orders", evil),
                refused("origin_not_allowed"),
            ),
            Row(
                "evil POSTs as a form does, without asking",
                asking.send("POST", "/orders", evil, ("content-type", "text/plain")),
                refused("origin_not_allowed"),
            ),
        ),
    )


def _orders_beside_cors(asking: Asking, origins: Origins) -> Section:
    fetched = (("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site"))
    return Section(
        "/orders, beside CORS: programs, own pages, and what cannot be right",
        (
            Row(
                "curl GETs: no Origin",
                asking.send("GET", "/orders", None),
                answered(JOINED_VARY),
            ),
            Row(
                "a page of the API itself POSTs",
                asking.send("POST", "/orders", origins.api),
                answered(JOINED_VARY, status=201),
            ),
            Row(
                "a proxy took the Origin away",
                asking.send("GET", "/orders", None, *fetched),
                refused("origin_missing"),
            ),
            Row(
                "two Origin headers",
                asking.send("GET", "/orders", origins.shop, ("origin", origins.evil)),
                refused("origin_malformed"),
            ),
        ),
    )


def _live(asking: Asking, origins: Origins) -> Section:
    granted = told(origins.shop, credentials=True, expose_headers="x-total-count")
    return Section(
        "/live, WebSocket: browsers check nothing here, so the handshake itself is refused",
        (
            Row(
                "shop opens a WebSocket",
                asking.handshake("/live", origins.shop),
                answered(granted | OWN_VARY, "storefront", status=101),
            ),
            Row(
                "evil opens a WebSocket",
                asking.handshake("/live", origins.evil),
                refused("origin_not_allowed"),
            ),
        ),
    )


def _public(asking: Asking, origins: Origins) -> Section:
    return Section(
        "/public: every origin may read",
        (
            Row(
                "evil GETs the catalogue",
                asking.send("GET", "/public/catalogue", origins.evil),
                answered(told("*") | JOINED_VARY, "public-read"),
            ),
            Row(
                "evil POSTs to the catalogue",
                asking.send("POST", "/public/catalogue", origins.evil),
                refused("method_not_allowed", "public-read", told("*") | OWN_VARY),
            ),
        ),
    )


def _payments(asking: Asking, origins: Origins) -> Section:
    announced = told(
        origins.shop,
        credentials=True,
        allow_methods="POST",
        allow_headers="content-type",
        max_age="10",
    )
    return Section(
        "/payments, evaluation all: every policy must agree, and what they share is announced",
        (
            Row(
                "shop asks whether it may POST JSON",
                asking.preflight("POST", "/payments", origins.shop, "content-type"),
                permitted(announced, None),
            ),
            Row(
                "shop asks whether it may send x-client",
                asking.preflight("POST", "/payments", origins.shop, "x-client"),
                refused("header_not_allowed", "baseline", PREFLIGHT_VARY),
            ),
        ),
    )


def _reports(asking: Asking, origins: Origins) -> Section:
    return Section(
        "/reports, mode headersOnly: requests pass, but browsers keep the answers from pages",
        (
            Row(
                "shop GETs a report",
                asking.send("GET", "/reports/today", origins.shop),
                answered(told(origins.shop) | JOINED_VARY, "report-readers"),
            ),
            Row(
                "evil GETs a report",
                asking.send("GET", "/reports/today", origins.evil),
                replace(answered(JOINED_VARY), verdict="withhold", reason="origin_not_allowed"),
            ),
            Row(
                "evil asks whether it may DELETE",
                asking.preflight("DELETE", "/reports/today", origins.evil),
                refused("origin_not_allowed", None, PREFLIGHT_VARY),
            ),
        ),
    )


def _invoices(asking: Asking, origins: Origins) -> Section:
    granted = _storefront_grants(origins.shop)
    would_allow = Shadow("allow", "allowed", "invoices-next")
    would_deny = Shadow("deny", "method_not_allowed", "invoices-next")
    return Section(
        "/invoices, mode reportOnly: storefront decides; what invoices-next would do is logged",
        (
            Row(
                "shop GETs the invoices",
                asking.send("GET", "/invoices", origins.shop),
                answered(granted, "storefront", shadow=would_allow),
            ),
            Row(
                "shop asks whether it may POST JSON",
                asking.preflight("POST", "/invoices", origins.shop, "content-type"),
                permitted(_storefront_permits(origins.shop), "storefront", shadow=would_deny),
            ),
            Row(
                "shop POSTs an invoice",
                asking.send("POST", "/invoices", origins.shop),
                answered(granted, "storefront", status=201, shadow=would_deny),
            ),
        ),
    )


def _admin(asking: Asking) -> Section:
    readable = told(BACK_OFFICE, credentials=True) | OWN_VARY
    return Section(
        "/admin: an Origin is required, and HTTP/2 (these requests are HTTP/1.1)",
        (
            Row(
                "curl GETs the users: no Origin",
                asking.send("GET", "/admin/users", None),
                refused("origin_missing", "back-office"),
            ),
            Row(
                "the back office GETs the users",
                asking.send("GET", "/admin/users", BACK_OFFICE),
                refused("protocol_not_allowed", "back-office", readable),
            ),
        ),
    )


def _unmatched(asking: Asking, origins: Origins) -> Section:
    return Section(
        "/status belongs to no API group: it passes, and Envoy's route drops the API's own grants",
        (
            Row(
                "evil GETs the status",
                asking.send("GET", "/status", origins.evil),
                replace(answered({"vary": "Accept-Encoding"}), reason="no_group"),
            ),
        ),
    )
