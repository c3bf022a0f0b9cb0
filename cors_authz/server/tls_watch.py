"""Notices that certificates changed, by looking at their content every second."""

import asyncio
from collections.abc import Callable

from cors_authz.observability.lifecycle import Lifecycle
from cors_authz.server.tls import TlsInvalidError, TlsMaterial, TlsOptions, read_material

_INTERVAL_S = 1.0


async def watch_tls(
    options: TlsOptions,
    material: TlsMaterial,
    give: Callable[[TlsMaterial], None],
    lifecycle: Lifecycle,
) -> None:
    """For ever, ``give`` each change of ``material`` that can be used, and tell of the others."""
    told = ""
    while True:
        await asyncio.sleep(_INTERVAL_S)
        try:
            found = await asyncio.to_thread(read_material, options)
        except TlsInvalidError as error:
            if str(error) != told:
                told = str(error)
                lifecycle.error("tls_reload_failed", problem=told)
            continue
        told = ""
        if found != material:
            material = found
            give(material)
            lifecycle.info("tls_reloaded", certificate=str(options.certificate))
