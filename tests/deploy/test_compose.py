"""The Compose file: held to its schema, and its command lines run together without containers."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from cors_authz import __version__
from tests.deploy.commands import Command, Place, localised, missing_options, validate
from tests.deploy.local_stack import FOLDER, SERVICES, LocalStack, run_local_stack
from tests.deploy.tooling import schema_folder

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
    assert not missing_options(Command(tuple(SERVICES["cors-authz"]["command"]), {}))
    place = Place(Path("/p"), Path("/t"), Path("/s"), 1, 2)
    command = localised(Command(tuple(SERVICES["cors-authz"]["command"]), {}), place)
    assert command.arguments == (
        *("serve", "--config", "/p", "--listen", "127.0.0.1:1", "--admin", "127.0.0.1:2"),
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with run_local_stack(tmp_path_factory.mktemp("compose")) as found:
        yield found


def test_a_page_may_read_orders(stack: LocalStack) -> None:
    response = stack.send("GET", "/orders", PAGE)
    assert (response.status, json.loads(response.body)[0]["item"]) == (200, "tea")
    assert response.values("access-control-allow-origin") == (PAGE[1],)


def test_a_preflight_never_reaches_the_service(stack: LocalStack) -> None:
    wanted = ("access-control-request-method", "POST")
    assert stack.send("OPTIONS", "/orders", PAGE, wanted).status == 204


def test_a_foreign_page_is_refused(stack: LocalStack) -> None:
    assert stack.send("GET", "/orders", ("origin", "https://foreign.example.net")).status == 403
