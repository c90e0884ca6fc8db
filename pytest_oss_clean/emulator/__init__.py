"""An OSS emulator: restore life cycle, signatures V1 and V4, a clock that can be moved."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from pytest_oss_clean.emulator.faults import Faults
from pytest_oss_clean.emulator.http.control import Control
from pytest_oss_clean.emulator.http.server import Observer, Server
from pytest_oss_clean.emulator.http.wire import Limits
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.service import OBJECT_SIZE, Service
from pytest_oss_clean.emulator.store import STORAGE
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials, environment

REGION = "cn-hangzhou"
BUCKET = "oss-clean-emulator"


def random_credentials(key_id: str | None = None) -> Credentials:
    """Return credentials nobody else has."""
    return Credentials(key_id or f"emulator{secrets.token_hex(6)}", Secret(secrets.token_hex(20)))


@dataclass(slots=True)
class Emulator:
    """A running emulator; `stop` it, or use it in a `with` block."""

    endpoint: Endpoint
    control_url: str | None
    region: str
    bucket: str
    credentials: Credentials
    service: Service
    second_bucket: str
    versioned_bucket: str
    sts: Credentials
    _servers: tuple[Server, ...] = field(repr=False)

    @classmethod
    def start(  # noqa: PLR0913 - each has a default
        cls,
        *,
        port: int = 0,
        control_port: int | None = 0,
        region: str = REGION,
        bucket: str = BUCKET,
        second_bucket: str = "",
        versioned_bucket: str = "",
        credentials: Credentials | None = None,
        observer: Observer | None = None,
        restore_seconds: int | None = None,
        host: str = "127.0.0.1",
        max_object_size: int | None = None,
        max_storage: int | None = None,
        max_connections: int | None = None,
        request_seconds: float | None = None,
    ) -> Self:
        """Serve on 127.0.0.1; port 0 is any free one, `control_port` None is no control port.

        `second_bucket` and `versioned_bucket`, the latter with versioning, are there where they are
        named; `sts` are temporary credentials beside the others. `observer` gets every request and
        its answer. `restore_seconds` is how long every restore takes; otherwise each class and tier
        takes the longest time that OSS documents for it.

        `host` is another address to listen on: whoever reaches it and knows the keys is served, and the
        control port asks for none. Limits: bytes of an object (1 GiB) and of all together (4 GiB),
        connections (512), seconds that a request may take without progress (20).
        """
        credentials = credentials or random_credentials()
        rules = LifeCycle() if restore_seconds is None else LifeCycle().taking(restore_seconds)
        fresh = random_credentials()
        sts = Credentials(f"STS.{fresh.key_id}", fresh.secret, Secret(secrets.token_hex(32)))
        service = Service(
            credentials=[credentials, sts],
            region=region,
            buckets=[name for name in (bucket, second_bucket) if name],
            versioned_buckets=[versioned_bucket] if versioned_bucket else [],
            life_cycle=rules,
            max_object_size=max_object_size or OBJECT_SIZE,
            max_storage=max_storage or STORAGE,
        )
        given: dict[str, Any] = {
            "body": max_object_size,
            "connections": max_connections,
            "request": request_seconds,
        }
        limits = replace(Limits(), **{name: limit for name, limit in given.items() if limit is not None})
        more = (service, second_bucket, versioned_bucket, sts)
        server = Server(service, host=host, port=port, observer=observer, limits=limits).start()
        if control_port is None:
            return cls(server.endpoint, None, region, bucket, credentials, *more, (server,))
        try:
            control = Server(Control(service), host=host, port=control_port).start()
        except BaseException:
            server.stop()
            raise
        url = str(control.endpoint)
        return cls(server.endpoint, url, region, bucket, credentials, *more, (server, control))

    def advance(self, seconds: float) -> None:
        """Put the restore clock ahead; signatures and dates do not notice."""
        self.service.advance(seconds)

    def advance_object(self, bucket: str, name: str, seconds: float) -> None:
        """Put the restore clock ahead for one object; the others do not notice."""
        self.service.advance_object(bucket, name, seconds)

    def advance_to(self, moment: float) -> None:
        """Put the restore clock to a Unix time, such as an expiry-date."""
        self.service.advance_to(moment)

    def now(self) -> float:
        return self.service.now()

    def reset(self) -> None:
        """Forget all objects, added buckets, advances and faults; the first buckets are there, empty."""
        self.service.reset()

    @property
    def faults(self) -> Faults:
        """Return the faults on demand: `faults.add(answer=503, operation="HeadObject")`."""
        return self.service.faults

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which the vendor's SDKs find the emulator."""
        return environment(self.endpoint, self.bucket, self.region, self.credentials)

    def inventory(self, *, versions: bool = False) -> dict[str, dict[str, Any]]:
        """Return `{bucket: {name: state}}`, states being frozen, restoring, restored and readable.

        With `versions` it is `{bucket: {name: {version id: state}}}`, newest first, and a state may
        be `delete marker`.
        """
        return self.service.inventory(versions=versions)

    def stop(self) -> None:
        """Close the ports; a second call does nothing."""
        for server in self._servers:
            server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
