"""Form posts from other sites: the callbacks of identity providers, and attacks that look alike."""

from dataclasses import replace

import pytest

from tests.browser.call import Outcome, Script
from tests.browser.expectation import Case, answered, refused, withheld
from tests.browser.matrix import Matrix, Row
from tests.browser.origins import EVIL, HTTP1, HTTP2, Transport
from tests.browser.world import World, page_path

_PROVIDER = "https://login.example.org"
_SILENT_PROVIDER = f"{_PROVIDER} (no-referrer)"
_NO_REFERRER = (("referrer-policy", "no-referrer"),)

_SUBMIT = """url => {
  const form = Object.assign(document.createElement("form"), { method: "POST", action: url });
  form.append(Object.assign(document.createElement("input"), { name: "token", value: "t" }));
  document.body.append(form);
  form.submit();
}"""

_SHOWN = """() => {
  const [{ responseStatus }] = performance.getEntriesByType("navigation");
  const text = document.body.innerText;
  const reason = text.startsWith("{") ? ` ${JSON.parse(text).reason}` : "";
  return `${responseStatus}${reason}`;
}"""


def _form(path: str) -> Script:
    return Script("form post to", _SUBMIT, path)


def _shown(outcome: Outcome, page: str) -> Outcome:
    """A page that is navigated to is shown, whatever CORS says."""
    return replace(outcome, page=page)


def _reported(verdict: str) -> Outcome:
    passed = answered("POST", None)
    return replace(passed, decisions=(f"{passed.decisions[0]}, shadow {verdict}",))


_REFUSED = _shown(refused("POST", "origin_not_allowed"), "403 origin_not_allowed")
_WITHHELD = _shown(withheld("POST", "origin_not_allowed"), "200")

FORMS = [
    Case("enforce", _PROVIDER, _form("/callback/enforce"), answered("POST", "provider")),
    Case("enforce, foreign", EVIL, _form("/callback/enforce"), _REFUSED),
    Case("enforce, Origin null", _SILENT_PROVIDER, _form("/callback/enforce"), _REFUSED),
    Case(
        "enforce, Origin null that is listed",
        _SILENT_PROVIDER,
        _form("/callback/null"),
        answered("POST", "provider-without-referrer"),
    ),
    Case(
        "headersOnly",
        _PROVIDER,
        _form("/callback/headers-only"),
        answered("POST", "provider-withholding"),
    ),
    Case("headersOnly, foreign", EVIL, _form("/callback/headers-only"), _WITHHELD),
    Case("headersOnly, Origin null", _SILENT_PROVIDER, _form("/callback/headers-only"), _WITHHELD),
    Case("reportOnly", _PROVIDER, _form("/callback/report-only"), _reported("allow")),
    Case("reportOnly, foreign", EVIL, _form("/callback/report-only"), _reported("deny")),
    Case(
        "reportOnly, Origin null",
        _SILENT_PROVIDER,
        _form("/callback/report-only"),
        _reported("deny"),
    ),
]


DOWNGRADED = [
    Case(
        "enforce, from https: to http:, where browsers send Origin null",
        _PROVIDER,
        _form("/callback/enforce"),
        _REFUSED,
    ),
    Case(
        "enforce, from https: to http:, Origin null that is listed",
        _PROVIDER,
        _form("/callback/null"),
        answered("POST", "provider-without-referrer"),
    ),
]


@pytest.mark.parametrize(
    ("case", "transport"),
    [*((case, HTTP2) for case in FORMS), *((case, HTTP1) for case in DOWNGRADED)],
    ids=str,
)
def test_a_form_post_from_another_site_needs_a_listed_origin(
    world: World, matrix: Matrix, case: Case, transport: Transport
) -> None:
    headers = _NO_REFERRER if case.page == _SILENT_PROVIDER else ()
    origin = case.page.partition(" ")[0]
    tab = world.chromium.open(origin + page_path(headers=headers))

    def submit(probe: str) -> str:
        tab.run(case.call.source, case.call.argument(transport.api, probe))
        tab.wait_for_url(probe)
        shown: str = tab.run(_SHOWN)
        return shown

    seen = world.observe(tab, submit, exchanges=1)
    tab.close()
    outcome = seen.outcome(seen.result)
    assert outcome == case.expected
    row = Row("Form posts", case.title, case.page, str(case.call), outcome)
    matrix.add(row, transport.protocol)
