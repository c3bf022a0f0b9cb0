"""From the address that operators write to the address of each worker."""

import pytest

from cors_authz.server.endpoint import AddressInvalidError, parse_endpoint, worker_endpoints


@pytest.mark.parametrize(
    ("listen", "workers", "addresses"),
    [
        ("127.0.0.1:9191", 1, ["127.0.0.1:9191"]),
        ("127.0.0.1:9191", 3, ["127.0.0.1:9191", "127.0.0.1:9192", "127.0.0.1:9193"]),
        ("[::1]:9191", 2, ["[::1]:9191", "[::1]:9192"]),
        ("localhost:0", 2, ["localhost:0", "localhost:0"]),
        ("unix:/run/authz.sock", 1, ["unix:/run/authz.sock"]),
        ("unix:/run/authz.sock", 2, ["unix:/run/authz.0.sock", "unix:/run/authz.1.sock"]),
        ("unix:/run/a.b/authz", 2, ["unix:/run/a.b/authz.0", "unix:/run/a.b/authz.1"]),
        ("unix-abstract:authz", 1, ["unix-abstract:authz"]),
        ("unix-abstract:authz", 2, ["unix-abstract:authz.0", "unix-abstract:authz.1"]),
        ("127.0.0.1:65535", 1, ["127.0.0.1:65535"]),
    ],
)
def test_each_worker_has_an_address_of_its_own(
    listen: str, workers: int, addresses: list[str]
) -> None:
    assert [e.address for e in worker_endpoints(listen, workers)] == addresses


@pytest.mark.parametrize(
    "listen",
    [
        "",
        "9191",
        ":9191",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:\uff19\uff11",
        "unix:",
        "unix:authz.sock",
        f"unix:/{'a' * 107}",
        "unix-abstract:",
        "unix-abstract:a\0b",
        f"unix-abstract:{'a' * 108}",
    ],
)
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(AddressInvalidError):
        parse_endpoint(listen)


@pytest.mark.parametrize("listen", ["127.0.0.1:65535", f"unix:/{'a' * 106}"])
def test_an_address_that_does_not_suffice_for_all_workers_is_refused(listen: str) -> None:
    assert worker_endpoints(listen, 1)
    with pytest.raises(AddressInvalidError):
        worker_endpoints(listen, 2)


def test_a_replacement_listens_on_the_port_that_was_found_free() -> None:
    assert parse_endpoint("127.0.0.1:0").with_port(4711).address == "127.0.0.1:4711"
    assert parse_endpoint("unix:/run/a").with_port(0).address == "unix:/run/a"
