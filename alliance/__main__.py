"""The command `alliance`: demo, serve, worker, migrate, check, backup, restore, verify and what
belongs to them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. Configuration comes from the environment
    (docs/deployment.md#configuration)."""
    parser = argparse.ArgumentParser(
        prog="alliance", description="The hub of a county's industry-education alliance."
    )
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = choices.add_parser("demo", help="set up and serve the demonstration county")
    demo.add_argument(
        "--reset", action="store_true", help="throw the demonstration's data away and start over"
    )
    demo.add_argument("--no-serve", action="store_true", help="only set up")
    choices.add_parser("serve", help="serve the web application")
    choices.add_parser("worker", help="do background work; start as many as you like")
    choices.add_parser(
        "migrate", help="bring the database to this version and load the reference tables"
    )
    choices.add_parser("check", help="check configuration, database, migrations and translations")
    confirm = choices.add_parser(
        "confirm", help="confirm as operator what needs a second person and has none"
    )
    confirm.add_argument("id", help="the id that the page of second persons shows")
    renew = choices.add_parser(
        "renew-factor", help="let an account whose second step is lost set it up anew, as operator"
    )
    renew.add_argument("login", help="the sign-in name")
    renew.add_argument(
        "--why", required=True, help="who asked and how you made sure; it stays in the audit trail"
    )
    erased = choices.add_parser(
        "apply-erased", help="after a restore: erase again whoever was erased since the backup"
    )
    erased.add_argument(
        "list", nargs="*", help="newer lists of the erased (erased.jsonl) than the key store's own"
    )
    pair = choices.add_parser(
        "backup-key", help="make the pair of keys that backups are encrypted for and opened with"
    )
    pair.add_argument(
        "file", help="where the private key is written, to be moved away from this machine"
    )
    backup = choices.add_parser(
        "backup", help="write two encrypted archives: the database's and the personal keys'"
    )
    backup.add_argument(
        "--data", required=True, metavar="FOLDER", help="where archives of the database go"
    )
    backup.add_argument(
        "--keys",
        required=True,
        metavar="FOLDER",
        help="where archives of the keys go: another place",
    )
    restore = choices.add_parser(
        "restore", help="put a backup in the place of this environment's database and keys"
    )
    restore.add_argument("--data", required=True, metavar="FILE", help="an archive of the database")
    restore.add_argument(
        "--keys",
        required=True,
        metavar="FILE",
        help="an archive of the keys, of the same night or later",
    )
    restore.add_argument(
        "--identity", required=True, metavar="FILE", help="the private key that `backup-key` made"
    )
    restore.add_argument(
        "--erased",
        action="append",
        default=[],
        metavar="FILE",
        help="a newer list of the erased (erased.jsonl)",
    )
    restore.add_argument(
        "--replace", action="store_true", help="also where the database holds people already"
    )
    verify = choices.add_parser("verify", help="check the certificate of a run; needs no database")
    verify.add_argument("file", help="the JSON file that the workbench offers")
    verify = choices.add_parser(
        "verify-access", help="check that nobody changed the log of who read which student's data"
    )
    verify.add_argument(
        "--accept",
        metavar="WHY",
        help="after the database went back in time: go on from what is there",
    )
    described = choices.add_parser(
        "openapi", help="write the OpenAPI document of every route; needs no database"
    )
    described.add_argument("file", nargs="?", default="openapi.json")
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


def _renew_factor(chosen: argparse.Namespace) -> int:
    from alliance.commands import confirming

    return confirming.renew_factor(chosen.login, chosen.why)


def _apply_erased(chosen: argparse.Namespace) -> int:
    from alliance.commands import restoring

    return restoring.apply_erased(chosen.list)


def _backup_key(chosen: argparse.Namespace) -> int:
    from alliance.commands import backing_up

    return backing_up.backup_key(chosen.file)


def _backup(chosen: argparse.Namespace) -> int:
    from alliance.commands import backing_up

    return backing_up.backup(chosen.data, chosen.keys)


def _restore(chosen: argparse.Namespace) -> int:
    from alliance.commands import restoring

    return restoring.restore(
        chosen.data, chosen.keys, chosen.identity, chosen.erased, replace=chosen.replace
    )


def _verify(chosen: argparse.Namespace) -> int:
    from alliance.commands import checking

    return checking.verify(chosen.file)


def _verify_access(chosen: argparse.Namespace) -> int:
    from alliance.commands import checking

    return checking.verify_access(chosen.accept)


def _openapi(chosen: argparse.Namespace) -> int:
    from alliance.commands import describing

    return describing.openapi(chosen.file)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "serve": _serve,
    "worker": _worker,
    "migrate": _migrate,
    "check": _check,
    "confirm": _confirm,
    "renew-factor": _renew_factor,
    "apply-erased": _apply_erased,
    "backup-key": _backup_key,
    "backup": _backup,
    "restore": _restore,
    "verify": _verify,
    "verify-access": _verify_access,
    "openapi": _openapi,
}


if __name__ == "__main__":
    sys.exit(main())
