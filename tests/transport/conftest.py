"""Both transports, each with the handler that answers with what it was given."""

from collections.abc import Iterator

import pytest

from tests.transport.serving import Kind, Served, echo, serving


@pytest.fixture(params=["grpcio", "fast"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.param)


@pytest.fixture
def served(kind: Kind) -> Iterator[Served]:
    with serving(lambda: kind.make(echo, "127.0.0.1:0")) as running:
        yield running
