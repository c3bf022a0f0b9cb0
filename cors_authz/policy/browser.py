"""What a browser makes of our answers: the checks of the Fetch standard, step by step.

Nothing is decided here. Whoever wants to know what a page experiences gives the page's
request and the answers that it gets; objections are told in the words of Chromium's
console, so that a search for them finds what others wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cors_authz.policy import answer as answers
from cors_authz.policy.decision import Answer, HeaderAction
from cors_authz.policy.header_names import AUTHORIZATION
from cors_authz.policy.safelist import SAFELISTED_METHODS


class BrowserVerdict(StrEnum):
    """What becomes of a page's request in its browser."""

    READABLE = "readable"
    """The response arrives and the page may read it, a refusal of ours included."""
    BLOCKED = "blocked"
    """The request was sent, but its response is kept from the page."""
    NOT_SENT = "not_sent"
    """The preflight failed, so that the request is never sent."""
    SENT = "sent"
    """The preflight passed, so that the request is sent next."""
    UNCHECKED = "unchecked"
    """No CORS check is made."""
    UPSTREAM = "upstream"
    """The answer is the upstream's alone, and so is what the browser makes of it."""


class Objection(StrEnum):
    """Why a browser keeps a response from a page, or a request from being sent."""

    ALLOW_ORIGIN_MISSING = "allow_origin_missing"
    ALLOW_ORIGIN_DIFFERS = "allow_origin_differs"
    ALLOW_ORIGIN_WILDCARD = "allow_origin_wildcard"
    """``*`` does not do where credentials are included."""
    ALLOW_CREDENTIALS_MISSING = "allow_credentials_missing"
    STATUS_NOT_OK = "status_not_ok"
    METHOD_NOT_ANNOUNCED = "method_not_announced"
    HEADER_NOT_ANNOUNCED = "header_not_announced"
    HANDSHAKE_REFUSED = "handshake_refused"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request that a script makes: what the checks need of it."""

    method: str
    origin: str
    """The page's origin, as it is sent."""
    unsafe_names: tuple[str, ...]
    """The headers that need asking: :func:`cors_authz.policy.safelist.unsafe_names`."""
    credentials: bool
    """Whether the credentials mode is ``include``."""

    @property
    def needs_preflight(self) -> bool:
        """Whether a browser asks first (Fetch standard 4.1, main fetch)."""
        return self.method not in SAFELISTED_METHODS or bool(self.unsafe_names)


@dataclass(frozen=True, slots=True)
class BrowserView:
    """What the page experiences, and why."""

    verdict: BrowserVerdict
    message: str
    """For people; where the browser objects, what Chromium's console says."""
    objection: Objection | None = None


def check_preflight(page: PageRequest, answer: Answer) -> BrowserView:
    """Judge a preflight's answer (Fetch standard 4.8, CORS-preflight fetch, step 7)."""
    if answer == answers.UNTOUCHED:
        return _up_to_upstream()
    headers = _seen(answer)
    objection = _cors_check(page, headers)
    if objection is not None:
        message = f"Response to preflight request doesn't pass access control check: {objection[1]}"
        return BrowserView(BrowserVerdict.NOT_SENT, message, objection[0])
    objection = _preflight_checks(page, answer.status, headers)
    if objection is not None:
        return BrowserView(BrowserVerdict.NOT_SENT, objection[1], objection[0])
    return BrowserView(BrowserVerdict.SENT, "The preflight passes, and the request is sent.")


def check_response(page: PageRequest, answer: Answer) -> BrowserView:
    """Judge the answer to the request itself (Fetch standard 4.10, CORS check)."""
    if answer == answers.UNTOUCHED:
        return _up_to_upstream()
    objection = _cors_check(page, _seen(answer))
    if objection is not None:
        return BrowserView(BrowserVerdict.BLOCKED, objection[1], objection[0])
    what = "the response" if answer.status is None else f"the {answer.status}"
    return BrowserView(BrowserVerdict.READABLE, f"The page may read {what}.")


def check_handshake(answer: Answer) -> BrowserView:
    """Judge the answer to a WebSocket handshake, which no CORS check follows."""
    if answer.status is None:
        message = "The handshake reaches the upstream. Browsers make no check of their own."
        return BrowserView(BrowserVerdict.UNCHECKED, message)
    message = f"The handshake fails: unexpected response code {answer.status}."
    return BrowserView(BrowserVerdict.BLOCKED, message, Objection.HANDSHAKE_REFUSED)


_Objection = tuple[Objection, str]


def _cors_check(page: PageRequest, headers: Mapping[str, str]) -> _Objection | None:
    """The CORS check (Fetch standard 4.10), step by step."""
    allowed = headers.get(answers.ALLOW_ORIGIN)
    if allowed is None:
        message = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
        return Objection.ALLOW_ORIGIN_MISSING, message
    if allowed == "*" and not page.credentials:
        return None
    if allowed != page.origin:
        if allowed == "*":
            message = (
                "The value of the 'Access-Control-Allow-Origin' header in the response must not be "
                "the wildcard '*' when the request's credentials mode is 'include'."
            )
            return Objection.ALLOW_ORIGIN_WILDCARD, message
        message = (
            f"The 'Access-Control-Allow-Origin' header has a value '{allowed}' that is not equal "
            "to the supplied origin."
        )
        return Objection.ALLOW_ORIGIN_DIFFERS, message
    credentials = headers.get(answers.ALLOW_CREDENTIALS, "")
    if page.credentials and credentials != "true":
        message = (
            "The value of the 'Access-Control-Allow-Credentials' header in the response is "
            f"'{credentials}' which must be 'true' when the request's credentials mode is "
            "'include'."
        )
        return Objection.ALLOW_CREDENTIALS_MISSING, message
    return None


def _preflight_checks(
    page: PageRequest, status: int | None, headers: Mapping[str, str]
) -> _Objection | None:
    """What a preflight's answer must hold besides; no answer of ours to one has no status."""
    if status not in range(200, 300):
        message = (
            "Response to preflight request doesn't pass access control check: "
            "It does not have HTTP ok status."
        )
        return Objection.STATUS_NOT_OK, message
    methods = _values(headers, answers.ALLOW_METHODS)
    any_method = not page.credentials and "*" in methods
    if page.method not in {*methods, *SAFELISTED_METHODS} and not any_method:
        message = (
            f"Method {page.method} is not allowed by Access-Control-Allow-Methods in preflight "
            "response."
        )
        return Objection.METHOD_NOT_ANNOUNCED, message
    names = {name.lower() for name in _values(headers, answers.ALLOW_HEADERS)}
    any_name = not page.credentials and "*" in names
    for name in page.unsafe_names:
        if name not in names and (name == AUTHORIZATION or not any_name):
            message = (
                f"Request header field {name} is not allowed by Access-Control-Allow-Headers in "
                "preflight response."
            )
            return Objection.HEADER_NOT_ANNOUNCED, message
    return None


def _seen(answer: Answer) -> Mapping[str, str]:
    """The headers that are there for certain; an emptied one is there only to be refused."""
    return {
        header.name: header.value
        for header in answer.headers
        if header.action is not HeaderAction.NEUTRALISE
    }


def _values(headers: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in headers.get(name, "").split(",") if value.strip())


def _up_to_upstream() -> BrowserView:
    message = "The request is passed on untouched: the upstream's own CORS headers decide."
    return BrowserView(BrowserVerdict.UPSTREAM, message)
