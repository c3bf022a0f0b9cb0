"""Puts the demo together: API, sidecar, Envoy and pages, in the order of who needs whom."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo import envoy
from deploy.demo.api import CarelessApi
from deploy.demo.decisions import DecisionLog
from deploy.demo.http11 import MessageMalformedError, Request, exchange, listen
from deploy.demo.origins import Origins
from deploy.demo.pages import Page
from deploy.demo.ports import LOOPBACK, choose, occupy, port_of
from deploy.demo.processes import PartFailedError, Parts

_EDGE_PORT, _SHOP_PORT, _EVIL_PORT, _ADMIN_PORT = 8080, 8081, 8082, 9190
"""Easy to remember; where one is taken, a free one is used instead."""

_START_S = 20.0
_PAUSE_S = 0.05

_STATUS_NO_DECISION = 503
"""What Envoy answers as long as it does not reach the sidecar."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo that is up."""

    origins: Origins
    edge_port: int
    api_port: int
    admin_port: int
    """Of the sidecar's admin page."""
    api: CarelessApi
    decisions: DecisionLog


@asynccontextmanager
async def set_up(parts: Parts, policies: Path) -> AsyncIterator[Stage]:
    """Start everything. The programs are in ``parts``, whose end is theirs.

    Raises:
        PartFailedError: A part did not start.
        StopRequestedError: Somebody lost patience.
    """
    async with AsyncExitStack() as cleanup:
        shop, evil, own = (
            cleanup.enter_context(closing(occupy(port))) for port in (_SHOP_PORT, _EVIL_PORT, 0)
        )
        # Whoever has the shop's usual port is the one demo that may take Envoy's.
        edge_port = choose(_EDGE_PORT if port_of(shop) == _SHOP_PORT else 0)
        origins = Origins.on_ports(
            api=edge_port, past_envoy=port_of(own), shop=port_of(shop), evil=port_of(evil)
        )
        admin_port = choose(_ADMIN_PORT if edge_port == _EDGE_PORT else 0)
        stage = Stage(origins, edge_port, port_of(own), admin_port, CarelessApi(), DecisionLog())
        for answer, listening in (
            (stage.api.answer, own),
            (Page("shop", origins, stage.api, stage.decisions).answer, shop),
            (Page("evil", origins, stage.api, stage.decisions).answer, evil),
        ):
            cleanup.callback((await listen(answer, listening)).close)
        sidecar_port = choose()
        await _start_sidecar(parts, stage, policies, sidecar_port)
        await _start_envoy(parts, stage, sidecar_port)
        yield stage


async def _start_sidecar(parts: Parts, stage: Stage, policies: Path, port: int) -> None:
    serve = (
        "serve",
        "--config",
        str(policies),
        "--listen",
        f"{LOOPBACK}:{port}",
        "--admin",
        f"{LOOPBACK}:{stage.admin_port}",
    )
    command = (sys.executable, "-m", "cors_authz", *serve)
    await parts.start("the sidecar", command, stage.decisions.feed)

    async def accepts_connections() -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            return False
        writer.close()
        return True

    await _wait_until(parts, accepts_connections, f"the sidecar does not listen on port {port}")


async def _start_envoy(parts: Parts, stage: Stage, sidecar_port: int) -> None:
    bootstrap = envoy.bootstrap(
        edge_port=stage.edge_port, sidecar_port=sidecar_port, api_port=stage.api_port
    )
    await parts.start("Envoy", envoy.command(bootstrap))
    probe = Request("GET", "/orders", (("host", stage.origins.api_authority),))

    async def answers() -> bool:
        try:
            return (await exchange(stage.edge_port, probe)).status != _STATUS_NO_DECISION
        except (OSError, MessageMalformedError):
            return False

    problem = "a request through Envoy still gets no decision from the sidecar"
    await _wait_until(parts, answers, problem)


async def _wait_until(
    parts: Parts, is_ready: Callable[[], Coroutine[Any, Any, bool]], problem: str
) -> None:
    async def wait() -> None:
        while True:
            if await is_ready():
                return
            await asyncio.sleep(_PAUSE_S)

    try:
        async with asyncio.timeout(_START_S):
            await parts.watch(wait())
    except TimeoutError as error:
        raise PartFailedError(
            f"After {_START_S:.0f} seconds {problem}.\n{parts.describe_last_lines()}"
        ) from error
