"""The HTTP server: time, back-pressure, starting and stopping, control."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import time

import pytest

from pytest_oss_clean.emulator.http.control import Control
from pytest_oss_clean.emulator.http.server import Server, is_open
from pytest_oss_clean.emulator.http.wire import Limits
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.errors import ConfigurationError
from raw_http import HOST, LIMITS, Echo, connect, exchange, get, only_error, received, statuses

PUT = b"PUT /b/k HTTP/1.1\r\n" + HOST


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def server(echo):
    with Server(echo, limits=LIMITS) as running:
        yield running


@pytest.mark.parametrize("data", [b"GET / HT", PUT + b"Content-Length: 3\r\n\r\na", b"GET / HTTP/1.1\r\nX"])
def test_a_slow_request_is_timed_out(server, data):
    with connect(server) as connection:
        started = time.monotonic()
        connection.sendall(data)
        assert only_error(received(connection)) == (400, "RequestTimeout")
        assert time.monotonic() - started > 0.25


def test_dripping_does_not_extend_the_time(server):
    with connect(server) as connection:
        started = time.monotonic()
        connection.settimeout(0.05)
        data = b"GET /"
        while time.monotonic() - started < 60:  # it never ends where each byte extends the time
            connection.sendall(data)
            data = b"a"
            try:
                response = connection.recv(1000)
            except TimeoutError:
                continue
            assert statuses(response) == [400]
            break
        else:
            pytest.fail("a byte now and then keeps a request open")


def test_an_idle_connection_is_closed_without_a_word(echo):
    with Server(echo, limits=Limits(idle=0.2)) as server, connect(server) as connection:
        connection.sendall(get(b"/"))
        assert statuses(received(connection)) == [200]


def test_a_client_that_does_not_read_does_not_fill_the_memory(echo):
    body = b"x" * 500_000

    def large(request):
        echo.requests.append(request)
        return Reply("GET", "").ok(body=body)

    with Server(large, limits=Limits(request=0.5)) as server, connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(get(b"/") * 200)
        time.sleep(0.2)
        assert len(echo.requests) < 50
        time.sleep(1.0)  # and it is thrown out in the end
        assert not server._connections


def test_a_client_that_does_not_read_is_not_read_from():
    def large(_):
        return Reply("GET", "").ok(body=b"x" * 500_000)

    with Server(large) as server, connect(server) as connection:
        connection.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 50_000_000:
                sent += connection.send(get(b"/") * 10_000)
        assert sent < 50_000_000


def test_a_client_that_reads_late_gets_all_answers_in_order():
    def large(request):
        return Reply("GET", "").ok(body=request.target.encode() + b"x" * 100_000)

    with Server(large) as server, connect(server) as connection:
        connection.sendall(b"".join(get(b"/%d" % i) for i in range(99)) + get(b"/99", b"Connection: close"))
        time.sleep(0.2)
        data = received(connection)
    assert [int(n) for n in re.findall(rb"\r\n\r\n/(\d+)x", data)] == list(range(100))


def test_keep_alive_answers_do_not_wait_for_a_delayed_ack(server):
    connection = http.client.HTTPConnection(server.endpoint.host, server.endpoint.port)
    durations = []
    for _ in range(50):
        started = time.perf_counter()
        connection.request("PUT", "/b/k", body=b"x" * 100)
        assert connection.getresponse().read() == b"/b/k"
        durations.append(time.perf_counter() - started)
    connection.close()
    assert min(durations) < 0.030, "a delayed acknowledgement takes 40 ms"


def test_every_connection_has_nodelay(server):
    with connect(server) as connection:
        connection.sendall(get(b"/"))
        connection.recv(1000)
        (other,) = server._connections
        sock = other._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_stop_is_quick_with_open_connections_and_can_be_repeated(echo):
    server = Server(echo).start()
    with connect(server) as idle:
        idle.sendall(get(b"/"))
        idle.recv(1000)
        started = time.perf_counter()
        server.stop()
        assert time.perf_counter() - started < 30, "it waits for idle connections"
        assert idle.recv(1000) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(server)
    server.stop()


@pytest.mark.parametrize("_round", range(20))
def test_a_stop_right_after_a_start_is_clean(echo, _round):
    Server(echo).start().stop()


def test_a_server_starts_again_on_its_port(echo):
    server = Server(echo).start()
    first = server.endpoint
    server.stop()
    with server:
        assert server.endpoint == first
        assert statuses(exchange(server, get(b"/"))) == [200]


def test_stop_does_not_wait_for_clients_that_do_not_read():
    before = set(threading.enumerate())
    with (
        Server(lambda _: Reply("GET", "").ok(body=b"x" * 20_000_000)) as server,
        connect(server) as connection,
    ):
        connection.sendall(get(b"/"))
        time.sleep(0.1)
        started = time.perf_counter()
        server.stop()
        assert time.perf_counter() - started < 30
    assert "oss-emulator" not in {t.name for t in set(threading.enumerate()) - before}


@pytest.mark.parametrize("host", ["example.com", "", "1.2.3", "127.0.0.1:80"])
def test_a_host_that_is_no_address_is_refused(echo, host):
    with pytest.raises(ConfigurationError, match="give an address"):
        Server(echo, host=host)


@pytest.mark.parametrize(
    ("host", "shown", "reached"),
    [
        ("127.0.0.1", "127.0.0.1", False),
        ("localhost", "localhost", False),
        ("::1", "::1", False),
        ("0.0.0.0", "127.0.0.1", True),
        ("::", "::1", True),
        ("192.168.1.1", "192.168.1.1", True),
    ],
)
def test_an_endpoint_is_one_that_this_machine_reaches(echo, host, shown, reached):
    assert Server(echo, host=host).endpoint.host == shown
    assert is_open(host) is reached


def test_a_port_in_use_is_a_configuration_error(server, echo):
    with pytest.raises(ConfigurationError, match="port"):
        Server(echo, port=server.endpoint.port).start()


def test_control_moves_the_clock_of_the_service():
    service = Service(credentials=[], buckets=["bucket-1"], clock=lambda: 1000.0)
    with Server(Control(service)) as server:
        connection = http.client.HTTPConnection(server.endpoint.host, server.endpoint.port)

        def ask(method, target):
            connection.request(method, target)
            response = connection.getresponse()
            return response.status, response.read()

        assert ask("GET", "/")[0] == 200
        assert ask("POST", "/advance?seconds=3600") == (200, b'{\n "advanced": 3600.0,\n "now": 4600.0\n}\n')
        assert service.now() == 4600
        for bad in (
            "",
            "?seconds=",
            "?seconds=x",
            "?seconds=-1",
            "?seconds=nan",
            "?seconds=inf",
            "?seconds=%zz",
        ):
            assert ask("POST", "/advance" + bad)[0] == 400, bad
        assert ask("GET", "/advance?seconds=1")[0] == 405
        assert ask("GET", "/other")[0] == 404
        assert ask("GET", "/now")[1] == b'{\n "now": 4600.0\n}\n'
        assert ask("GET", "/inventory")[1] == b'{\n "bucket-1": {}\n}\n'
        assert ask("POST", "/reset")[0] == 200
        assert service.now() == 1000
        connection.close()
