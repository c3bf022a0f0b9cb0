"""The decision a second time, from the design's sentences, slow and without any cleverness.

It works on plain dictionaries shaped like the documents of a policy set and shares no code
with the product, so that a mistake would have to be made twice to go unseen. Nothing of the
product may be imported here, and the product may not import it.
"""

from dataclasses import dataclass, replace
from typing import Any

from tests.reference.naive_answer import answer, with_head
from tests.reference.naive_origins import accepts_origin
from tests.reference.naive_request import Asked, Ruled, read_request
from tests.reference.naive_routing import candidate_groups

Document = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """All that is to be known of one decision, in plain words."""

    verdict: str
    kind: str
    reason: str
    group: str | None
    policy: str | None
    tags: dict[str, str]
    mode: str | None
    evaluated: tuple[tuple[str, str], ...]
    shadow: tuple[str, str, str | None] | None
    requested_headers: tuple[str, ...]
    status: int | None
    headers: dict[str, tuple[str, str]]


def decide(document: Document, request: dict[str, Any]) -> Outcome:
    """Decide about a request, as sections 3 and 4 of the design say."""
    asked = read_request(request)
    named = request.get("group")
    if named is not None:
        for group in document["apiGroups"]:
            if group["name"] == named:
                return decide_in_group(document, group, asked)
        return outcome(asked, None, rule_unknown_group(asked))
    host = None if asked.host is None else asked.host[0]
    candidates = candidate_groups(document, host, request["path"])
    group = candidates[0]
    if is_ambiguous(document, candidates, asked):
        return decide_ambiguous(document, group, asked)
    if group is not None:
        return decide_in_group(document, group, asked)
    return outcome(asked, None, rule_unmatched(document, asked))


def is_ambiguous(document: Document, candidates: list[Document | None], asked: Asked) -> bool:
    """Whether the path's readings select different groups, and that matters."""
    if len(candidates) == 1:
        return False
    if (
        asked.origin is None
        and not asked.stripped
        and not any(
            policy.get("requireOriginHeader")
            for group in candidates
            if group is not None
            for policy in policies_in_force(document, group)
        )
    ):
        return False
    return not all(passes_untouched(document, group) for group in candidates)


def passes_untouched(document: Document, group: Document | None) -> bool:
    """Whether requests of this group (``None``: no group) are none of our business."""
    if group is None:
        return unmatched(document) == "allow"
    return only_reports(document, group)


def decide_ambiguous(document: Document, group: Document | None, asked: Asked) -> Outcome:
    """Deny because of the path; without dry run it would be just the same."""
    if group is None:
        return outcome(asked, None, Ruled("deny", "path_ambiguous", mode=None))
    decided = outcome(asked, group, Ruled("deny", "path_ambiguous"))
    dry_run = any(mode_of(policy) == "reportOnly" for policy in policies_of(document, group))
    return replace(decided, shadow=("deny", "path_ambiguous", None) if dry_run else None)


def unmatched(document: Document) -> str:
    """What becomes of a request that belongs to no group."""
    return str(document.get("settings", {}).get("unmatched", "allow"))


def policies_of(document: Document, group: Document) -> list[Document]:
    """A group's policies in order, whatever their mode."""
    by_name = {policy["name"]: policy for policy in document["policies"]}
    return [by_name[name] for name in group["policies"]]


def policies_in_force(document: Document, group: Document) -> list[Document]:
    """A group's policies in order, without those that only report."""
    return [p for p in policies_of(document, group) if mode_of(p) != "reportOnly"]


def only_reports(document: Document, group: Document) -> bool:
    """Whether taking out the ``reportOnly`` policies left the group empty."""
    return bool(group["policies"]) and not policies_in_force(document, group)


def mode_of(policy: Document) -> str:
    """A policy's mode."""
    return str(policy.get("mode", "enforce"))


def common_mode(policies: list[Document]) -> str:
    """``headersOnly`` only where every policy is; nobody at all enforces."""
    modes = {mode_of(policy) for policy in policies}
    return "headersOnly" if modes == {"headersOnly"} else "enforce"


def rule_unmatched(document: Document, asked: Asked) -> Ruled:
    """Rule about a request that belongs to no API group."""
    if asked.host is None:
        return Ruled("deny", asked.problem or "request_malformed", mode=None)
    if unmatched(document) == "deny":
        return Ruled("deny", "no_group", mode=None)
    return Ruled("allow", "no_group", mode=None, untouched=True)


def rule_unknown_group(asked: Asked) -> Ruled:
    """Rule about a request whose route names a group that does not exist."""
    if asked.problem is not None:
        return Ruled("deny", asked.problem, mode=None)
    if asked.kind == "same_origin" or (asked.kind == "non_cors" and not asked.stripped):
        return Ruled("allow", "group_unknown", mode=None)
    return Ruled("deny", "group_unknown", mode=None)


def decide_in_group(document: Document, group: Document, asked: Asked) -> Outcome:
    """Decide about a request that belongs to a group, and what would be without dry run."""
    everybody = policies_of(document, group)
    shadow = None
    if any(mode_of(policy) == "reportOnly" for policy in everybody):
        enforced = [{**policy, "mode": "enforce"} for policy in everybody]
        seen = rule(group, enforced, asked)
        shadow = (seen.verdict, seen.reason, None if seen.policy is None else seen.policy["name"])
    if only_reports(document, group):
        ruled = Ruled("allow", "allowed", mode="reportOnly", untouched=True)
    else:
        ruled = rule(group, policies_in_force(document, group), asked)
    return replace(outcome(asked, group, ruled), shadow=shadow)


