"""A headless Chromium that behaves as its users' does, and the tabs that tests open in it.

Nothing about CORS or the product may live here.
"""

import asyncio
import base64
import hashlib
import os
import shutil
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import BrowserContext, Page, async_playwright

from tests.support.certificate import Certificate

T = TypeVar("T")

_TIMEOUT_S = 30.0

_FLAGS = (
    "--headless",
    # It opens no pages but the tests' own, and neither root nor most containers may use it.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Playwright's way to talk to it.
    "--remote-debugging-pipe",
    # Forms and scripts of the tests open tabs without anybody's click.
    "--disable-popup-blocking",
)

_DISABLED_FEATURES = (
    # Everything is on loopback here: pages that count as public (data: documents, sandboxed
    # frames) would need somebody's permission to call it.
    "LocalNetworkAccessChecks",
    # Pages on http: are meant to stay there.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
)


class ChromiumMissingError(RuntimeError):
    """There is no Chromium on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "Chromium is not installed; on Debian: apt-get install chromium. "
            "One at another place is named by the environment variable CHROMIUM."
        )


def find_chromium() -> str:
    """The path of the Chromium to run.

    Raises:
        ChromiumMissingError: There is none.
    """
    path = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if path is None:
        raise ChromiumMissingError
    return path


@dataclass(frozen=True, slots=True)
class Message:
    """A line of a tab's console."""

    text: str
    url: str
    """What it is about, where the text does not say it."""


@dataclass(frozen=True, slots=True)
class Tab:
    """An open tab. Scripts are run in its document, or in one of its frames."""

    page: Page
    messages: list[Message]
    """What the console printed so far."""
    _loop: asyncio.AbstractEventLoop

    def run(self, script: str, argument: object = None, *, frame: str | None = None) -> Any:
        """Evaluate a JavaScript function, in the frame of this name if one is given.

        A promise is waited for.
        """
        return _wait(self._loop, self._run(script, argument, frame))

    def open(self, url: str) -> None:
        """Navigate, until everything is loaded."""
        _wait(self._loop, self.page.goto(url))

    def wait_for_url(self, part: str) -> None:
        """Wait until a navigation to an address that holds ``part`` has ended."""
        _wait(self._loop, self.page.wait_for_url(lambda url: part in url))

    def close(self) -> None:
        """Close it."""
        _wait(self._loop, self.page.close())

    async def _run(self, script: str, argument: object, frame: str | None) -> Any:
        if frame is None:
            return await self.page.evaluate(script, argument)
        element = await self.page.query_selector(f"iframe[name={frame}]")
        content = await element.content_frame() if element is not None else None
        if content is None:
            raise LookupError(f"the page has no frame {frame}")
        return await content.evaluate(script, argument)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser with one profile."""

    version: str
    _context: BrowserContext
    _loop: asyncio.AbstractEventLoop
    _tabs: dict[str, Tab] = field(default_factory=dict)

    def open(self, url: str) -> Tab:
        """Open a tab of its own."""
        tab = _wait(self._loop, self._new_tab())
        tab.open(url)
        return tab

    def tab_of(self, url: str) -> Tab:
        """The tab that all who ask for this address share."""
        if url not in self._tabs:
            self._tabs[url] = self.open(url)
        return self._tabs[url]

    async def _new_tab(self) -> Tab:
        messages: list[Message] = []
        page = await self._context.new_page()
        page.on("console", lambda m: messages.append(Message(m.text, m.location["url"])))
        return Tab(page, messages, self._loop)


@contextmanager
def run_chromium(
    directory: Path, certificate: Certificate, ports: Mapping[str, Sequence[str]]
) -> Iterator[Chromium]:
    """Run Chromium until the block is left.

    ``ports`` are the hosts, as ``host:port`` with or without a leading ``*.``, by the
    ``address:port`` that stands in for them; all other hosts do not exist. ``certificate``
    is trusted, for every host.

    Raises:
        ChromiumMissingError: It is not installed.
    """
    executable = find_chromium()
    profile = directory / "profile"
    rules = [f"MAP {host} {address}" for address, hosts in ports.items() for host in hosts]
    arguments = [
        *_FLAGS,
        f"--user-data-dir={profile}",
        f"--disable-features={','.join(_DISABLED_FEATURES)}",
        f"--ignore-certificate-errors-spki-list={_public_key_hash(certificate)}",
        f"--host-resolver-rules={', '.join([*rules, 'MAP * ~NOTFOUND'])}",
        "about:blank",
    ]
    with _event_loop() as loop:
        playwright = _wait(loop, async_playwright().start())
        try:
            launching = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=executable,
                args=arguments,
                # Playwright's own switch off more of the web's behaviour than is needed here.
                ignore_default_args=True,
            )
            context = _wait(loop, launching)
            browser = context.browser
            if browser is None:
                raise RuntimeError("the profile belongs to no browser")
            try:
                yield Chromium(browser.version, context, loop)
            finally:
                _wait(loop, context.close())
        finally:
            _wait(loop, playwright.stop())


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own, so that other tests can run theirs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _wait(loop: asyncio.AbstractEventLoop, doing: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(doing, loop).result(_TIMEOUT_S)


def _public_key_hash(certificate: Certificate) -> str:
    key = x509.load_pem_x509_certificate(certificate.chain.read_bytes()).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()
