"""Hostile messages, very many: no crash, no answer but the naive decider's, and memory flat."""

import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import DecodeError

from cors_authz._generated.ext_authz_pb2 import CheckRequest, CheckResponse, HeaderValueOption
from cors_authz.authz.incoming import GROUP_EXTENSION, CheckRequestMalformedError
from cors_authz.server.service import CheckService
from tests.hardening.hostile import Hostile
from tests.hardening.recording import record_checks
from tests.hardening.world import DOCUMENT, serving
from tests.reference import naive

FIELDS = {
    "origin": "origin",
    "requested_method": "access-control-request-method",
    "requested_headers": "access-control-request-headers",
    "sec_fetch_site": "sec-fetch-site",
    "sec_fetch_mode": "sec-fetch-mode",
    "upgrade": "upgrade",
}
"""By the name that the naive decider has for it, each header that counts."""

ACTIONS = {
    HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD: "set",
    HeaderValueOption.APPEND_IF_EXISTS_OR_ADD: "append",
    HeaderValueOption.OVERWRITE_IF_EXISTS: "neutralise",
}

LISTS = (
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
)

MALFORMED = "malformed message"


def read_naively(payload: bytes) -> dict[str, Any] | None:
    """What the message says, for the naive decider; ``None`` where it is none."""
    try:
        attributes = CheckRequest.FromString(payload).attributes
    except DecodeError:
        return None
    http = attributes.request.http
    headers = dict(http.headers)
    if http.HasField("header_map"):
        headers = {}
        for header in http.header_map.headers:
            value = header.raw_value.decode(errors="replace") or header.value
            name = header.key.lower()
            headers[name] = ",".join([headers[name], value]) if name in headers else value
    return {
        "method": http.method,
        "scheme": http.scheme,
        "host": http.host,
        "path": http.path,
        "protocol": http.protocol,
        **{field: headers.get(name) for field, name in FIELDS.items()},
        "group": dict(attributes.context_extensions).get(GROUP_EXTENSION),
    }


def in_order(name: str, value: str) -> str:
    return ", ".join(sorted(set(value.split(", ")))) if name in LISTS else value


def said(response: CheckResponse) -> tuple[Any, ...]:
    """Verdict, kind, reason, group, policy, status and headers of an answer."""
    variant = response.WhichOneof("http_response")
    assert variant in ("ok_response", "denied_response")
    assert (variant == "ok_response") is (response.status.code == 0)
    denied = response.denied_response
    options = response.ok_response.response_headers_to_add or denied.headers
    headers = {
        option.header.key: (
            in_order(option.header.key, option.header.value),
            ACTIONS[option.append_action],
        )
        for option in options
    }
    assert len(headers) == len(options)
    cors = response.dynamic_metadata.fields["cors"].struct_value.fields
    words = tuple(
        cors[key].string_value or None for key in ("verdict", "kind", "reason", "group", "policy")
    )
    return (*words, denied.status.code or None, headers)


def compare(service: CheckService, payload: bytes) -> str:
    """Have product and naive decider judge one message; returns the verdict of both."""
    request = read_naively(payload)
    try:
        response = CheckResponse.FromString(service.check(payload, ()))
    except CheckRequestMalformedError:
        assert request is None
        return MALFORMED
    assert request is not None
    expected = naive.decide(DOCUMENT, request)
    assert said(response) == (
        expected.verdict,
        expected.kind,
        expected.reason,
        expected.group,
        expected.policy,
        expected.status,
        expected.headers,
    ), payload.hex()
    return expected.verdict


def resident_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) << 10


@pytest.fixture
def service() -> Iterator[CheckService]:
    with serving() as service:
        yield service


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, ...]:
    checks = record_checks(tmp_path_factory.mktemp("recording"))
    assert len(checks) > 50
    return checks


def test_what_a_real_envoy_asks_is_judged_as_the_naive_decider_does(
    service: CheckService, recorded: tuple[bytes, ...]
) -> None:
    verdicts = Counter(compare(service, payload) for payload in recorded)
    assert set(verdicts) == {"allow", "withhold", "deny"}


def test_twenty_thousand_hostile_messages_are_judged_as_the_naive_decider_does(
    service: CheckService, recorded: tuple[bytes, ...]
) -> None:
    supply = Hostile(5, recorded)
    verdicts = Counter(compare(service, payload) for payload in supply.messages(20_000))
    # The supply is worth something only if it reaches every outcome.
    assert set(verdicts) == {"allow", "withhold", "deny", MALFORMED}
    assert min(verdicts.values()) > 100


def lasting_objects() -> int:
    """What is there once the lines that wait to be written are gone."""
    counts = [sys.maxsize]
    while True:
        gc.collect()
        counts.append(len(gc.get_objects()))
        if counts[-1] >= counts[-2]:
            return counts[-1]
        time.sleep(0.1)


def test_checks_leave_nothing_behind(service: CheckService, recorded: tuple[bytes, ...]) -> None:
    payloads = list(Hostile(6, recorded).messages(500))

    def objects_after_all() -> int:
        for payload in payloads:
            try:
                service.check(payload, ())
            except CheckRequestMalformedError:
                continue
        return lasting_objects()

    objects_after_all()
    before = objects_after_all()
    for _ in range(4):
        after = objects_after_all()
    assert after - before < 500


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_million_hostile_messages_leave_memory_flat(
    service: CheckService, recorded: tuple[bytes, ...]
) -> None:
    supply = Hostile(7, recorded)
    verdicts = Counter(compare(service, payload) for payload in supply.messages(100_000))
    early_bytes = resident_bytes()
    verdicts.update(compare(service, payload) for payload in supply.messages(900_000))
    grown_bytes = resident_bytes() - early_bytes
    print(f"{verdicts}, from {early_bytes} bytes of memory {grown_bytes} more")  # noqa: T201
    assert verdicts.total() == 1_000_000
    assert grown_bytes < 8 << 20
