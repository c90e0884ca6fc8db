"""Scripted servers on raw sockets: they do what no HTTP library would."""

import contextlib
import socket
import struct
import threading

import pytest

from peer_scripts import FAR
from pytest_oss_clean.oss.messages import Endpoint, Request
from pytest_oss_clean.oss.secrets import Scrubber
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings

LONG = dict.fromkeys(("connect_timeout", "read_timeout", "deadline"), FAR)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """The server's side of one connection."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.buffer = b""

    def _until(self, done):
        while not done():
            data = self.sock.recv(65536)
            if not data:
                return False
            self.buffer += data
        return True

    def request(self):
        """Read one request, keep it in `server.requests`, return it; None when the client is gone."""
        if not self._until(lambda: b"\r\n\r\n" in self.buffer):
            return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        self._until(lambda: len(self.buffer) >= length)
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return self.server.requests[-1]

    def send(self, data):
        self.sock.sendall(data)

    def drip(self, data=b"x"):
        """Send a little again and again until the client has gone."""
        while not self.server.stopped.wait(0.02):
            self.send(data)

    def wait(self):
        """Say nothing until the client goes."""
        while self.sock.recv(65536):
            pass

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Server:
    def __init__(self, script, tls):
        self.script = script
        self.tls = tls
        self.requests = []
        self.connections = 0
        self.server_names = []
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.endpoint = Endpoint("https" if tls else "http", "127.0.0.1", self.port)
        self.sockets = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()
        if tls:
            tls.sni_callback = lambda _sock, name, _context: self.server_names.append(name)

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.stopped.is_set():
                sock.close()
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self.sockets.append(sock)
            thread = threading.Thread(target=self._talk, args=(sock,))
            self.threads.append(thread)
            thread.start()

    def _talk(self, sock):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                stack.callback(sock.close)
                self.sockets.append(sock)
            self.script(Peer(self, sock))

    def stop(self):
        self.stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()  # wakes accept()
        self.listener.close()
        for sock in self.sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive()
        for sock in self.sockets:
            sock.close()


@pytest.fixture
def serve():
    """Start a server: `serve(script)`, or `serve(b"...")` to send these bytes to every request."""
    servers = []

    def start(script=OK, *, tls=None):
        if isinstance(script, bytes):
            response = script

            def script(peer):
                while peer.request():
                    peer.send(response)

        servers.append(Server(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client():
    """Make clients: `client(deadline=0.5)`; closed at the end. Limits that are not named are far."""
    with contextlib.ExitStack() as stack:
        yield lambda *secrets, **settings: stack.enter_context(
            HttpClient(ConnectionSettings(**LONG | settings), Scrubber(secrets))
        )


@pytest.fixture
def get(client):
    """Send one GET to a server with a client of its own."""

    def get(server, target="/", headers=(), method="GET", **settings):
        return client(**settings)(Request(method, target, headers, b"", server.endpoint))

    return get


@pytest.fixture
def free_port():
    """Return a port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
