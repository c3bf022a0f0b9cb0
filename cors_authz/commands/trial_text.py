"""The results of tests as text: a paragraph for each that failed, then the sum and the coverage."""

from collections.abc import Iterator, Sequence

from cors_authz.config.excerpt import printable
from cors_authz.config.trial_run import TrialOutcome, TrialReport
from cors_authz.policy.path import strip_query

_RED, _GREEN, _RESET = "\x1b[31m", "\x1b[32m", "\x1b[0m"


def trial_text(report: TrialReport, *, coloured: bool = False) -> str:
    """Write the results."""
    text = "\n".join(_lines(report))
    if coloured:
        return text
    for code in (_RED, _GREEN, _RESET):
        text = text.replace(code, "")
    return text


def _lines(report: TrialReport) -> Iterator[str]:
    for outcome in report.failed:
        yield from _failure(outcome)
        yield ""
    if not report.outcomes:
        yield f"{_RED}no tests:{_RESET} write some below tests:, see docs/configuration.md"
        return
    failed = len(report.failed)
    passed = len(report.outcomes) - failed
    colour = _RED if failed else _GREEN
    yield f"{colour}{passed} passed, {failed} failed{_RESET}"
    exercised = len(report.policies) - len(report.unexercised_policies)
    yield f"policies exercised: {exercised} of {len(report.policies)}"
    yield from _never("policies", report.unexercised_policies)
    yield from _never("groups", report.unexercised_groups)


def _failure(outcome: TrialOutcome) -> Iterator[str]:
    trial = outcome.trial
    yield (
        f"{printable(trial.file)}:{trial.line}: {_RED}failed:{_RESET} "
        f"{printable(trial.document.name)}"
    )
    request = outcome.judged.request
    origin = "without Origin" if request.origin is None else f"from {request.origin}"
    target = f"{request.scheme}://{request.host}{strip_query(request.path)}"
    yield printable(f"    {request.method} {target} {origin} over {request.protocol}")
    for mismatch in outcome.mismatches:
        yield f"    {_GREEN}- {printable(f'{mismatch.what}: {mismatch.expected}')}{_RESET}"
        yield f"    {_RED}+ {printable(f'{mismatch.what}: {mismatch.got}')}{_RESET}"
    yield f"    {printable(_because(outcome))}"


def _because(outcome: TrialOutcome) -> str:
    """What explains the difference most likely: the words of the last policy that was asked."""
    judged = outcome.judged
    wrong = {mismatch.what for mismatch in outcome.mismatches}
    asked = [verdict for verdict in judged.policies if verdict.outcome is not None]
    if "group" in wrong or not judged.policies:
        return f"group {judged.routing.group or 'none'}: {judged.routing.why}"
    if wrong == {"browser"}:
        return f"browser: {outcome.explained.browser.message}"
    if asked:
        return f"policy {asked[-1].policy}: {asked[-1].remark}"
    return f"{judged.decision.kind}: {judged.decision.reason}"


def _never(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"{what} never exercised: {printable(', '.join(names))}"
