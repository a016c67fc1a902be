"""`python -m ml.matching solve`: match from csv files, without the hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.matching.audit import audit
from ml.matching.files import FaultyFilesError, read_market, write_outcome
from ml.matching.solve import solve


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the outcome was written, 2 when a file is faulty (nothing is written), 1 when the audit disagrees."""
    parser = argparse.ArgumentParser(prog="python -m ml.matching", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser("solve", help="match and write OUT")
    command.add_argument("--students", type=Path, required=True, help="student,preferences (posts by spaces, best first)")
    command.add_argument("--posts", type=Path, required=True, help="post,host,capacity")
    command.add_argument("--hosts", type=Path, required=True, help="host,capacity")
    command.add_argument("--rankings", type=Path, required=True, help="host,student,rank (smaller is better)")
    command.add_argument("--out", type=Path, required=True, help="student,post (empty when unplaced)")
    chosen = parser.parse_args(arguments)
    try:
        files = read_market(chosen.students, chosen.posts, chosen.hosts, chosen.rankings)
    except FaultyFilesError as error:
        print(error, file=sys.stderr)
        return 2
    outcome = solve(files.market)
    if broken := audit(files.market, outcome):
        print("the audit disagrees, nothing was written:", *broken[:20], sep="\n", file=sys.stderr)
        return 1
    try:
        write_outcome(chosen.out, files, outcome)
    except OSError as error:
        print(f"{chosen.out}:0: file: cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    placed = int((outcome.post >= 0).sum())
    left_out = f"; {files.dropped} wishes left out, because the host does not rank the student" if files.dropped else ""
    print(f"{placed} of {files.market.students} students placed{left_out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
