"""Who takes part in the demo: its origins, as browsers spell them."""

from dataclasses import dataclass
from typing import Self

PARTNER = "https://app.partner.example"
BACK_OFFICE = "https://admin.example.com"


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the parts of the demo that have an address of their own can be found."""

    api: str
    """The API as everybody should reach it: through Envoy."""
    api_past_envoy: str
    shop: str
    evil: str

    @classmethod
    def on_ports(cls, *, api: int, past_envoy: int, shop: int, evil: int) -> Self:
        """Name the origins. Browsers find every ``*.localhost`` on loopback (RFC 6761 6.3)."""
        return cls(
            api=f"http://api.localhost:{api}",
            api_past_envoy=f"http://api.localhost:{past_envoy}",
            shop=f"http://shop.localhost:{shop}",
            evil=f"http://evil.localhost:{evil}",
        )

    @property
    def api_authority(self) -> str:
        """Host and port of the API, as in a Host header."""
        return self.api.removeprefix("http://")
