"""How long a large set takes to come into force, and what checks notice of it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cors_authz.server.options import FAST
from tests.bench.comparison import Comparison, Measured, Metric
from tests.bench.cores import Cores, pinned
from tests.bench.direct import Call, prepare, refused, send
from tests.bench.effort import Effort
from tests.bench.h2load import Logged, read_log
from tests.bench.servers import Server
from tests.support.checks import preflight
from tests.support.kubelet import ConfigMapVolume
from tests.support.policy_sets import host_of, many_policies, origin_of
from tests.support.sidecar import Sidecar, run_sidecar

POLICIES = 10_000
DURATION = Metric("s until it is in force", digits=1)
QUANTILES = {
    0.5: Metric("median ms", digits=2),
    0.99: Metric("99 % ms", digits=2),
    0.999: Metric("99.9 % ms", digits=2),
    1.0: Metric("longest ms", digits=1),
}

REFUSED = Metric("refused, %", digits=2)

_CHECKS_PER_S = 500
_MAX_IN_FLIGHT = 64
_MAX_CHANGES = 2
_IDLE_S = 3.0
_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class _Span:
    """The time from a change to its coming into force, in seconds since the epoch."""

    began_s: float
    ended_s: float

    @property
    def duration_s(self) -> float:
        return self.ended_s - self.began_s


@dataclass(frozen=True, slots=True)
class _Observed:
    """What became of all checks."""

    requests: Sequence[Logged]
    spans: Sequence[_Span]
    """When the set was changing."""
    refused_share: float


def reload(directory: Path, cores: Cores, effort: Effort) -> Iterator[Comparison]:
    """Change a mounted ConfigMap while checks come at a steady rate.

    Raises:
        LoadError: Nothing was answered.
    """
    directory.mkdir()
    measured = Measured()
    changes = min(effort.rounds, _MAX_CHANGES)
    for name, on_cores in (
        ("one core", (cores.server,)),
        ("two cores", (cores.envoy, cores.server)),
    ):
        folder = directory / name.replace(" ", "-")
        _note(name, measured, _measure(folder, on_cores, cores.envoy, changes))
    yield Comparison(
        f"{_CHECKS_PER_S} checks a second while {POLICIES:,} policies are reloaded",
        (DURATION, *QUANTILES.values(), REFUSED),
        measured.as_rows(),
        base=None,
    )


def _measure(folder: Path, on_cores: Sequence[int], load_core: int, changes: int) -> _Observed:
    folder.mkdir()
    sets = [many_policies(POLICIES, max_age_s=number) for number in range(changes + 2)]
    volume = ConfigMapVolume(folder / "volume")
    volume.update(sets[0])
    with ExitStack() as stack:
        with pinned(*on_cores):
            starting = run_sidecar(
                volume.folder, folder, "--transport", FAST, start_timeout_s=_TIMEOUT_S
            )
            sidecar = stack.enter_context(starting)
        at_rest = _change(sidecar, volume, sets[1])
        # With checks beside it, a change may take longer.
        duration_s = (1.5 * at_rest.duration_s + _IDLE_S) * changes + _IDLE_S
        log = folder / "log"
        pool = stack.enter_context(ThreadPoolExecutor(1))
        loading = pool.submit(_load, sidecar, folder / "frame", load_core, duration_s, log)
        spans = []
        for content in sets[2:]:
            time.sleep(_IDLE_S)
            spans.append(_change(sidecar, volume, content))
        refused_share = loading.result()
    return _Observed(read_log(log), spans, refused_share)


def _load(sidecar: Sidecar, frame: Path, core: int, duration_s: float, log: Path) -> float:
    """Return the share of checks that were refused, because they had waited for too long."""
    payload = preflight(host_of(POLICIES // 2), origin_of(POLICIES // 2)).SerializeToString()
    server = Server("reloading", sidecar.targets, ())
    target = prepare(Call(server.name, server, payload), frame)
    answered = send(target, core, duration_s, _MAX_IN_FLIGHT, per_s=_CHECKS_PER_S, log=log)
    return refused(target, answered) / answered.requests


def _change(sidecar: Sidecar, volume: ConfigMapVolume, content: Mapping[str, str]) -> _Span:
    mark = sidecar.life.mark()
    began_s = time.time()
    volume.update(content)
    sidecar.life.wait_for("reloaded", mark=mark, timeout_s=_TIMEOUT_S)
    return _Span(began_s, time.time())


def _note(name: str, measured: Measured, observed: _Observed) -> None:
    during: list[float] = []
    between: list[float] = []
    for request in observed.requests:
        spans = observed.spans
        is_during = any(span.began_s <= request.began_s <= span.ended_s for span in spans)
        (during if is_during else between).append(request.duration_ms)
    for row, durations_ms in ((f"{name}, between", between), (f"{name}, during", during)):
        ordered = sorted(durations_ms)
        for share, metric in QUANTILES.items():
            measured.add(row, {metric: ordered[round(share * (len(ordered) - 1))]})
    for span in observed.spans:
        measured.add(f"{name}, during", {DURATION: span.duration_s})
    measured.add(f"{name}, during", {REFUSED: 100 * observed.refused_share})
