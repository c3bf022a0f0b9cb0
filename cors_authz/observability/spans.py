"""Whether checks become spans: off unless the standard variables of OpenTelemetry ask for it."""

import importlib.util
from collections.abc import Mapping
from typing import Protocol

from cors_authz.observability.record import CheckSink

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class SpansUnavailableError(RuntimeError):
    """Spans are asked for in a way that we cannot serve."""


class SpanSink(CheckSink, Protocol):
    """A sink that makes spans, and exports them some time later."""

    def close(self, timeout_s: float) -> None:
        """Export what is left, for at most ``timeout_s`` seconds."""


def open_spans(environment: Mapping[str, str]) -> SpanSink | None:
    """Make spans where the standard variables ask for them; ``None`` where they do not.

    Asked for by ``OTEL_TRACES_EXPORTER=otlp``, or, where that is not set, by an endpoint for
    OTLP; and not where ``OTEL_SDK_DISABLED=true``.

    Raises:
        SpansUnavailableError: Another exporter or protocol is asked for, or the packages are
            not installed.
    """
    if not _are_wanted(environment):
        return None
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), _HTTP)
    if protocol != _HTTP:
        raise SpansUnavailableError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}: spans are exported over {_HTTP} only"
        )
    if not _are_installed():
        raise SpansUnavailableError(
            "OTEL_… variables ask for spans: install cors-authz with its extra 'otel', "
            "or set OTEL_SDK_DISABLED=true"
        )
    from cors_authz.observability.otel_spans import CheckSpans  # noqa: PLC0415 - an extra

    return CheckSpans.exporting()


def _are_wanted(environment: Mapping[str, str]) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    if exporter not in {"", "otlp", "none"}:
        raise SpansUnavailableError(f"OTEL_TRACES_EXPORTER={exporter}: set it to otlp or none")
    if exporter:
        return exporter == "otlp"
    return any(environment.get(name) for name in _ENDPOINTS)


def _are_installed() -> bool:
    try:
        return all(importlib.util.find_spec(package) is not None for package in _PACKAGES)
    except ModuleNotFoundError:
        return False
