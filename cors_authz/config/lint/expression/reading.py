"""An expression as origins: its templates that an origin can fit, and how each was meant."""

import string
from collections.abc import Iterable
from dataclasses import dataclass

from cors_authz.config.lint.expression.grammar import may_be_origin
from cors_authz.config.lint.expression.shape import Shape, shape_of
from cors_authz.config.lint.expression.syntax import read_expression
from cors_authz.config.lint.expression.template import Element, Open, Template, list_templates
from cors_authz.policy.origin import DEFAULT_PORTS

_ORIGIN_SIGNS = frozenset(string.ascii_letters + string.digits + "+-._:/[]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A template that a serialised origin may fit."""

    template: Template
    meant: Shape
    """With single dots read as dots."""
    sure: Shape
    """With single dots read as any character."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Every way in which an expression may match an origin other than ``null``."""

    all: tuple[Reading, ...]
    takes_no_origin: bool
    """Whether texts may match that have what no origin has."""


def read_origins(expression: str) -> Readings:
    """Read an expression that compiles.

    Raises:
        UnreadableError: The expression is beyond the reader.
        TooManyTemplatesError: It has too many variants.
    """
    templates = dict.fromkeys(list_templates(read_expression(expression)))
    readings = (_read(template) for template in templates if may_be_origin(template))
    return Readings(
        tuple(reading for reading in readings if _is_serialised(reading.sure)),
        any(not _ORIGIN_SIGNS.issuperset(_characters(e)) for t in templates for e in t),
    )


def _characters(element: Element) -> Iterable[str]:
    if isinstance(element, Open):
        return element.members
    return element if isinstance(element, str) else ""


def _read(template: Template) -> Reading:
    sure = shape_of(template, dots_spelled=False)
    meant = shape_of(template, dots_spelled=True) if sure.has_dots else sure
    return Reading(template, meant, sure)


def _is_serialised(shape: Shape) -> bool:
    """Pages from files have the origin ``null``, and default ports are left out."""
    if shape.scheme is None:
        return True
    default = DEFAULT_PORTS.get(shape.scheme)
    return shape.scheme != "file" and not (shape.port and shape.port == str(default))
