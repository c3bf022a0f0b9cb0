"""What an expression admits: facts for findings, without levels and words.

Whatever is said to be accepted was accepted by RE2 and is an origin that the server parses.
What is said to be impossible follows from the templates, which fit more than the expression
matches.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain, islice

from cors_authz.config.lint.expression.character_set import UnreadableError
from cors_authz.config.lint.expression.filling import (
    hostile_fillings,
    samples,
    with_first_open,
    with_scheme,
)
from cors_authz.config.lint.expression.home import intended_home, open_suffix, proven_home
from cors_authz.config.lint.expression.hostile import hostile_variants
from cors_authz.config.lint.expression.reading import Reading, read_origins
from cors_authz.config.lint.expression.template import Template, TooManyTemplatesError
from cors_authz.config.lint.expression.trial import Trial, in_turns, most_telling
from cors_authz.config.lint.sites import is_loopback, is_public_suffix, public_suffix, site_of
from cors_authz.policy.origin import Origin, parse_origin
from cors_authz.policy.regex import Regex, compile_regex

_UNRELATED_SITES = tuple(
    f"{scheme}://{name}.{suffix}"
    for scheme in ("https", "http")
    for name in ("unrelatedsite", "unrelated-site-7", "evil", "a")
    for suffix in ("com", "net", "org", "io", "dev", "co.uk")
)
_ANY_LABEL = "anything"
"""A label that fits where every name fits, and hardly anywhere else."""

_HOST_LIKE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)


class Looseness(Enum):
    """Why an expression is wider than it need be, although no other site gets in by it."""

    DOT = "unescaped dot"
    ANYTHING = "any characters in the host"
    SCHEME = "any scheme"
    NO_ORIGIN = "texts that are no origins"
    UNREADABLE = "too intricate to be checked"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an expression admits; ``None`` and ``False`` where nothing was found."""

    never_matches: bool = False
    accepts_null: bool = False
    any_site: str | None = None
    """An accepted origin that has nothing to do with what the expression spells."""
    other_site: str | None = None
    """An accepted origin that an attacker may have and that is like those that are meant."""
    suffix: str | None = None
    """A public suffix below which names are open."""
    suffix_site: str | None = None
    """An accepted origin below it."""
    insecure: str | None = None
    """An accepted ``http`` origin that is not this machine."""
    all_subdomains_of: str | None = None
    looseness: Looseness | None = None
    loose_text: str | None = None
    """A text that shows it, where there is one."""


def judge(expression: str) -> Judgement:
    """Judge an expression that compiles, without its tilde."""
    regex = compile_regex(expression)
    accepts_null = regex.fullmatch("null") is not None
    try:
        readings = read_origins(expression)
    except (UnreadableError, TooManyTemplatesError):
        judgement = _judge_by_trial(_trial(regex, expression, (), single_labels=False))
        return replace(judgement, accepts_null=accepts_null)
    if not readings:
        return Judgement(never_matches=not accepts_null, accepts_null=accepts_null)
    hosts = [home for r in readings if (home := intended_home(r.meant)) is not None]
    single_labels = any(reading.sure.has_dots for reading in readings)
    trial = _trial(regex, expression, hosts, single_labels=single_labels)
    return replace(_judge_readings(trial, readings), accepts_null=accepts_null)


def _trial(regex: Regex, expression: str, hosts: Iterable[str], *, single_labels: bool) -> Trial:
    """What templates prove to be meant, and besides whatever looks like a host."""
    spelled = _HOST_LIKE.findall(expression.replace("\\.", "."))
    meant = frozenset((*hosts, *map(site_of, spelled)))
    homes = frozenset(domain for domain in meant if not is_public_suffix(domain))
    return Trial(regex, frozenset(hosts), homes, single_labels)


def _judge_readings(trial: Trial, readings: Sequence[Reading]) -> Judgement:
    wide = [reading for reading in readings if proven_home(reading.sure) not in trial.hosts]
    any_site = _any_site(trial, wide)
    if any_site is not None:
        return Judgement(any_site=any_site.text)
    other_site = _other_site(trial, wide)
    suffix, suffix_site = _open_below_suffix(trial, wide)
    looseness, loose_text = None, None
    if other_site is None and suffix is None:
        looseness, loose_text = _looseness(trial, readings)
    insecure = _insecure(trial, readings)
    if insecure is not None and other_site is not None and not trial.is_home(insecure):
        insecure = None  # the other site is the same mistake, and the worse one
    return Judgement(
        other_site=None if other_site is None else other_site.text,
        suffix=suffix,
        suffix_site=suffix_site,
        insecure=None if insecure is None else insecure.text,
        all_subdomains_of=_all_subdomains_of(trial, readings),
        looseness=looseness,
        loose_text=loose_text,
    )


