"""Where the hosts of a template are at home: the domain that its spelled end proves."""

from cors_authz.config.lint.expression.shape import Shape
from cors_authz.config.lint.sites import (
    is_address,
    is_public_suffix,
    public_suffix,
    site_of,
    suffix_below,
)


def proven_home(shape: Shape) -> str | None:
    """The one owner's domain that every host lies in; ``None`` where that is not sure."""
    tail = shape.tail.removesuffix(".")
    if not _may_end_host(tail, closed=shape.closed):
        return None
    if shape.closed:
        return site_of(tail)
    label, dot, base = tail.partition(".")
    if not dot or not base or is_address(base) or open_suffix(shape) is not None:
        return None
    if public_suffix(base) is not None:
        return site_of(base)
    # Below a domain that no list knows, nobody can register a whole label.
    return None if label and "." not in base else site_of(base)


def intended_home(shape: Shape) -> str | None:
    r"""The domain that was meant, as ``example.com`` is by ``.*example\.com``."""
    tail = shape.tail.removesuffix(".")
    if not _may_end_host(tail, closed=shape.closed):
        return None
    if "." in tail and tail[0].isalnum() and not is_address(tail):
        return site_of(tail)
    return proven_home(shape)


def open_suffix(shape: Shape) -> str | None:
    """The public suffix that hosts may be registered under as anybody likes, if there is one.

    It stands behind an open label, or it lies below a domain whose labels are open, as
    ``s3.amazonaws.com`` lies below ``amazonaws.com``.
    """
    if shape.closed:
        return None
    base = shape.tail.removesuffix(".").partition(".")[2]
    if not base:
        return None
    return base if is_public_suffix(base) else suffix_below(base)


def _may_end_host(tail: str, *, closed: bool) -> bool:
    """Whether no label is empty, as they are where an unescaped dot stands beside a dot."""
    labels = tail.split(".")
    return "" not in (labels if closed else labels[1:])
