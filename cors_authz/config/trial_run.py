"""Running tests of policies: what each got, where that differs, and which policies were asked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cors_authz.config.trial import Trial
from cors_authz.config.trial_document import ExpectationDocument
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.decision import Answer, HeaderAction
from cors_authz.policy.explain import Explained, Explanation, explain


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as expected."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """One test that was run; it passed where nothing differs."""

    trial: Trial
    explained: Explained
    mismatches: tuple[Mismatch, ...]

    @property
    def judged(self) -> Explanation:
        """The explanation that the expectations are about."""
        return _judged(self.explained)


@dataclass(frozen=True, slots=True)
class TrialReport:
    """All tests that were run, and what they left out."""

    outcomes: tuple[TrialOutcome, ...]
    policies: tuple[str, ...]
    """Every policy of the set."""
    unexercised_policies: tuple[str, ...]
    """Those that no test's request was put to."""
    unexercised_groups: tuple[str, ...]
    """The groups that no test's request belonged to."""

    @property
    def failed(self) -> tuple[TrialOutcome, ...]:
        """The tests that did not pass."""
        return tuple(outcome for outcome in self.outcomes if outcome.mismatches)


def run_trials(policy_set: PolicySet, trials: Iterable[Trial]) -> TrialReport:
    """Run tests. Pure: no test can change what another gets."""
    outcomes = tuple(_run(policy_set, trial) for trial in trials)
    explanations = [e for o in outcomes for e in (o.explained.preflight, o.explained.request) if e]
    groups = {e.decision.group for e in explanations}
    policies = {
        verdict.policy for e in explanations for verdict in e.policies if verdict.outcome
    } | {e.decision.policy for e in explanations}
    return TrialReport(
        outcomes=outcomes,
        policies=tuple(policy_set.policies),
        unexercised_policies=tuple(n for n in policy_set.policies if n not in policies),
        unexercised_groups=tuple(n for n in policy_set.groups if n not in groups),
    )


def _run(policy_set: PolicySet, trial: Trial) -> TrialOutcome:
    explained = explain(policy_set, trial.inquiry)
    mismatches = tuple(_compare(trial.document.expect, explained))
    return TrialOutcome(trial, explained, mismatches)


def _judged(explained: Explained) -> Explanation:
    judged = explained.request or explained.preflight
    if judged is None:
        raise ValueError("there is neither a preflight nor a request")
    return judged


def _compare(expect: ExpectationDocument, explained: Explained) -> Iterator[Mismatch]:
    decision = _judged(explained).decision
    shadow = None if decision.shadow is None else decision.shadow.verdict
    for what, expected, got in (
        ("verdict", expect.verdict, decision.verdict),
        ("kind", expect.kind, decision.kind),
        ("reason", expect.reason, decision.reason),
        ("group", expect.group, decision.group),
        ("policy", expect.policy, decision.policy),
        ("shadow", expect.shadow, shadow),
        ("status", expect.status, decision.answer.status),
    ):
        if expected is not None and expected != got:
            yield Mismatch(what, str(expected), "none" if got is None else str(got))
    yield from _compare_headers(expect, _sent(decision.answer))
    if expect.browser is not None and expect.browser is not explained.browser.verdict:
        yield Mismatch("browser", expect.browser, explained.browser.verdict)


def _compare_headers(expect: ExpectationDocument, sent: Mapping[str, str]) -> Iterator[Mismatch]:
    for name, value in expect.headers.items():
        got = sent.get(name.lower())
        if got != value:
            yield Mismatch(f"headers.{name}", value, "absent" if got is None else got)
    for name in expect.absent_headers:
        got = sent.get(name.lower())
        if got is not None:
            yield Mismatch(f"headers.{name}", "absent", got)


def _sent(answer: Answer) -> Mapping[str, str]:
    """The headers that stand in the response whatever the upstream sends."""
    return {
        header.name: header.value
        for header in answer.headers
        if header.action is not HeaderAction.NEUTRALISE
    }