def _judge_by_trial(trial: Trial) -> Judgement:
    """Judge what cannot be read, by the hosts that stand in it."""
    unrelated = next(trial.foreign(_UNRELATED_SITES), None)
    if unrelated is not None:
        return Judgement(any_site=unrelated.text)
    meant = (parse_origin(f"https://{home}") for home in sorted(trial.homes))
    texts = chain.from_iterable(hostile_variants(origin) for origin in meant if origin)
    other = most_telling(trial.foreign(texts))
    return Judgement(
        other_site=None if other is None else other.text,
        looseness=None if other else Looseness.UNREADABLE,
    )


def _any_site(trial: Trial, wide: Sequence[Reading]) -> Origin | None:
    """An origin under a suffix that the expression does not spell, or with nothing spelled."""
    tails = [reading.meant.tail for reading in wide]
    for origin in trial.foreign(_UNRELATED_SITES if wide else ()):
        suffix = public_suffix(origin.host) or origin.host
        if not any(tail == suffix or tail.endswith("." + suffix) for tail in tails):
            return origin
    unspelled = [r for r in wide if not r.sure.has_label and open_suffix(r.sure) is None]
    return most_telling(trial.foreign(in_turns(map(_fillings, unspelled))))


def _other_site(trial: Trial, wide: Sequence[Reading]) -> Origin | None:
    """What fits, or is made of what was meant, but not what lies below an open suffix."""
    suffixes = tuple(f".{suffix}" for r in wide if (suffix := _spanned_suffix(r)) is not None)
    texts = (chain(_fillings(reading), _variants(trial, reading)) for reading in wide)
    others = trial.foreign(in_turns(texts))
    return most_telling(o for o in others if not o.host.removesuffix(".").endswith(suffixes))


def _variants(trial: Trial, reading: Reading) -> Iterator[str]:
    for example in islice(trial.examples(_specimens(reading)), 1):
        yield from hostile_variants(example)


def _fillings(reading: Reading) -> Iterator[str]:
    return chain.from_iterable(map(hostile_fillings, _specimens(reading)))


def _specimens(reading: Reading, scheme: str = "https") -> Iterable[Template]:
    """The template, and where its scheme is open, what it is with that scheme."""
    if reading.sure.scheme is not None:
        return (reading.template,)
    return (reading.template, *with_scheme(reading.template, scheme))


def _spanned_suffix(reading: Reading) -> str | None:
    """The public suffix below which labels, or their beginnings, are open."""
    return None if intended_home(reading.meant) is not None else open_suffix(reading.meant)


def _open_below_suffix(trial: Trial, wide: Sequence[Reading]) -> tuple[str | None, str | None]:
    for reading in wide:
        suffix = _spanned_suffix(reading)
        if suffix is None:
            continue
        base = reading.meant.tail.removesuffix(".").partition(".")[2]
        below = f"evil.{suffix.removesuffix(base)}".strip(".")
        fitting = (t for s in _specimens(reading) for t in with_first_open(s, below))
        for text in chain(chain.from_iterable(map(samples, fitting)), _fillings(reading)):
            origin = trial.accepts(text)
            if origin is not None and origin.host.removesuffix(".").endswith("." + suffix):
                return suffix, origin.text
    return None, None


def _insecure(trial: Trial, readings: Sequence[Reading]) -> Origin | None:
    for reading in readings:
        meant_loopback = reading.meant.closed and is_loopback(reading.meant.tail)
        if reading.sure.scheme in ("http", None) and not meant_loopback:
            for origin in trial.examples(_specimens(reading, "http")):
                if origin.scheme == "http" and not is_loopback(origin.host):
                    return origin
    return None


def _all_subdomains_of(trial: Trial, readings: Sequence[Reading]) -> str | None:
    for reading in readings:
        tail = reading.sure.tail.removesuffix(".")
        if reading.sure.closed or not tail.startswith(".") or is_loopback(tail):
            continue
        for origin in trial.examples(_specimens(reading)):
            port = "" if origin.port is None else f":{origin.port}"
            if trial.accepts(f"{origin.scheme}://{_ANY_LABEL}{tail}{port}") is not None:
                return tail[1:]
    return None


def _looseness(trial: Trial, readings: Sequence[Reading]) -> tuple[Looseness | None, str | None]:
    shapes = [reading.sure for reading in readings]
    if any(shape.has_dots for shape in shapes):
        return Looseness.DOT, None
    if any(shape.has_anything for shape in shapes):
        return Looseness.ANYTHING, None
    if any(shape.scheme is None for shape in shapes):
        return Looseness.SCHEME, None
    if not any(shape.is_lax for shape in shapes):
        return None, None
    text = trial.lax(in_turns(_variants(trial, reading) for reading in readings))
    return (None if text is None else Looseness.NO_ORIGIN), text
