"""Connection settings: how to reach an endpoint, checked before anything is sent."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.secrets import Secret

MIB = 1024 * 1024
_HIGHEST_PORT = 65535


class Proxy(NamedTuple):
    scheme: str
    host: str
    port: int
    user: str
    password: Secret

    def credentials(self) -> tuple[bytes, bytes] | None:
        """Return user and password, or None where there is neither; keep them out of variables."""
        known = self.user or self.password
        return (self.user.encode(), self.password.reveal().encode()) if known else None

    def __str__(self) -> str:
        """Return `host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """The route to an endpoint, and the limits of one request in time and memory.

    Raises ConfigurationError for settings that cannot work.
    """

    ca_file: Path | None = None
    """The only certificate authorities trusted, instead of the public ones."""
    proxy: str | None = field(default=None, repr=False)
    """May hold a password: shown nowhere."""
    connect_to: tuple[str, int] | None = None
    """Connect there; Host, TLS server name and certificate check stay those of the endpoint."""
    connect_timeout: float = 5
    read_timeout: float = 10
    deadline: float = 30
    """Seconds for one request, from connecting to the last byte of the answer."""
    max_body: int = MIB

    def __post_init__(self) -> None:
        """Refuse what cannot work now, rather than in the first request."""
        if self.ca_file is not None:
            _check_ca_file(self.ca_file)
        if self.proxy is not None and self.connect_to is not None:
            raise ConfigurationError(
                "--oss-connect-to",
                _place(*self.connect_to),
                "cannot be combined with --oss-proxy: the proxy does the connecting",
            )
        if self.connect_to is not None and not (
            self.connect_to[0] and 0 < self.connect_to[1] <= _HIGHEST_PORT
        ):
            raise ConfigurationError(
                "--oss-connect-to", _place(*self.connect_to), "use HOST:PORT, with a port from 1 to 65535"
            )
        self.parsed_proxy()

    def parsed_proxy(self) -> Proxy | None:
        """Return the proxy in parts, or None."""
        if self.proxy is None:
            return None
        try:
            parts = urlsplit(self.proxy)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        # Without a host a password cannot be distinguished from the rest of the text, so nothing is shown.
        shown = _place(host, port) if host else "(not shown, it may hold a password)"
        if host is None:
            raise ConfigurationError("--oss-proxy", shown, "is not a URL like http://proxy.example:3128")
        if parts.scheme not in ("http", "https"):
            raise ConfigurationError(
                "--oss-proxy", shown, "use an http:// or https:// proxy; SOCKS is not supported"
            )
        port = port or {"http": 80, "https": 443}[parts.scheme]
        return Proxy(
            parts.scheme, host, port, unquote(parts.username or ""), Secret(unquote(parts.password or ""))
        )


def _place(host: str, port: int | None) -> str:
    return host if port is None else f"{host}:{port}"


def _check_ca_file(path: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise ConfigurationError("--oss-ca-file", path, "holds no certificate in PEM form") from None
    except OSError as error:
        raise ConfigurationError("--oss-ca-file", path, f"cannot be read: {error.strerror}") from None
