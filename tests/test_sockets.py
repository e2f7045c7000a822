"""What the tests may reach: this machine, and for pure code nothing at all."""

import socket

import pytest

from tests.conftest import PURE
from tests.tree import name_of, tracked

# The guard warns before it raises, and warnings are errors here.
REFUSED = (RuntimeError, UserWarning)


def test_nothing_beyond_this_machine_is_reached() -> None:
    with pytest.raises(REFUSED, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()


@pytest.mark.disable_socket
def test_a_test_of_pure_code_has_no_sockets() -> None:
    with pytest.raises(REFUSED, match=r"socket\.socket"):
        socket.socket()


@pytest.mark.parametrize("prefix", PURE)
def test_the_pure_code_that_is_named_has_tests(prefix: str) -> None:
    assert any(name_of(path).startswith(prefix) for path in tracked("tests/*.py"))
