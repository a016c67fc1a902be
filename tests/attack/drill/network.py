"""Hosts of a small network on this machine: namespaces joined by pairs of virtual cards, which can be cut and healed."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from itertools import combinations

ADDRESSES = {
    "db1": "10.77.0.1",
    "db2": "10.77.0.2",
    "web1": "10.77.0.3",
    "web2": "10.77.0.4",
    "people": "10.77.0.5",
}
PREFIX = "drill-"


def inside(host: str) -> list[str]:
    """How a command is begun that shall run on a host."""
    return ["ip", "netns", "exec", PREFIX + host]


@contextlib.contextmanager
def network() -> Iterator[None]:
    """Every host has one address and a line of its own to each other one. Nothing leads out of the namespaces."""
    _remove()
    try:
        for host in ADDRESSES:
            _ip("netns", "add", PREFIX + host)
            _ip("-n", PREFIX + host, "link", "set", "lo", "up")
        for one, other in combinations(ADDRESSES, 2):
            _ip(
                "link",
                "add",
                f"to-{other}",
                "netns",
                PREFIX + one,
                "type",
                "veth",
                "peer",
                f"to-{one}",
                "netns",
                PREFIX + other,
            )
            for here, there in ((one, other), (other, one)):
                _ip(
                    "-n",
                    PREFIX + here,
                    "address",
                    "add",
                    ADDRESSES[here],
                    "peer",
                    ADDRESSES[there],
                    "dev",
                    f"to-{there}",
                )
                _ip("-n", PREFIX + here, "link", "set", f"to-{there}", "up")
        yield
    finally:
        _remove()


def cut(one: str, other: str) -> None:
    """Take the line between two hosts away: what `one` sends from now on is swallowed, nobody says so."""
    _ip("-n", PREFIX + other, "link", "set", f"to-{one}", "down")


def heal(one: str, other: str) -> None:
    """Give the line back."""
    _ip("-n", PREFIX + other, "link", "set", f"to-{one}", "up")


def _remove() -> None:
    for host in ADDRESSES:
        subprocess.run(["ip", "netns", "delete", PREFIX + host], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
