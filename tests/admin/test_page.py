"""The page in a real Chromium: what it shows, and what it never does with hostile text."""

import re
from collections.abc import Iterator

import pytest

from tests.admin.asking import ask
from tests.admin.test_server import wait_for_decisions
from tests.admin.view import POLICIES
from tests.browser.chromium import Tab, run_chromium
from tests.support.certificate import make_certificate
from tests.support.checks import ask_once, preflight
from tests.support.sidecar import run_sidecar

HOSTILE = "https://<img src=x onerror=document.title='owned'>"

WAIT_FOR = """async ([selector, text]) => {
  for (let i = 0; i < 200; i += 1) {
    const found = document.querySelector(selector);
    if (found && found.textContent.includes(text)) return found.textContent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${selector}: ${document.querySelector(selector)?.textContent}`);
}"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    directory = tmp_path_factory.mktemp("page")
    policies = directory / "policies"
    policies.mkdir()
    (policies / "set.yaml").write_text(POLICIES)
    with run_sidecar(policies, directory) as sidecar:
        admin = sidecar.admin
        assert admin is not None
        for origin in (HOSTILE, "https://evil.example.net"):
            ask_once(sidecar.targets[0], preflight("api.example.com", origin))
        wait_for_decisions(admin)
        certificate = make_certificate(directory)
        with run_chromium(directory, certificate, {admin: [admin]}) as chromium:
            yield chromium.open(f"http://{admin}/")


def see(tab: Tab, selector: str, text: str) -> str:
    found = tab.run(WAIT_FOR, [selector, text])
    assert isinstance(found, str)
    return found


LEAVE_LITTLE_ROOM = """() => {
  const main = document.querySelector("main"), page = document.documentElement;
  main.style.cssText = "margin-left: 30rem; width: 20rem";
  const widths = [page.scrollWidth, page.clientWidth];
  main.style.cssText = "";
  return widths;
}"""


def test_a_wide_table_scrolls_by_itself_and_not_with_the_page(tab: Tab) -> None:
    needed, there = tab.run(LEAVE_LITTLE_ROOM)
    assert needed <= there


def test_it_shows_what_is_in_force(tab: Tab) -> None:
    assert "2 groups and 2 policies" in see(tab, "#summary", "in force")
    assert "serving" in see(tab, "#workers tbody", "serving")


def test_it_shows_groups_with_their_policies_in_order(tab: Tab) -> None:
    text = see(tab, "#group-list", "orders")
    assert text.index("partner") < text.index("storefront")


def test_groups_are_filtered_by_tags(tab: Tab) -> None:
    set_value = "([id, value]) => { document.getElementById(id).value = value; }"
    submit = "(id) => document.getElementById(id).requestSubmit()"
    see(tab, "#groups-count", "2 shown")
    tab.run(set_value, ["selector", "team=web"])
    tab.run(submit, "filter")
    see(tab, "#groups-count", "1 shown")
    tab.run(set_value, ["selector", "((("])
    tab.run(submit, "filter")
    assert "env=prod" in see(tab, "#selector-problem", "selector")
    tab.run(set_value, ["selector", ""])
    tab.run(submit, "filter")
    see(tab, "#groups-count", "2 shown")


def test_one_click_explains_a_denial(tab: Tab) -> None:
    see(tab, "#decisions tbody", "evil.example.net")
    tab.run(
        """() => [...document.querySelectorAll("#decisions tbody tr")]
          .find((row) => row.textContent.includes("evil.example.net"))
          .querySelector("button").click()"""
    )
    explained = see(tab, "#explanation", "origin_not_allowed")
    assert "partner" in explained
    assert "storefront" in explained
    assert "403" in explained
    assert tab.run("() => document.activeElement.id") == "explanation"


def test_hostile_text_stays_text(tab: Tab) -> None:
    see(tab, "#decisions tbody", HOSTILE)
    assert tab.run("() => document.querySelectorAll('img').length") == 0
    assert tab.run("() => document.title") == "cors-authz"


def test_every_field_has_a_label_and_every_button_a_name(tab: Tab) -> None:
    unnamed = tab.run(
        """() => [...document.querySelectorAll("input, select, textarea, button")]
          .filter((e) => !(e.labels?.length || e.textContent.trim() || e.ariaLabel))
          .map((e) => e.outerHTML)"""
    )
    assert unnamed == []


def test_nothing_was_blocked_and_nothing_failed(tab: Tab) -> None:
    """But for the selector that was none."""
    assert [m.url for m in tab.messages if "selector=%28%28%28" not in m.url] == []


def test_the_page_loads_nothing_from_elsewhere(tab: Tab) -> None:
    admin = tab.run("() => location.host")
    html = ask(admin, "/").body.decode()
    loaded = re.findall(r'(?:src|href)="([^"#][^"]*)"', html)
    assert loaded
    assert [place for place in loaded if not re.fullmatch(r"/static/[a-z.]+|data:,", place)] == []
