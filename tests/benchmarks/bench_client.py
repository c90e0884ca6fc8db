"""Compare our client with bare httpx and http.client against one loopback server, in one run.

Run it: python tests/benchmarks/bench_client.py [requests]. Only the ratios mean anything: rounds
alternate, the best round of each counts, and the server, in a process of its own, is the same.
"""

import contextlib
import http.client
import multiprocessing
import socket
import sys
import time

import httpx

from pytest_oss_clean.oss.messages import Endpoint, Request
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings

ROUNDS = 5
TARGET = "/bucket/name?cleanRestoredObject"
HEADERS = (("x-oss-date", "20261122T100000Z"), ("Authorization", "OSS4-HMAC-SHA256 " + "a" * 200))
ANSWER = b"HTTP/1.1 200 OK\r\nx-oss-request-id: 66F0C1D2\r\nContent-Length: 64\r\n\r\n" + b"x" * 64


def answer_everything(listener):
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        with sock:
            while data := sock.recv(65536):
                buffer += data
                while b"\r\n\r\n" in buffer:
                    _, _, buffer = buffer.partition(b"\r\n\r\n")
                    sock.sendall(ANSWER)


@contextlib.contextmanager
def ours(port):
    endpoint = Endpoint("http", "127.0.0.1", port)
    with HttpClient(ConnectionSettings(), Scrubber([Secret("a-secret-of-thirty-characters")])) as client:
        request = Request("POST", TARGET, (("Host", endpoint.authority), *HEADERS), b"", endpoint)
        yield lambda: client(request).status


@contextlib.contextmanager
def bare_httpx(port):
    with httpx.Client(trust_env=False) as client:
        url = f"http://127.0.0.1:{port}{TARGET}"
        yield lambda: client.post(url, headers=dict(HEADERS)).status_code


@contextlib.contextmanager
def bare_http_client(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def send():
        connection.request("POST", TARGET, headers=dict(HEADERS))
        response = connection.getresponse()
        response.read()
        return response.status

    yield send
    connection.close()


def seconds_per_request(client, port, count):
    with client(port) as send:
        if send() != 200:
            raise SystemExit(f"{client.__name__}: no answer")
        start = time.perf_counter()
        for _ in range(count):
            send()
        return (time.perf_counter() - start) / count


def main(count):
    clients = (ours, bare_httpx, bare_http_client)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = multiprocessing.get_context("fork").Process(target=answer_everything, args=(listener,))
        server.start()
        try:
            port = listener.getsockname()[1]
            best = {
                client: min(rounds)
                for client, rounds in zip(
                    clients,
                    zip(
                        *([seconds_per_request(c, port, count) for c in clients] for _ in range(ROUNDS)),
                        strict=True,
                    ),
                    strict=True,
                )
            }
        finally:
            server.terminate()
            server.join()
    for client in clients:
        print(
            f"{client.__name__:<18}{best[client] * 1e6:7.0f} us a request"
            f"   ours takes {best[ours] / best[client]:.2f} of its time"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
