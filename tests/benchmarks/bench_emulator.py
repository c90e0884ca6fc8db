"""Compare the emulator with moto_server and ministack: start, memory, and requests per second.

    python -m venv peers && peers/bin/pip install 'moto[server]' ministack
    python tests/benchmarks/bench_emulator.py --peers peers/bin [--seconds 2]

Every server runs in a process of its own and meets the same client: bare sockets kept alive, answers
read to their end, one request at a time on each. Ours checks a V4 signature with every request; the
peers are sent one of the same length and check nothing. They know no clean: a RestoreObject that is
refused stands for it. Only the ratios mean anything: rounds alternate, the best of each counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Operation
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, Signer

ROUNDS = 3
CONNECTIONS = (1, 8)
PATIENCE = 30.0
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSING = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
KEYS = Credentials("benchmark", Secret("benchmark-secret-of-30-characters"))
RESTORE = b"<RestoreRequest><Days>1</Days></RestoreRequest>"


class Server:
    """A server in a process of its own; `requests` are the bytes of what is measured."""

    def __init__(self, name, command, environment, exchanges):
        self.name = name
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [str(part).format(port=self.port) for part in command]
        environment = {n: v.format(port=self.port) for n, v in environment.items()}
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=os.environ | environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self.ready = self.first_answer(began + PATIENCE) - began
        self.idle = self.memory()
        prepare, measured = exchanges
        for exchange in prepare:
            self.check(exchange(self.port), range(200, 300))
        self.requests = {kind: exchange(self.port) for kind, exchange in measured.items()}
        for kind, data in self.requests.items():
            self.check(data, range(400, 500) if kind == "refused" else [200])

    def first_answer(self, deadline):
        while time.perf_counter() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                probe.sendall(b"HEAD /probe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                if probe.recv(16):
                    return time.perf_counter()
            time.sleep(0.005)
        self.log.seek(0)
        raise SystemExit(f"{self.name} does not answer:\n{self.log.read().decode(errors='replace')[-2000:]}")

    def check(self, data, wanted):
        status = load(self.port, data, 1, 1, PATIENCE)[0]
        if status not in wanted:
            raise SystemExit(f"{self.name}: {data[:60]!r} is answered {status}")
        self.status = status

    def memory(self):
        """Return the resident MB of the process and its children; not a number where /proc is not."""
        try:
            pids, total = [self.process.pid], 0
            for pid in pids:
                pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
                total += int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
        except OSError:
            return float("nan")
        return total / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Answer:
    """As much of an answer as has arrived."""

    def __init__(self, bodiless):
        self.bodiless, self.head, self.left = bodiless, b"", 1

    def take(self, piece):
        """Take a piece, and tell whether the answer is complete."""
        if b"\r\n\r\n" in self.head:
            self.left -= len(piece)
            self.end = (self.end + piece)[-5:]
        else:
            self.head += piece
            head, end, body = self.head.partition(b"\r\n\r\n")
            if not end:
                return False
            length = LENGTH.search(head)
            self.head, self.end = head + end, body[-5:]
            self.chunked = not length
            self.left = 0 if self.bodiless else (int(length[1]) - len(body) if length else 1)
        return self.end == b"0\r\n\r\n" if self.chunked and not self.bodiless else self.left <= 0


def load(port, data, connections, most, seconds):
    """Send `data` again and again over some connections; return the last status and requests a second."""
    bodiless = data.startswith(b"HEAD")
    answers, sent, done, status = {}, 0, 0, 0
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:

        def connect():
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(sock, selectors.EVENT_READ)
            return sock

        def send(sock):
            nonlocal sent
            sent += 1
            answers[sock] = Answer(bodiless)
            sock.sendall(data)

        for _ in range(min(connections, most)):
            send(connect())
        began = time.perf_counter()
        while done < most and time.perf_counter() < began + seconds:
            for key, _ in selector.select(PATIENCE) or [(None, None)]:
                if key is None:
                    raise SystemExit(f"no answer from port {port} for {PATIENCE} s")
                sock = key.fileobj
                piece = sock.recv(1 << 20)
                answer = answers[sock]
                if piece and not answer.take(piece):
                    continue
                done, status = done + 1, int(answer.head[9:12] or 0)
                if not piece or CLOSING.search(answer.head):
                    selector.unregister(sock)
                    sock.close()
                    sock = connect() if sent < most else None
                if sent < most:
                    send(sock)
        return status, done / (time.perf_counter() - began)


def raw(method, target, headers, body=b""):
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{n}: {v}" for n, v in headers),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ours(method, query=(), headers=(), name="k", body=b""):
    def exchange(port):
        signed = Signer(KEYS, region="cn-hangzhou").sign(
            Operation(method, "bucket-1", name, query, headers), datetime.now(UTC)
        )
        request = signed.render(Endpoint("http", "127.0.0.1", port), Addressing.PATH)
        return raw(method, request.target, request.headers, body)

    return exchange


def theirs(method, target, body=b""):
    scope = f"benchmark/{datetime.now(UTC):%Y%m%d}/us-east-1/s3/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'a' * 64}"
    headers = (
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-date", f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"),
        ("Authorization", signature),
    )
    return lambda port: raw(method, target, (("Host", f"127.0.0.1:{port}"), *headers), body)


LARGE = os.urandom(1 << 20) * 10
OURS = (
    (ours("PUT", headers=(("x-oss-storage-class", "ColdArchive"),)), ours("PUT", name="large", body=LARGE)),
    {
        "HEAD": ours("HEAD"),
        "refused": ours("POST", (("cleanRestoredObject", None),)),
        "PUT 10 MB": ours("PUT", name="large", body=LARGE),
        "GET 10 MB": ours("GET", name="large"),
    },
)
THEIRS = (
    (theirs("PUT", "/bucket-1"), theirs("PUT", "/bucket-1/k"), theirs("PUT", "/bucket-1/large", LARGE)),
    {
        "HEAD": theirs("HEAD", "/bucket-1/k"),
        "refused": theirs("POST", "/bucket-1/k?restore", RESTORE),
        "PUT 10 MB": theirs("PUT", "/bucket-1/large", LARGE),
        "GET 10 MB": theirs("GET", "/bucket-1/large"),
    },
)


def start(stack, peers):
    """Start ours and every peer that is installed; name the others."""
    serve = "from pytest_oss_clean.cli.main import main; main(prog_name='oss-clean')"
    keys = {"OSS_ACCESS_KEY_ID": KEYS.key_id, "OSS_ACCESS_KEY_SECRET": KEYS.secret.reveal()}
    options = (
        "serve",
        "--port",
        "{port}",
        "--control-port",
        "0",
        "--bucket",
        "bucket-1",
        "--keys-from-environment",
    )
    candidates = {
        "ours": ([sys.executable, "-c", serve, *options], keys, OURS),
        "moto_server": (["moto_server", "-p", "{port}"], {}, THEIRS),
        "ministack": (["ministack"], {"GATEWAY_PORT": "{port}", "MINISTACK_HOST": "127.0.0.1"}, THEIRS),
    }
    for name, ((program, *rest), environment, exchanges) in candidates.items():
        found = shutil.which(program, path=f"{peers}{os.pathsep}{os.environ['PATH']}")
        if not found:
            print(f"{name} is not installed: see the head of this file")
            continue
        server = Server(name, [found, *rest], environment, exchanges)
        stack.callback(server.stop)
        yield server


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", default="", help="folder with moto_server and ministack")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each of the %(prog)s's loops")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        servers = list(start(stack, options.peers))
        loops = [
            (kind, n) for kind in servers[0].requests for n in (CONNECTIONS if "MB" not in kind else (1,))
        ]
        best = {}
        for _ in range(ROUNDS):
            for kind, n in loops:
                for server in servers:
                    found = load(server.port, server.requests[kind], n, 20_000, options.seconds)[1]
                    best[server, kind, n] = max(found, best.get((server, kind, n), 0.0))
        heads = "".join(f"{f'{kind} x{n}':>20}" for kind, n in loops)
        print(
            f"{'':<12}{'ready':>8}{'RSS idle/after':>16}{heads}   requests/s, ours is how many times faster"
        )
        for server in servers:
            rates = [best[server, *loop] for loop in loops]
            cells = [f"{r:,.0f} ({best[servers[0], *k] / r:.1f})" for r, k in zip(rates, loops, strict=True)]
            memory = f"{server.idle:.0f}/{server.memory():.0f} MB"
            print(f"{server.name:<12}{server.ready:>6.2f} s{memory:>16}{''.join(f'{c:>20}' for c in cells)}")


if __name__ == "__main__":
    main()
