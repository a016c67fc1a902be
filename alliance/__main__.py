"""The command `alliance`: demo, serve, worker, migrate, check, confirm, apply-erased, verify, verify-access."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. Configuration comes from the environment (see README.md)."""
    parser = argparse.ArgumentParser(prog="alliance", description="The hub of a county's industry-education alliance.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = choices.add_parser("demo", help="set up and serve the demonstration county")
    demo.add_argument("--reset", action="store_true", help="throw the demonstration's data away and start over")
    demo.add_argument("--no-serve", action="store_true", help="only set up")
    choices.add_parser("serve", help="serve the web application")
    choices.add_parser("worker", help="do background work; start as many as you like")
    choices.add_parser("migrate", help="bring the database to this version and load the reference tables")
    choices.add_parser("check", help="check configuration, database, migrations and translations")
    confirm = choices.add_parser("confirm", help="confirm as operator what needs a second person and has none")
    confirm.add_argument("id", help="the id that the page of second persons shows")
    erased = choices.add_parser("apply-erased", help="after a restore: erase again whoever was erased since the backup")
    erased.add_argument("list", nargs="*", help="newer lists of the erased (erased.jsonl) than the key store's own")
    verify = choices.add_parser("verify", help="check the certificate of a run; needs no database")
    verify.add_argument("file", help="the JSON file that the workbench offers")
    choices.add_parser("verify-access", help="check that nobody changed the log of who read which student's data")
    chosen = parser.parse_args(arguments)
    return _COMMANDS[chosen.command](chosen)


# each imports what it needs: the supervisor of `serve` and `demo` must be small and quick to start


def _demo(chosen: argparse.Namespace) -> int:
    from alliance.commands import serving

    return serving.demo(reset=chosen.reset, serve_too=not chosen.no_serve)


def _serve(_chosen: argparse.Namespace) -> int:
    from alliance.commands import serving

    return serving.serve()


def _worker(_chosen: argparse.Namespace) -> int:
    from alliance.commands import serving

    return serving.worker()


def _migrate(_chosen: argparse.Namespace) -> int:
    from alliance.commands import preparing

    return preparing.migrate()


def _check(_chosen: argparse.Namespace) -> int:
    from alliance.commands import checking

    return checking.check()


def _confirm(chosen: argparse.Namespace) -> int:
    from alliance.commands import confirming

    return confirming.confirm(chosen.id)


def _apply_erased(chosen: argparse.Namespace) -> int:
    from alliance.commands import restoring

    return restoring.apply_erased(chosen.list)


def _verify(chosen: argparse.Namespace) -> int:
    from alliance.commands import checking

    return checking.verify(chosen.file)


def _verify_access(_chosen: argparse.Namespace) -> int:
    from alliance.commands import checking

    return checking.verify_access()


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "serve": _serve,
    "worker": _worker,
    "migrate": _migrate,
    "check": _check,
    "confirm": _confirm,
    "apply-erased": _apply_erased,
    "verify": _verify,
    "verify-access": _verify_access,
}


if __name__ == "__main__":
    sys.exit(main())
