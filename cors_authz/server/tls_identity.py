"""Who a worker is to its peers, and which of them it accepts; certificates change while it runs."""

import ssl
from collections.abc import Iterable
from typing import cast

from cors_authz.server.tls import TlsMaterial, make_context


class TlsIdentity:
    """Our certificate, and whose certificates we accept."""

    def __init__(self, material: TlsMaterial, client_names: Iterable[str]) -> None:
        """Raises ``TlsInvalidError`` where the material cannot be used."""
        self.material = material
        self._client_names = frozenset(client_names)
        self._current = make_context(material)
        self.context = make_context(material)
        """What listens: it hands each new peer to the context that is current then."""
        self.context.sni_callback = self._use_current

    @property
    def demands_certificates(self) -> bool:
        """Whether clients need a certificate; that does not change."""
        return self.material.client_authority is not None

    @property
    def names_clients(self) -> bool:
        """Whether only clients of certain names are accepted."""
        return bool(self._client_names)

    def replace(self, material: TlsMaterial) -> None:
        """Use this for connections that are made from now on.

        Raises:
            TlsInvalidError: It cannot be used; what was used before still is.
        """
        self._current = make_context(material)
        self.material = material

    def accepts(self, names: Iterable[str]) -> bool:
        """Whether a client whose certificate has these alternative names may ask us."""
        return not self._client_names or not self._client_names.isdisjoint(names)

    def accepts_peer(self, peer: ssl.SSLObject) -> bool:
        """Likewise, of a connection whose handshake is done."""
        certificate = peer.getpeercert() or {}
        alternatives = cast(Iterable[tuple[str, str]], certificate.get("subjectAltName", ()))
        return self.accepts(value for _, value in alternatives)

    def _use_current(self, peer: ssl.SSLObject, _name: str | None, _context: object) -> None:
        peer.context = self._current
