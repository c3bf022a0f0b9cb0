"""Envoy's ``local_reply_config``, which changes the answers of cors-authz as well."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene

_PREFLIGHT_STATUS = 204
_OUR_STATUSES = (_PREFLIGHT_STATUS, 403)
"""Of preflight answers and of denials."""

_OPERATORS = ("EQ", "GE", "LE", "NE")
"""envoy/config/accesslog/v3/accesslog.proto, ComparisonFilter."""

_OWN_BODY = "%LOCAL_REPLY_BODY%"
"""A format that writes what there is, and of a preflight answer nothing."""


def check_local_replies(scene: Scene) -> Iterator[Finding]:
    """Answers of cors-authz are local replies to Envoy, so that each mapper may take them."""
    if not scene.ours:
        return
    config = scene.manager.node.get("local_reply_config")
    for mapper in config.items("mappers"):
        statuses = [s for s in _OUR_STATUSES if _fits(mapper.get("filter"), s)]
        changes = _changes(mapper)
        if statuses and changes:
            yield finding(
                RuleId.LOCAL_REPLY_REWRITTEN,
                mapper,
                f"answers of cors-authz are local replies: of their {statuses[0]}, {changes}",
                "exclude 204 and 403 from the mapper's filter, for instance with a "
                "status_code_filter for 500 and above",
            )
    writer = _preflight_body(config)
    if writer:
        yield finding(
            RuleId.LOCAL_REPLY_REWRITTEN,
            writer,
            "answers of cors-authz are local replies: preflights get a body with their 204, which "
            "HTTP/1 does not allow, so that its bytes are taken for the next response",
            "write bodies with body_format_override in mappers that take 400 and above only",
        )


def _preflight_body(config: Node) -> Node:
    """What writes a body into the answer to a preflight; an empty node where nothing does.

    The first mapper that takes an answer is the only one, and its format is preferred.
    """
    format_ = config.get("body_format")
    for mapper in config.items("mappers"):
        if _fits(mapper.get("filter"), _PREFLIGHT_STATUS):
            body = mapper.get("body")
            if body.text("inline_string") or body.text("filename"):
                return body
            format_ = mapper.get("body_format_override") or format_
            break
    return format_ if _writes(format_) else NOWHERE


def _writes(format_: Node) -> bool:
    """Whether a ``SubstitutionFormatString`` makes a body of an empty one."""
    source = format_.get("text_format_source")
    text = format_.text("text_format") or source.text("inline_string")
    return bool(format_.get("json_format")) or text not in ("", _OWN_BODY)


def _changes(mapper: Node) -> str:
    """What a mapper changes of an answer; empty where nothing that matters."""
    status = mapper.number("status_code")
    if status is not None:
        return f"the status becomes {status:g}"
    added = [h.get("header").text("key").lower() for h in mapper.items("headers_to_add")]
    granted = [name for name in added if name.startswith("access-control-")]
    return f"{granted[0]} is set to what stands here" if granted else ""


def _fits(filter_: Node, status: int) -> bool:
    """Whether a mapper's access log filter surely takes one of our answers."""
    comparison = filter_.get("status_code_filter", "comparison")
    value = comparison.get("value").number("default_value")
    if comparison and value is not None:
        op = comparison.enum("op", _OPERATORS) or _OPERATORS[0]
        return {
            "EQ": status == value,
            "GE": status >= value,
            "LE": status <= value,
            "NE": status != value,
        }.get(op, False)
    alternatives = filter_.get("or_filter")
    if alternatives:
        return any(_fits(inner, status) for inner in alternatives.items("filters"))
    conjuncts = list(filter_.get("and_filter").items("filters"))
    if conjuncts:
        return all(_fits(inner, status) for inner in conjuncts)
    by_flag = filter_.get("response_flag_filter")
    return bool(by_flag) and (not by_flag.get("flags") or "UAEX" in by_flag.texts("flags"))
