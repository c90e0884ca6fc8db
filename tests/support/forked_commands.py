"""Commands in processes of their own, forked from one that has imported everything.

A fresh interpreter spends most of its time on imports: `oss-clean check` of one contract takes 0.9 s of CPU
there, and 0.35 s here. A test sees the same: output, exit code, folder and environment. What is about the
interpreter itself (signals, `-P`, variables of Python) starts a fresh one.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import execnet.gateway_io
from _pytest.assertion.rewrite import AssertionRewritingHook

import pytest_oss_clean

LIBRARIES = """
    pytest xdist.plugin execnet pytest_rerunfailures hypothesis lxml.etree httpx httpcore click httptools vcr
"""
REWRITTEN = ("pytest_oss_clean.contracts.test_", "pytest_oss_clean.contracts.conftest")
"""What pytest imports by itself, to rewrite its asserts."""


def modules():
    """Return the names of what commands import."""
    ours = (module.name for module in pkgutil.walk_packages(pytest_oss_clean.__path__, "pytest_oss_clean."))
    return [*LIBRARIES.split(), *(name for name in ours if not name.startswith(REWRITTEN))]


def run(program, *arguments, cwd, env, timeout=600):
    """Run `oss-clean` or `pytest`; return code, out, err and seconds. The limit only ends what hangs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(modules())
    with tempfile.TemporaryDirectory() as folder:
        streams = [str(Path(folder, name)) for name in ("out", "err")]
        process = context.Process(target=child, args=(program, arguments, str(cwd), env, streams))
        began = time.monotonic()
        process.start()
        process.join(timeout)
        seconds = time.monotonic() - began
        ended = process.exitcode is not None
        if not ended:
            process.kill()
            process.join()
        out, err = (Path(stream).read_text("utf-8") for stream in streams)
        if not ended:
            raise subprocess.TimeoutExpired([program, *arguments], timeout, out, err)
        return SimpleNamespace(code=process.exitcode, out=out, err=err, seconds=seconds)


def child(program, arguments, cwd, env, streams):
    """Run the command in this process, which is its own."""
    gc.freeze()  # pytest collects garbage in the end: half a second of what was there before the fork
    for stream, path in zip((sys.stdout, sys.stderr), streams, strict=True):
        with Path(path).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
        stream.reconfigure(encoding="utf-8")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.path[:] = [path for path in sys.path if path.startswith(sys.base_prefix) or "site-packages" in path]
    if program == "pytest":
        sys.path.insert(0, cwd)  # as `python -m pytest` does
        sys.exit(run_pytest(arguments))
    check = importlib.import_module("pytest_oss_clean.cli.check")
    assert callable(check._wait_for)
    check._wait_for = lambda command: run_pytest(command[command.index("pytest") + 1 :])
    importlib.import_module("pytest_oss_clean.cli.main").main(arguments, prog_name="oss-clean")


def run_pytest(arguments):
    """Run pytest; it would warn of plugins that it can no longer rewrite, of which ours has no asserts."""
    AssertionRewritingHook._warn_already_imported = lambda *_: None
    if "-n" in arguments:
        fork_workers(int(arguments[arguments.index("-n") + 1]))
    sys.argv = ["pytest", *arguments]
    return importlib.import_module("pytest").console_main()


def fork_workers(number):
    """Fork the workers of pytest-xdist here, before pytest has begun; execnet starts fresh interpreters."""
    waiting = []
    for _ in range(number):
        (stdin, write), (read, stdout) = os.pipe(), os.pipe()
        pid = os.fork()
        if not pid:
            for each in (write, read, *(end for _, *ends in waiting for end in ends)):
                os.close(each)
            work(stdin, stdout)
        os.close(stdin)
        os.close(stdout)
        waiting.append((pid, write, read))

    def take(io, _, execmodel):
        pid, write, read = waiting.pop(0)
        io.popen = SimpleNamespace(
            wait=lambda: os.waitpid(pid, 0)[1], kill=lambda: os.kill(pid, signal.SIGKILL)
        )
        execnet.gateway_base.Popen2IO.__init__(io, os.fdopen(write, "wb"), os.fdopen(read, "rb"), execmodel)

    execnet.gateway_io.Popen2IOMaster.__init__ = take


def work(stdin, stdout):
    """Be a worker: run the line that execnet sends, if it sends one."""
    os.dup2(stdin, 0)
    os.dup2(stdout, 1)
    with open(0, closefd=False) as file:
        line = file.readline()
    if line:
        exec(eval(line), {})
    os._exit(0)
