"""What h2load says is read rightly, and what it does not say is noticed."""

from pathlib import Path

import pytest

from tests.bench.h2load import LoadError, Logged, read_log, read_output

OUTPUT = """\
finished in 2.06s, 17540.50 req/s, 694.23KB/s
requests: 35081 total, 35145 started, 35081 done, 35080 succeeded, 1 failed, 0 errored, 0 timeout
status codes: 35080 2xx, 0 3xx, 1 4xx, 0 5xx
traffic: 1.36MB (1421778) total, 68.53KB (70174) headers (space savings 94.74%), 308.33KB (315729) data
                     min         max         mean         sd        +/- sd
time for request:       71us     20.55ms      1.75ms      2.08ms    87.73%
time for connect:       70us        70us        70us         0us   100.00%
"""  # noqa: E501 - as it is


def test_output_is_read() -> None:
    answered = read_output(OUTPUT, duration_s=2.0)

    assert answered.requests == 35081
    assert answered.per_s == 17540.5
    assert answered.mean_ms == 1.75
    assert answered.statuses == {"2xx": 35080, "3xx": 0, "4xx": 1, "5xx": 0}
    assert answered.body_bytes == 315729


def test_a_refusal_is_an_answer() -> None:
    assert read_output(OUTPUT, duration_s=2.0).failed == 0


def test_requests_without_an_answer_count_as_failed() -> None:
    broken = OUTPUT.replace("1 failed, 0 errored", "4 failed, 2 errored")

    assert read_output(broken, duration_s=2.0).failed == 5


@pytest.mark.parametrize(
    ("written", "mean_ms"), [("    850us", 0.85), ("  1.75ms", 1.75), ("   2.10s", 2100.0)]
)
def test_times_have_units(written: str, mean_ms: float) -> None:
    assert read_output(OUTPUT.replace("  1.75ms", written), 2.0).mean_ms == mean_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        OUTPUT.replace("status codes", "codes"),
        OUTPUT.replace("time for request", "time"),
        OUTPUT.replace("35081 done", "0 done"),
    ],
    ids=["nothing", "no statuses", "no times", "no answers"],
)
def test_output_without_figures_measures_nothing(text: str) -> None:
    with pytest.raises(LoadError):
        read_output(text, duration_s=2.0)


def test_the_log_of_requests_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("1795298400000000\t200\t1500\n1795298400500000\t204\t250\n")

    assert read_log(log) == (Logged(1795298400.0, 1.5), Logged(1795298400.5, 0.25))


def test_a_refusal_in_the_log_measures_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("1795298400000000\t503\t1500\n")

    with pytest.raises(LoadError, match="503"):
        read_log(log)
