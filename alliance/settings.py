"""The hub's configuration: one frozen struct read from the environment (`ALLIANCE_*`)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides; docs/deployment.md#configuration has the table for operators."""

    dsn: str | None
    """The application's role on an own PostgreSQL; None starts the private server."""
    owner_dsn: str | None
    """The role that owns the tables, for migrations; needed beside `dsn`."""
    home: Path
    """Folder of the private server, the secret and the demonstration's marks."""
    secret: str
    """Signs CSRF tokens and one-time links and wraps the personal keys; at least 32 characters."""
    keys: str
    """Where the personal keys lie: a folder, or the address of a PostgreSQL that is not the
    hub's."""
    host: str
    port: int
    processes: int
    base: str
    """The hub's own address, `https://hub.example.cn`: every link that leaves the hub begins with
    it."""
    hosts: tuple[str, ...]
    """The names under which browsers may ask for the hub; whoever asks under another one is
    refused."""
    secure_cookies: bool
    proxy: str
    """Address of the proxy whose X-Forwarded-For is believed."""
    county: str
    metrics_token: str = ""
    """Whoever asks for /metrics shows it; empty: only this machine may ask."""
    slow_ms: int = 500
    """A statement that takes longer is logged, counted and shown on the operations page."""
    backup_recipients: str = ""
    """Public keys (age) for which backups are encrypted; empty where none are taken."""
    second_factor: bool = True
    """Whether secretary, authority and coordinators show a second factor; without it every sign-in
    page says so."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment, with the secret made on first use and kept in the home folder.

    Raises ValueError for a value that cannot be meant.
    """
    home = Path(environment.get("ALLIANCE_HOME", ".alliance")).resolve()
    dsn, owner_dsn = environment.get("ALLIANCE_DSN"), environment.get("ALLIANCE_OWNER_DSN")
    if bool(dsn) != bool(owner_dsn):
        raise ValueError(
            "set ALLIANCE_DSN (application role) and ALLIANCE_OWNER_DSN (role that owns the "
            "tables) together"
        )
    secret = environment.get("ALLIANCE_SECRET") or _kept_secret(home)
    if len(secret) < 32:
        raise ValueError("ALLIANCE_SECRET needs at least 32 characters")
    host, port = (
        environment.get("ALLIANCE_HOST", "127.0.0.1"),
        _count(environment, "ALLIANCE_PORT", 8000),
    )
    base = _base(environment.get("ALLIANCE_BASE"), host, port)
    return Settings(
        dsn=dsn,
        owner_dsn=owner_dsn,
        home=home,
        secret=secret,
        keys=environment.get("ALLIANCE_KEYS") or str(home / "keys"),
        host=host,
        port=port,
        processes=_count(environment, "ALLIANCE_PROCESSES", 2),
        base=base,
        hosts=_hosts(base, environment.get("ALLIANCE_ALLOWED_HOSTS", "")),
        secure_cookies=environment.get(
            "ALLIANCE_SECURE_COOKIES", "1" if base.startswith("https:") else "0"
        )
        == "1",
        proxy=environment.get("ALLIANCE_PROXY", "127.0.0.1"),
        county=environment.get("ALLIANCE_COUNTY", "清溪县"),
        metrics_token=environment.get("ALLIANCE_METRICS_TOKEN", ""),
        slow_ms=_count(environment, "ALLIANCE_SLOW_MS", 500),
        backup_recipients=environment.get("ALLIANCE_BACKUP_RECIPIENTS", ""),
        second_factor=environment.get("ALLIANCE_SECOND_FACTOR", "1") != "0",
    )


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError(f"{name} is a whole number from 1 to 65535, not {text!r}")
    return int(text)


_LOCAL = ("127.0.0.1", "localhost", "::1")


def _base(given: str | None, host: str, port: int) -> str:
    if given is None:
        if host in ("0.0.0.0", "::", ""):
            raise ValueError(
                "ALLIANCE_HOST listens on every address: say in ALLIANCE_BASE under which one the "
                "hub is reached"
            )
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    address = urlsplit(given.rstrip("/"))
    if (
        address.scheme not in ("http", "https")
        or not address.hostname
        or address.path
        or address.query
        or address.username
    ):
        raise ValueError(
            f"ALLIANCE_BASE is an address such as https://hub.example.cn, not {given!r}"
        )
    return f"{address.scheme}://{address.netloc}"


def _hosts(base: str, more: str) -> tuple[str, ...]:
    """The name in the base address and those named besides; this machine's own names together."""
    own = urlsplit(base).hostname or ""
    names = [
        own,
        *(_LOCAL if own in _LOCAL else ()),
        *(name.strip().lower() for name in more.split(",")),
    ]
    return tuple(dict.fromkeys(name for name in names if name))


def _kept_secret(home: Path) -> str:
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    file = home / "secret"
    try:
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text()
