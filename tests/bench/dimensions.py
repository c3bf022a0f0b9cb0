"""One thing changed at a time, each beside the same base in the same rounds."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cors_authz.server.options import FAST
from tests.bench import direct, through_envoy
from tests.bench.comparison import Comparison
from tests.bench.cores import Cores
from tests.bench.direct import Call
from tests.bench.edges import Edge
from tests.bench.effort import Effort
from tests.bench.payloads import Payloads, record_payloads
from tests.bench.policies import REGEX_ORIGINS, WILDCARD_ORIGINS, Shape, write_set
from tests.bench.requests import ORIGIN, RequestKind
from tests.bench.servers import Server, run_product, run_product_unheard
from tests.bench.through_envoy import Way

BASE = "base"
_UNHEARD = "log blocked"

_BASE_SHAPE = Shape()
_SHAPES = {
    "1 group": Shape(groups=1),
    "1,000 groups": Shape(groups=1000),
    "100,000 groups": Shape(groups=100_000),
    "10 policies, the last decides": Shape(policies=10),
    "100 policies, the last decides": Shape(policies=100),
    "wildcard origin": Shape(origins=WILDCARD_ORIGINS),
    "regex origin": Shape(origins=REGEX_ORIGINS),
    "log off": Shape(is_logged=False),
    _UNHEARD: _BASE_SHAPE,
}

_OWN_FILTER = {
    "allow_origin_string_match": [{"exact": ORIGIN}],
    "allow_methods": "GET,POST,PUT",
    "allow_credentials": True,
}


@dataclass(frozen=True, slots=True)
class _Product:
    """How the product differs from the base."""

    name: str
    shape: Shape = _BASE_SHAPE
    options: tuple[str, ...] = ()


_ANY_SUBDOMAIN = _Product("any subdomain", Shape(origins=WILDCARD_ORIGINS))


def dimensions(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Vary the request and the policy set, asking directly.

    Raises:
        LoadError: An answer was not what it should be.
    """
    directory.mkdir()
    full, trimmed = record_payloads(directory / "recorder", cores)
    with ExitStack() as stack:
        base = stack.enter_context(_run(_Product(BASE), directory, cores))
        varied = [
            stack.enter_context(_run(_Product(name, shape), directory, cores))
            for name, shape in _SHAPES.items()
        ]
        calls = [*_calls(base, full, trimmed)]
        calls += [Call(server.name, server, full[RequestKind.ACTUAL]) for server in varied]
        measured = direct.measure(calls, directory / "direct", cores, effort)
    yield Comparison(
        "Asked directly: what requests and policies cost", direct.METRICS, measured.as_rows(), BASE
    )


def _calls(base: Server, full: Payloads, trimmed: Payloads) -> Iterator[Call]:
    yield Call(BASE, base, full[RequestKind.ACTUAL])
    yield Call("trimmed by allowed_headers", base, trimmed[RequestKind.ACTUAL])
    for kind in RequestKind:
        if kind is not RequestKind.ACTUAL:
            yield Call(kind.value, base, full[kind])


def gateway(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Vary the way from Envoy to the product, and whether it is taken at all.

    Raises:
        LoadError: An answer was not what it should be.
    """
    directory.mkdir()
    socket = f"unix:{directory}/authz.sock"
    products = (
        _Product(BASE),
        _Product("UNIX socket", options=("--listen", socket)),
        _Product("2 workers on the same core", options=("--workers", "2")),
    )
    with ExitStack() as stack:
        servers = [stack.enter_context(_run(p, directory, cores)) for p in products]
        ways = [Way(Edge(server.name, server)) for server in servers]
        changing = stack.enter_context(_run(_ANY_SUBDOMAIN, directory, cores))
        ways.append(Way(Edge("origins never seen before", changing, renews_origin=True)))
        ways += _ways(ways[0].edge)
        measured = through_envoy.measure(ways, directory / "envoy", cores, effort)
    yield Comparison(
        "Through one Envoy worker: what the way costs",
        through_envoy.METRICS,
        measured.as_rows(),
        BASE,
    )


def _ways(base: Edge) -> Iterator[Way]:
    yield Way(replace(base, name="trimmed by allowed_headers", trims=True))
    for kind in RequestKind:
        if kind is not RequestKind.ACTUAL:
            yield Way(base, kind, name=kind.value)
    skipping = replace(base, name="skipping", skips=True)
    yield Way(skipping, RequestKind.NO_ORIGIN, name="no Origin, skipped")
    yield Way(Edge("without the filter", None), is_product=False)
    yield Way(replace(base, name="with an upstream", is_routed=True))
    own = Edge("with an upstream, Envoy's own cors filter", None, own_filter=_OWN_FILTER)
    yield Way(own)
    yield Way(Edge("with an upstream, without a filter", None, is_routed=True), is_product=False)


def _run(product: _Product, directory: Path, cores: Cores) -> AbstractContextManager[Server]:
    folder = directory / product.name.replace(" ", "-")
    config = write_set(product.shape, folder.with_suffix(".policies"))
    run = run_product_unheard if product.name == _UNHEARD else run_product
    return run(product.name, config, folder, cores.server, "--transport", FAST, *product.options)
