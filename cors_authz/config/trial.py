"""Tests of policies, from what is written to requests that can be judged; none is run here."""

from collections.abc import Iterable
from dataclasses import dataclass

from cors_authz.config.excerpt import Position
from cors_authz.config.finding import Finding
from cors_authz.config.node import MappingNode, position
from cors_authz.config.rule import RuleId
from cors_authz.config.trial_document import RequestDocument, TrialDocument
from cors_authz.config.written import Written
from cors_authz.policy.explain import Inquiry, InquiryError, make_inquiry


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of the policies: a request and what is expected."""

    document: TrialDocument
    inquiry: Inquiry
    file: str
    line: int
    """Counted from 1."""


def make_trials(tests: Iterable[Written[TrialDocument]]) -> tuple[tuple[Trial, ...], list[Finding]]:
    """Understand tests; a request that is none, and an empty expectation, are findings."""
    trials: list[Trial] = []
    findings: list[Finding] = []
    for written in tests:
        if written.broken:
            continue
        document, start = written.document, written.excerpt.place(written.start)
        if not document.expect.model_fields_set:
            findings += written.finding(
                RuleId.TEST_INVALID,
                written.at("expect"),
                "the test expects nothing, so it cannot fail",
                "write what is expected, for example verdict: allow",
            )
        try:
            inquiry = _inquiry(document.request)
        except InquiryError as error:
            at = _position_of_request(written)
            findings += written.finding(RuleId.TEST_INVALID, at, str(error), error.fix)
            continue
        trials.append(Trial(document, inquiry, written.excerpt.file, start.line))
    return tuple(trials), findings


def _inquiry(request: RequestDocument) -> Inquiry:
    return make_inquiry(
        request.url,
        method=request.method,
        origin=request.origin,
        headers=request.headers.items(),
        protocol=request.protocol,
        group=request.group,
        credentials=request.credentials,
        preflight=request.preflight,
    )


def _position_of_request(written: Written[TrialDocument]) -> Position:
    request = written.node.value("request")
    url = request.value("url") if isinstance(request, MappingNode) else None
    return position(url or request or written.node)
