"""From nodes to typed documents; pydantic's errors become findings with positions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cors_authz.config.fault import Fault
from cors_authz.config.node import MappingNode, Plain, plain
from cors_authz.config.shape_fault import explain_shape_fault
from cors_authz.policy.terms import HttpProtocol

ModelT = TypeVar("ModelT", bound=BaseModel)

_STAND_INS: Mapping[str, Plain] = {
    "name": "unnamed",
    "allowedHttpProtocols": (HttpProtocol.HTTP_1_1.value,),
    "policies": (),
    "request": {"url": "https://unnamed.example"},
    "expect": {},
}
"""For required keys that are missing or broken, so that the others can still be checked."""

_MAX_FAULTS = 100
"""Of one policy or group: whoever has more has put something else where it stands."""


@dataclass(frozen=True, slots=True)
class Shaped(Generic[ModelT]):
    """A document with what could be typed, and the faults of the rest."""

    document: ModelT
    broken: frozenset[str] = frozenset()
    """Top-level keys that are missing, unknown, or whose values have the wrong shape."""
    faults: tuple[Fault, ...] = ()


def shape(
    model: type[ModelT], node: MappingNode, without: frozenset[str] = frozenset()
) -> Shaped[ModelT]:
    """Type a mapping as a document of ``model``, leaving out the keys ``without``."""
    data = {key.text: plain(value) for key, value in node.pairs if key.text not in without}
    try:
        return Shaped(model.model_validate(data))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    broken = frozenset(str(detail["loc"][0]) for detail in details)
    faults = tuple(
        fault
        for detail in details[:_MAX_FAULTS]
        if (fault := explain_shape_fault(detail, node, _known_keys(model, detail))) is not None
    )
    sound = {key: value for key, value in data.items() if key not in broken}
    stand_ins = {
        key: value
        for key, value in _STAND_INS.items()
        if key in broken and key in keys_of(model) and key not in sound
    }
    return Shaped(model.model_validate(sound | stand_ins), broken, faults)


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a document may have, as they are written."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def _known_keys(model: type[BaseModel], detail: ErrorDetails) -> tuple[str, ...]:
    """The keys that may stand where an error is; inner documents have keys of their own."""
    fields = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    for step in detail["loc"][:-1]:
        inner = fields.get(str(step))
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return ()
        fields = {info.alias or name: info.annotation for name, info in inner.model_fields.items()}
    return tuple(fields)