def rule(group: Document, policies: list[Document], asked: Asked) -> Ruled:
    """Rule about a request by the policies in force."""
    if asked.problem is not None:
        return Ruled("deny", asked.problem)
    if asked.kind == "non_cors":
        return rule_without_origin(policies, asked)
    if asked.kind == "same_origin" and group.get("sameOrigin", "allow") == "allow":
        return Ruled("allow", "allowed", mode=common_mode(policies))
    if group.get("evaluation", "firstMatch") == "all":
        return rule_by_all(policies, asked)
    return rule_by_first_match(policies, asked)


def rule_without_origin(policies: list[Document], asked: Asked) -> Ruled:
    """Rule about a request without Origin; the strictest of what applies counts."""
    requiring = [policy for policy in policies if policy.get("requireOriginHeader")]
    enforcing = [policy for policy in requiring if mode_of(policy) == "enforce"]
    if enforcing:
        return refusal("origin_missing", enforcing[0], "enforce", asked)
    if asked.stripped and common_mode(policies) == "enforce":
        return refusal("origin_missing", None, "enforce", asked)
    if requiring:
        return refusal("origin_missing", requiring[0], "headersOnly", asked)
    if asked.stripped:
        return refusal("origin_missing", None, "headersOnly", asked)
    return Ruled("allow", "allowed", mode=common_mode(policies))


def refusal(reason: str, policy: Document | None, mode: str, asked: Asked) -> Ruled:
    """Deny, or withhold where only headers are at stake and a browser still checks."""
    withholds = mode == "headersOnly" and not asked.handshake and not asked.asks_preflight
    return Ruled("withhold" if withholds else "deny", reason, policy, mode)


def rule_by_first_match(policies: list[Document], asked: Asked) -> Ruled:
    """The first policy whose origins accept the request's origin decides alone."""
    evaluated: list[tuple[str, str]] = []
    for policy in policies:
        said = what_it_says(policy, asked)
        evaluated.append((policy["name"], said))
        if said == "origin_not_allowed":
            continue
        if said == "allowed":
            ruled = Ruled("allow", "allowed", policy, mode_of(policy))
        else:
            ruled = refusal(said, policy, mode_of(policy), asked)
        return replace(ruled, evaluated=tuple(evaluated), granting=(policy,))
    ruled = refusal("origin_not_allowed", None, common_mode(policies), asked)
    return replace(ruled, evaluated=tuple(evaluated))


def rule_by_all(policies: list[Document], asked: Asked) -> Ruled:
    """Every policy in order; the first enforced denial ends it, others only withhold."""
    evaluated: list[tuple[str, str]] = []
    withheld: tuple[str, Document] | None = None
    accepted = bool(policies) and all(
        accepts_origin(p, str(asked.origin), handshake=asked.handshake) for p in policies
    )
    granting = tuple(policies) if accepted else ()
    for policy in policies:
        said = what_it_says(policy, asked)
        evaluated.append((policy["name"], said))
        if said == "allowed":
            continue
        if mode_of(policy) == "enforce":
            ruled = refusal(said, policy, "enforce", asked)
            return replace(ruled, evaluated=tuple(evaluated), granting=granting)
        withheld = withheld or (said, policy)
    if withheld is not None:
        ruled = refusal(*withheld, "headersOnly", asked)
    elif not policies:
        ruled = refusal("origin_not_allowed", None, "enforce", asked)
    else:
        ruled = Ruled("allow", "allowed", None, common_mode(policies))
    return replace(ruled, evaluated=tuple(evaluated), granting=granting)


def what_it_says(policy: Document, asked: Asked) -> str:
    """What one policy says: origin, protocol, method, requested headers, in this order."""
    if not accepts_origin(policy, str(asked.origin), handshake=asked.handshake):
        return "origin_not_allowed"
    if asked.protocol not in policy["allowedHttpProtocols"]:
        return "protocol_not_allowed"
    methods = policy.get("allowedMethods")
    if methods is not None and asked.method not in with_head(methods):
        return "method_not_allowed"
    listed = [name.lower() for name in policy.get("allowedHeaders") or []]
    for name in asked.headers:
        if name not in listed and ("*" not in listed or name == "authorization"):
            return "header_not_allowed"
    return "allowed"


def outcome(asked: Asked, group: Document | None, ruled: Ruled) -> Outcome:
    """Put a ruling and its answer together."""
    status, headers = answer(asked, ruled)
    return Outcome(
        verdict=ruled.verdict,
        kind=asked.kind,
        reason=ruled.reason,
        group=None if group is None else group["name"],
        policy=None if ruled.policy is None else ruled.policy["name"],
        tags={} if ruled.policy is None else dict(ruled.policy.get("tags") or {}),
        mode=ruled.mode,
        evaluated=ruled.evaluated,
        shadow=None,
        requested_headers=asked.headers,
        status=status,
        headers=headers,
    )
