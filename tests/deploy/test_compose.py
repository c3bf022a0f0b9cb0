"""The Compose file: held to its schema, and its command lines run together without containers."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cors_authz import __version__
from tests.deploy.commands import Command, Place, free_port, localised, missing_options, validate
from tests.deploy.tooling import DEPLOY, schema_folder
from tests.support.child import running, wait_until_ready
from tests.support.envoy import run_envoy
from tests.support.exchange import Request
from tests.support.http1 import send_http1
from tests.support.sidecar import is_serving, run_sidecar

FOLDER = DEPLOY / "compose"
SERVICES: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
PAGE = ("origin", "http://localhost:5173")


def test_the_file_fits_the_schema_of_compose() -> None:
    schema = json.loads((schema_folder("compose") / "compose-spec.json").read_text())
    jsonschema.validate(yaml.safe_load((FOLDER / "compose.yaml").read_text()), schema)


def test_the_policies_are_valid() -> None:
    assert validate(FOLDER / "policies") == ""


@pytest.mark.parametrize("name", SERVICES)
def test_every_mounted_path_exists(name: str) -> None:
    for mount in SERVICES[name]["volumes"]:
        source, _, access = mount.split(":")
        assert (FOLDER / source).exists()
        assert access == "ro"


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_envoy_is_reachable_from_outside_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"envoy": ["127.0.0.1:10000:10000"]}


def test_the_image_is_this_version() -> None:
    assert {SERVICES[name]["image"] for name in ("cors-authz", "app")} == {
        f"cors-authz:{__version__}"
    }


def test_the_command_line_has_only_options_that_exist() -> None:
    missing = missing_options(Command(tuple(SERVICES["cors-authz"]["command"]), {}))
    if missing:
        pytest.skip(f"cors-authz serve has no {', '.join(sorted(missing))} yet")
    place = Place(Path("/p"), Path("/t"), Path("/s"), 1, 2)
    command = localised(Command(tuple(SERVICES["cors-authz"]["command"]), {}), place)
    assert command.arguments == (
        *("serve", "--config", "/p", "--listen", "127.0.0.1:1", "--admin", "127.0.0.1:2"),
    )


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with stack(tmp_path_factory.mktemp("compose")) as found:
        yield found


@contextmanager
def stack(folder: Path) -> Iterator[int]:
    """The three services on free ports; the port of Envoy."""
    app_port = free_port()
    entrypoint = [*SERVICES["app"]["entrypoint"]]
    for inside, here in (("8080", str(app_port)), ("/srv", str(FOLDER / "app"))):
        entrypoint[entrypoint.index(inside)] = here
    err = folder / "app.err"
    with ExitStack() as started:
        sidecar = started.enter_context(run_sidecar(FOLDER / "policies", folder))
        program = [sys.executable, *entrypoint[1:]]
        app = started.enter_context(running(program, stdout=folder / "app.out", stderr=err))
        wait_until_ready(app, lambda: _listens(app_port), log=err)
        text = (DEPLOY / "envoy" / "envoy.yaml").read_text()
        for port, free in ((9191, sidecar.port), (8080, app_port), (10000, 0)):
            assert text.count(f"port_value: {port}}}") == 1
            text = text.replace(f"port_value: {port}}}", f"port_value: {free}}}")
        envoy = started.enter_context(run_envoy(yaml.safe_load(text), folder))
        assert is_serving(sidecar.port)
        yield envoy.ports["edge"]


def _listens(port: int) -> bool:
    try:
        return send_http1(port, Request("localhost", "/orders")).status == 200
    except ConnectionError:
        return False


def test_a_page_may_read_orders(port: int) -> None:
    response = send_http1(port, Request("localhost", "/orders", headers=(PAGE,)))
    assert (response.status, json.loads(response.body)[0]["item"]) == (200, "tea")
    assert response.values("access-control-allow-origin") == (PAGE[1],)


def test_a_preflight_never_reaches_the_service(port: int) -> None:
    wanted = ("access-control-request-method", "POST")
    request = Request("localhost", "/orders", "OPTIONS", (PAGE, wanted))
    assert send_http1(port, request).status == 204


def test_a_foreign_page_is_refused(port: int) -> None:
    foreign = ("origin", "https://foreign.example.net")
    assert send_http1(port, Request("localhost", "/orders", headers=(foreign,))).status == 403
