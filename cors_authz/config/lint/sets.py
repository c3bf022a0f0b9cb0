"""What concerns the set as a whole."""

from collections.abc import Iterator

from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.config.source import SUFFIXES


def check_set_not_empty(draft: Draft) -> Iterator[Finding]:
    """An emptied ConfigMap must not open everything."""
    if draft.complete and not draft.groups:
        yield from draft.finding(
            RuleId.SET_EMPTY,
            "there is no API group, so that no request would be checked",
            f"define apiGroups in a file named {', '.join('*' + s for s in SUFFIXES)}",
        )


def check_settings_once(draft: Draft) -> Iterator[Finding]:
    """``settings`` stands in one document only, so that none overrides another unseen."""
    for settings in draft.settings[1:]:
        yield from settings.finding(
            RuleId.SETTINGS_TWICE,
            settings.start,
            f"settings stand in {draft.settings[0].place} already",
            "move them there",
        )
