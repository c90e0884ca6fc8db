"""Seeing that a target takes a class, and that it noticed the time: what is looked at and not judged."""

from __future__ import annotations

from pytest_oss_clean.contracts.cells import Operation
from pytest_oss_clean.engine.probes import state_shown
from pytest_oss_clean.engine.properties.model import Kind, Life
from pytest_oss_clean.engine.properties.trial import Trial
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import STORAGE_CLASS
from pytest_oss_clean.target.target import OssClient

PAUSE = 0.05

OPERATIONS = {
    Kind.CLEAN: Operation.CLEAN,
    Kind.GET: Operation.GET,
    Kind.HEAD: Operation.HEAD,
    Kind.RESTORE: Operation.RESTORE,
    Kind.LIST: Operation.LIST,
    Kind.COPY: Operation.COPY,
    Kind.DELETE: Operation.DELETE,
}
"""The operations whose cells moves visit."""


def see_class(trial: Trial, client: OssClient, life: Life) -> None:
    """See once that the target takes the class of an object at all; else the search ends."""
    taken = trial.provisioner.steps.taken
    if life.storage_class in taken:
        return
    head = client.head(life.name)
    shown = head.header(STORAGE_CLASS)
    if not head.succeeded or shown != life.storage_class:
        trial.stop(NotTestedError(f"HEAD of a new object: {STORAGE_CLASS} is {shown}"))
    taken.add(life.storage_class)
    client.supersede()


def await_state(client: OssClient, life: Life, deadline: float) -> None:
    """Give a target the time that it may take to notice its clock."""
    while client.target.pace.now() < deadline:
        shown = state_shown(client.head(life.name, life.version))
        client.supersede()
        if shown == life.state:
            return
        client.target.pace.sleep(PAUSE)
