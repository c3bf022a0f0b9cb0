"""The answer table of design section 4.

Part of the naive reference: nothing of the product may be imported here.
"""

from typing import Any

from tests.reference.naive_origins import accepts_everybody
from tests.reference.naive_request import Asked, Ruled

Document = dict[str, Any]
Headers = dict[str, tuple[str, str]]
"""By name, the value and what it does to the upstream's."""

PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
PROBLEM: Headers = {
    "cache-control": ("no-store", "set"),
    "content-type": ("application/problem+json", "set"),
}
NEUTRALISED = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
)


def answer(asked: Asked, ruled: Ruled) -> tuple[int | None, Headers]:
    """The status (``None``: the upstream's) and the headers."""
    if ruled.untouched:
        return None, {}
    grants = allow_origin(asked, ruled) if asked.kind not in ("same_origin", "non_cors") else {}
    if asked.kind == "preflight":
        vary: Headers = {"vary": (PREFLIGHT_VARY, "set")}
        if ruled.verdict == "allow":
            return 204, vary | grants | preflight_grants(asked, ruled)
        return 403, vary | PROBLEM
    if ruled.verdict == "deny":
        return 403, {"vary": ("Origin", "set")} | PROBLEM | grants
    headers: Headers = dict.fromkeys(NEUTRALISED, ("", "neutralise"))
    headers["vary"] = ("Origin", "append")
    if ruled.verdict == "allow" and grants:
        headers |= grants | exposed(ruled)
    return None, headers


def with_credentials(ruled: Ruled) -> bool:
    """Whether every granting policy allows credentials."""
    return all(policy.get("allowCredentials") for policy in ruled.granting)


def allow_origin(asked: Asked, ruled: Ruled) -> Headers:
    """Allow-origin and allow-credentials where the origin itself was accepted."""
    if not ruled.granting:
        return {}
    if with_credentials(ruled):
        return {
            "access-control-allow-origin": (str(asked.origin), "set"),
            "access-control-allow-credentials": ("true", "set"),
        }
    star = all(accepts_everybody(policy) for policy in ruled.granting)
    return {"access-control-allow-origin": ("*" if star else str(asked.origin), "set")}


def preflight_grants(asked: Asked, ruled: Ruled) -> Headers:
    """Everything the granting policies allow, not only what was asked for."""
    ages = [policy.get("maxAge", 900) for policy in ruled.granting]
    headers: Headers = {"access-control-max-age": (str(min(ages)), "set")}
    methods = common_methods(ruled)
    if methods is None:
        methods = [asked.method] if with_credentials(ruled) else ["*"]
    headers["access-control-allow-methods"] = (joined(methods), "set")
    names = common_names(ruled, "allowedHeaders")
    if "*" in names and with_credentials(ruled):
        names = [*asked.headers, *(["authorization"] if "authorization" in names else [])]
    if names:
        headers["access-control-allow-headers"] = (joined(names), "set")
    return headers


def common_methods(ruled: Ruled) -> list[str] | None:
    """The methods that every granting policy lists; ``None`` if none lists any."""
    common: list[str] | None = None
    for policy in ruled.granting:
        listed = policy.get("allowedMethods")
        if listed is None:
            continue
        listed = with_head(listed)
        common = listed if common is None else [m for m in common if m in listed]
    return common


def with_head(methods: list[str]) -> list[str]:
    """The methods with HEAD beside GET."""
    return [*methods, "HEAD"] if "GET" in methods else methods


def common_names(ruled: Ruled, key: str) -> list[str]:
    """The header names that every granting policy lists, by name or by ``*``.

    A star covers every name, but ``authorization`` only where it is exposed, not asked for.
    """
    lists = [[n.lower() for n in policy.get(key) or []] for policy in ruled.granting]
    named = sorted({name for names in lists for name in names})

    def covered(name: str, names: list[str]) -> bool:
        starred = "*" in names and (key == "exposedHeaders" or name != "authorization")
        return name in names or starred

    common = [name for name in named if all(covered(name, names) for names in lists)]
    if "*" in common:
        return [n for n in common if n == "*" or (n == "authorization" and key != "exposedHeaders")]
    return common


def exposed(ruled: Ruled) -> Headers:
    """The response headers that a page may read beside the safelisted ones."""
    names = common_names(ruled, "exposedHeaders")
    return {"access-control-expose-headers": (joined(names), "set")} if names else {}


def joined(names: list[str]) -> str:
    """A list header; order and repetition carry no meaning, so both are taken out."""
    return ", ".join(sorted(set(names)))
