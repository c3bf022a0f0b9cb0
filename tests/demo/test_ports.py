"""Ports: the ones that people remember, unless somebody has them."""

import socket
from contextlib import closing

import pytest

from deploy.demo.ports import choose, occupy, port_of


def test_a_free_port_is_taken_as_preferred() -> None:
    preferred = choose()

    assert choose(preferred) == preferred
    with closing(occupy(preferred)) as listening:
        assert port_of(listening) == preferred


def test_a_port_that_somebody_has_is_left_alone() -> None:
    with closing(occupy()) as other:
        taken = port_of(other)

        assert choose(taken) != taken
        with closing(occupy(taken)) as listening:
            assert port_of(listening) != taken


def test_a_port_that_somebody_has_on_the_other_loopback_is_left_alone() -> None:
    with closing(socket.socket(socket.AF_INET6, socket.SOCK_STREAM)) as other:
        try:
            other.bind(("::1", 0))
        except OSError:
            pytest.skip("there is no IPv6 here")
        other.listen()

        assert choose(port_of(other)) != port_of(other)
