"""The command `alliance`: demo, serve, worker, migrate, check, verify, verify-access."""

from __future__ import annotations

import argparse
import sys

from alliance import commands


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
    verify = choices.add_parser("verify", help="check the certificate of a run; needs no database")
    verify.add_argument("file", help="the JSON file that the workbench offers")
    choices.add_parser("verify-access", help="check that nobody changed the log of who read which student's data")
    chosen = parser.parse_args(arguments)
    if chosen.command == "verify":
        return commands.verify(chosen.file)
    if chosen.command == "demo":
        return commands.demo(reset=chosen.reset, serve_too=not chosen.no_serve)
    return {
        "serve": commands.serve,
        "worker": commands.worker,
        "migrate": commands.migrate,
        "check": commands.check,
        "verify-access": commands.verify_access,
    }[chosen.command]()


if __name__ == "__main__":
    sys.exit(main())
