"""Certificates and keys as files hold them, read together and checked before they are used.

A Kubernetes Secret is swapped as a ConfigMap is, so that a certificate and a key that are
read one after the other may not belong together.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cors_authz.config.snapshot import data_target

_ALPN = "h2"

_MAX_FILE_BYTES = 1 << 20
"""What a Secret holds at most."""

_MAX_READINGS = 10


class TlsInvalidError(ValueError):
    """The files cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """What the operator wants of TLS."""

    certificate: Path
    """PEM: ours, and the intermediate ones up to what clients trust."""
    key: Path
    client_authority: Path | None = None
    """PEM: who signs the certificates of clients; without, clients need none."""
    client_names: tuple[str, ...] = ()
    """Names of which a client's certificate must have one; empty: any certificate will do."""


class TlsMaterial(msgspec.Struct, frozen=True):
    """The content of the files."""

    certificate: bytes
    key: bytes
    client_authority: bytes | None


def read_material(options: TlsOptions) -> TlsMaterial:
    """Read files that belong together.

    Raises:
        TlsInvalidError: They cannot be read, or do not fit each other.
    """
    paths = (options.certificate, options.key, options.client_authority)
    folders = {path.parent for path in paths if path is not None}
    for _ in range(_MAX_READINGS):
        targets = [data_target(folder) for folder in folders]
        certificate, key, authority = (None if path is None else _read(path) for path in paths)
        if [data_target(folder) for folder in folders] == targets:
            break
    material = TlsMaterial(certificate or b"", key or b"", authority)
    try:
        make_context(material)
    except TlsInvalidError as error:
        files = ", ".join(str(path) for path in paths if path is not None)
        raise TlsInvalidError(f"{files}: {error}") from error
    return material


def make_context(material: TlsMaterial) -> ssl.SSLContext:
    """Make what serves HTTP/2 over TLS 1.2 or later.

    Raises:
        TlsInvalidError: The key is not the certificate's, or something is no PEM.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([_ALPN])
    try:
        with _as_file(material.certificate) as certificate, _as_file(material.key) as key:
            # An empty password, since one that is asked for would be asked of the terminal.
            context.load_cert_chain(certificate, key, password="")
        if material.client_authority is not None:
            context.load_verify_locations(cadata=material.client_authority.decode("ascii"))
            context.verify_mode = ssl.CERT_REQUIRED
    except (ssl.SSLError, ValueError) as error:
        raise TlsInvalidError(_explain(error)) from error
    return context


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise TlsInvalidError(f"{path} cannot be read: {error.strerror}") from error


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A file that only we see: OpenSSL takes certificates and keys from files alone."""
    descriptor = os.memfd_create("cors-authz-tls")
    try:
        os.write(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _explain(error: ssl.SSLError | ValueError) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    if reason == "KEY_VALUES_MISMATCH":
        return "the key is not the certificate's"
    return f"no PEM of a certificate, its key and the clients' authority ({reason or error})"
