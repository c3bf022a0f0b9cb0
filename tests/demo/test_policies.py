"""The demo's policy set is the first example that newcomers read: nothing is wrong with it."""

from pathlib import Path

import pytest

from cors_authz.config.load import load
from cors_authz.policy.terms import Evaluation, Mode
from deploy import demo

POLICIES = Path(demo.__file__).parent / "policies"


def test_it_is_valid_without_so_much_as_a_warning() -> None:
    assert load([POLICIES]).findings == ()


@pytest.mark.parametrize("mode", Mode)
def test_it_shows_every_mode(mode: Mode) -> None:
    loaded = load([POLICIES]).loaded

    assert loaded is not None
    assert mode in {policy.mode for policy in loaded.policy_set.policies.values()}


@pytest.mark.parametrize("evaluation", Evaluation)
def test_it_shows_every_evaluation(evaluation: Evaluation) -> None:
    loaded = load([POLICIES]).loaded

    assert loaded is not None
    assert evaluation in {group.evaluation for group in loaded.policy_set.groups.values()}
