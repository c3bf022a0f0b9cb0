"""Commands run in this process, on small policy sets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cors_authz.cli import main

SHOP = """\
policies:
- name: storefront
  tags: {env: prod, team: web}
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
  allowedMethods: [GET, PUT]
  allowedOrigins: [https://shop.example.com]
  allowedHeaders: [authorization]
- name: partner
  tags: {env: dev}
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
  allowedOrigins: [https://a.example, https://b.example, https://c.example, https://d.example]
  allowCredentials: true
apiGroups:
- name: orders
  tags: {team: orders}
  hosts: [api.example.com]
  paths: [/orders]
  policies: [partner, storefront]
"""

Run = Callable[..., Result]


@pytest.fixture(name="run")
def fixture_run(monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("NO_COLOR", "CORS_AUTHZ_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path, **environment: str) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, words, env=environment, catch_exceptions=False)

    return run


@pytest.fixture(name="shop")
def fixture_shop(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    return folder
