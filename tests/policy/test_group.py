"""A group's policies by mode: those in force, the shadow, and who requires an Origin."""

import pytest

from cors_authz.policy.group import Group
from cors_authz.policy.terms import Mode
from tests.reference.building import build_policy


def group(*modes: str, requiring: tuple[int, ...] = ()) -> Group:
    """A group of one policy per mode, named by its place."""
    return Group(
        "g",
        tuple(
            build_policy(
                {"name": str(place), "mode": mode, "requireOriginHeader": place in requiring}
            )
            for place, mode in enumerate(modes)
        ),
    )


def test_report_only_policies_are_taken_out_first() -> None:
    mixed = group("reportOnly", "enforce", "reportOnly", "headersOnly")

    assert [policy.name for policy in mixed.in_force] == ["1", "3"]


@pytest.mark.parametrize(
    ("modes", "untouched"),
    [
        (("reportOnly", "reportOnly"), True),
        (("reportOnly", "headersOnly"), False),
        (("enforce",), False),
        pytest.param((), False, id="no policies at all"),
    ],
)
def test_a_group_that_only_reports_passes_untouched(
    modes: tuple[str, ...], *, untouched: bool
) -> None:
    assert group(*modes).passes_untouched is untouched


@pytest.mark.parametrize(
    ("modes", "fallback"),
    [
        (("headersOnly", "headersOnly"), Mode.HEADERS_ONLY),
        (("headersOnly", "reportOnly"), Mode.HEADERS_ONLY),
        (("headersOnly", "enforce"), Mode.ENFORCE),
        (("enforce", "reportOnly"), Mode.ENFORCE),
        (("reportOnly",), Mode.ENFORCE),
        pytest.param((), Mode.ENFORCE, id="no policies at all"),
    ],
)
def test_a_denial_of_no_single_policy_is_enforced_unless_all_are_headers_only(
    modes: tuple[str, ...], fallback: Mode
) -> None:
    assert group(*modes).fallback_mode is fallback


@pytest.mark.parametrize(
    ("modes", "requiring", "name"),
    [
        (("enforce", "enforce"), (1,), "1"),
        (("enforce", "enforce"), (0, 1), "0"),
        (("headersOnly", "enforce"), (0, 1), "1"),
        (("headersOnly", "enforce"), (0,), "0"),
        (("reportOnly", "enforce"), (0,), None),
        (("enforce",), (), None),
    ],
)
def test_an_enforcing_policy_that_requires_an_origin_goes_before_others(
    modes: tuple[str, ...], requiring: tuple[int, ...], name: str | None
) -> None:
    policy = group(*modes, requiring=requiring).policy_requiring_origin

    assert (None if policy is None else policy.name) == name


def test_the_shadow_enforces_every_policy_in_the_same_order() -> None:
    shadow = group("headersOnly", "reportOnly", "enforce").shadow

    assert shadow is not None
    assert [policy.name for policy in shadow.in_force] == ["0", "1", "2"]
    assert {policy.mode for policy in shadow.in_force} == {Mode.ENFORCE}
    assert shadow.shadow is None


def test_there_is_no_shadow_where_nothing_only_reports() -> None:
    assert group("headersOnly", "enforce").shadow is None


def test_no_policies_grant_nothing() -> None:
    assert group().common_grants is None
    assert group("reportOnly").common_grants is None
