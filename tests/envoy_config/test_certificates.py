"""Renewed certificates: when an Envoy that runs what is written takes them up."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.envoy_config.written import POLICIES, Json, on_free_port, written
from tests.support.envoy import Envoy, run_envoy
from tests.support.kubelet import ConfigMapVolume
from tests.transport.authority import Authority

_SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
_TAKEN_UP_WITHIN_S = 10
_STAYS_FOR_S = 2


def test_envoy_reads_files_of_its_bootstrap_only_when_it_starts(tmp_path: Path) -> None:
    """So the written comment and the docs ask for a restart, and no option promises more."""
    volume = issued_in(tmp_path / "tls")
    with run_envoy(bootstrap(volume.folder), tmp_path) as envoy:
        before = serial_numbers(envoy)
        volume.update(certificates())
        time.sleep(_STAYS_FOR_S)
        assert serial_numbers(envoy) == before != []
    with run_envoy(bootstrap(volume.folder), tmp_path) as envoy:
        assert serial_numbers(envoy) != before


def test_envoy_takes_up_what_it_gets_by_sds(tmp_path: Path) -> None:
    volume = issued_in(tmp_path / "tls")
    with run_envoy(by_sds(bootstrap(volume.folder), tmp_path), tmp_path) as envoy:
        before = serial_numbers(envoy)
        volume.update(certificates())
        deadline = time.monotonic() + _TAKEN_UP_WITHIN_S
        while serial_numbers(envoy) == before:
            if time.monotonic() > deadline:
                pytest.fail("the renewed certificates were not taken up")
            time.sleep(0.05)


def issued_in(folder: Path) -> ConfigMapVolume:
    volume = ConfigMapVolume(folder)
    volume.update(certificates())
    return volume


def certificates() -> dict[str, str | bytes]:
    authority = Authority("both")
    issued = authority.issue("envoy")
    return {"ca.crt": authority.certificate, "tls.crt": issued.chain, "tls.key": issued.key}


def bootstrap(folder: Path) -> Json:
    """What is written for a sidecar with certificates on both sides; nobody listens there."""
    options = ("--sidecar", "localhost:1", "--sidecar-ca", f"{folder}/ca.crt")
    own = ("--sidecar-cert", f"{folder}/tls.crt", "--sidecar-key", f"{folder}/tls.key")
    (found,) = written("bootstrap", POLICIES, *options, *own)
    return on_free_port(found)


def by_sds(found: Json, folder: Path) -> Json:
    """The same, its certificates in resources of SDS, told where to look for renewed ones."""
    socket = found["static_resources"]["clusters"][0]["transport_socket"]["typed_config"]
    context = socket["common_tls_context"]
    watched = {"watched_directory": {"path": f"{folder}/tls"}}
    (own,) = context.pop("tls_certificates")
    validation = context.pop("validation_context")
    context["tls_certificate_sds_secret_configs"] = [
        secret(folder, "own", {"tls_certificate": own | watched})
    ]
    context["validation_context_sds_secret_config"] = secret(
        folder, "authority", {"validation_context": validation | watched}
    )
    return found | {"node": {"id": "edge", "cluster": "edge"}}


def secret(folder: Path, name: str, content: Json) -> Json:
    path = folder / f"{name}.json"
    resource = {"@type": _SECRET, "name": name, **content}
    path.write_text(json.dumps({"resources": [resource]}))
    source = {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}
    return {"name": name, "sds_config": source}


def serial_numbers(envoy: Envoy) -> list[Any]:
    """Of the certificates that Envoy holds."""
    found = json.loads(envoy.ask("/certs"))["certificates"]
    kinds = ("ca_cert", "cert_chain")
    return [c["serial_number"] for each in found for kind in kinds for c in each.get(kind, ())]
