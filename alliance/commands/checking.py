"""What is wrong with this installation; whether a certificate tells the truth."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from alliance.commands.ground import owner_dsn, running_server, say
from alliance.commands.preparing import prepare_database
from alliance.drift import drift
from alliance.kit import pages
from alliance.settings import read_settings
from ml.matching.package import disagreements


def check() -> int:
    """Say what is wrong with this installation, if anything; 1 if something is."""
    settings = read_settings()
    needed = ("vendor/tabler.min.css", "vendor/htmx.min.js")
    problems = [f"{name} is missing: run `make setup`" for name in needed if not (pages.STATIC / name).exists()]
    with running_server(settings):
        prepare_database(settings)
        problems += asyncio.run(drift(owner_dsn(settings)))
    for problem in problems:
        say(f"- {problem}")
    say("nothing wrong" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


def verify(file: str) -> int:
    """Check a certificate against the inputs it carries: 0 confirmed, 1 contradicted, 2 no certificate."""
    try:
        found = disagreements(msgspec.json.decode(Path(file).read_bytes()))
    except OSError as error:
        say(f"{file}: cannot be read: {error.strerror}")
        return 2
    except (ValueError, msgspec.DecodeError) as error:
        say(f"{file}: {error}")
        return 2
    for line in found:
        say(f"- {line}")
    say("confirmed: the outcome is feasible, stable and follows from the inputs" if not found else f"{len(found)} disagreements")
    return 1 if found else 0
