"""`python -m ml.matching solve` and `verify`: match from csv files, and check what was published,
without the hub; `score` and `verify-score`: the greatest total fit instead of stability."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ml.matching.checks.certificate import certificate, choices_of, verify
from ml.matching.checks.confirm import confirmed
from ml.matching.checks.nested import audit_nested
from ml.matching.checks.values import read_value
from ml.matching.files import Files, read_market, read_outcome, write_outcome, write_reasons
from ml.matching.nested import capped
from ml.matching.scored.bound import audit_scored
from ml.matching.scored.fits import FitFiles, certificate_of, check_places, read_fits, write_places
from ml.matching.scored.solving import score
from ml.matching.solve import solve_nested
from ml.rows import FaultyFilesError, write_together


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when written or confirmed, 2 when a file is faulty (nothing is written), 1 when a
    check disagrees."""
    parser = argparse.ArgumentParser(prog="python -m ml.matching", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    solving = commands.add_parser("solve", help="match and write OUT")
    checking = commands.add_parser(
        "verify", help="check OUT, and the certificate if given, against the same files"
    )
    scoring = commands.add_parser("score", help="place for the greatest total fit and write OUT")
    scored = commands.add_parser(
        "verify-score", help="check OUT and its certificate against the same files"
    )
    for command in (solving, checking, scoring, scored):
        command.add_argument(
            "--students",
            type=Path,
            required=True,
            help="student,preferences (posts by spaces, best first)",
        )
        command.add_argument("--posts", type=Path, required=True, help="post,host,capacity")
        command.add_argument("--hosts", type=Path, required=True, help="host,capacity")
        command.add_argument(
            "--out", type=Path, required=True, help="student,post (empty when unplaced)"
        )
        command.add_argument(
            "--certificate",
            type=Path,
            required=command is scored,
            help="what proves the outcome, as JSON",
        )
    for command in (solving, checking):
        command.add_argument(
            "--rankings",
            type=Path,
            required=True,
            help="host,student,rank (smaller is better); optional post: that post's own",
        )
        command.add_argument(
            "--seed",
            type=int,
            default=0,
            help="of the draw between equal ranks at different posts of a host",
        )
    for command in (scoring, scored):
        command.add_argument(
            "--fits",
            type=Path,
            required=True,
            help="student,post,fit (whole numbers, bigger is better)",
        )
    scoring.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        help="relative gap that is good enough; 0 for the greatest total",
    )
    solving.add_argument("--explain", type=Path, help="a reason for every wish")
    chosen = parser.parse_args(arguments)
    if chosen.command == "score" and not 0.0 <= chosen.tolerance < 1.0:
        parser.error("--tolerance must be from 0 to below 1")
    try:
        if chosen.command in ("score", "verify-score"):
            fits = read_fits(chosen.students, chosen.posts, chosen.hosts, chosen.fits)
            return (
                _score(fits, chosen) if chosen.command == "score" else _verify_score(fits, chosen)
            )
        files = read_market(
            chosen.students, chosen.posts, chosen.hosts, chosen.rankings, chosen.seed
        )
        return _solve(files, chosen) if chosen.command == "solve" else _verify(files, chosen)
    except FaultyFilesError as error:
        print(error, file=sys.stderr)
        return 2


def _solve(files: Files, chosen: argparse.Namespace) -> int:
    market = files.cleaned.market
    outcome = solve_nested(market)
    if broken := audit_nested(market, outcome):
        print("the audit disagrees, nothing was written:", *broken[:20], sep="\n", file=sys.stderr)
        return 1
    proof = (
        json.dumps(certificate(files.named, outcome, chosen.seed), ensure_ascii=False, indent=1)
        if chosen.certificate
        else ""
    )
    writers: list[tuple[Path | None, Callable[[Path], object]]] = [
        (chosen.explain, lambda path: write_reasons(path, files, outcome)),
        (chosen.certificate, lambda path: path.write_text(proof + "\n", encoding="utf-8")),
        (chosen.out, lambda path: write_outcome(path, files, outcome)),
    ]
    if not _written(writers):
        return 2
    placed = int((outcome.choice >= 0).sum())
    left_out = (
        f"; {files.dropped} wishes left out, because the host does not rank the student"
        if files.dropped
        else ""
    )
    print(f"{placed} of {market.students} students placed{left_out}", file=sys.stderr)
    return 0


def _written(writers: list[tuple[Path | None, Callable[[Path], object]]]) -> bool:
    try:
        write_together(writers)
    except OSError as error:
        print(f"{error.filename}:0: file: cannot be written: {error.strerror}", file=sys.stderr)
        return False
    return True


def _score(files: FitFiles, chosen: argparse.Namespace) -> int:
    outcome = score(files.market, tolerance=chosen.tolerance)
    if broken := audit_scored(files.market, outcome):
        print("the audit disagrees, nothing was written:", *broken[:20], sep="\n", file=sys.stderr)
        return 1
    writers: list[tuple[Path | None, Callable[[Path], object]]] = [
        (
            chosen.certificate,
            lambda path: path.write_text(certificate_of(files, outcome), encoding="utf-8"),
        ),
        (chosen.out, lambda path: write_places(path, files, outcome)),
    ]
    if not _written(writers):
        return 2
    proved = (
        "proved greatest"
        if outcome.gap == 0.0
        else f"at most {outcome.bound} is possible, gap {outcome.gap:.1e}"
    )
    placed = int((outcome.choice >= 0).sum())
    print(
        f"{placed} of {files.market.students} students placed; total fit {outcome.total}, {proved}",
        file=sys.stderr,
    )
    return 0


def _verify_score(files: FitFiles, chosen: argparse.Namespace) -> int:
    found = check_places(chosen.out, chosen.certificate, files)
    print(*(found or ["confirmed"]), sep="\n", file=sys.stderr)
    return 1 if found else 0


def _verify(files: Files, chosen: argparse.Namespace) -> int:
    """The file is audited, compared with the slow second implementation, and the certificate
    confirmed."""
    placements = read_outcome(chosen.out, files)
    try:
        choice = choices_of(files.named, placements)
        found = audit_nested(files.cleaned.market, capped(files.cleaned.market, choice))
    except ValueError as error:
        found = [str(error)]
    second = confirmed(chosen.students, chosen.posts, chosen.hosts, chosen.rankings, chosen.seed)
    differ = [
        student
        for student, node in placements.items()
        if (node or "post:") != f"post:{second[student]}"
    ]
    found += [
        f"student {student}: the second implementation gives {second[student] or 'nothing'}"
        for student in differ[:20]
    ]
    if chosen.certificate is not None:
        try:
            told = read_value(chosen.certificate)
            found += verify(files.named, told)
        except (OSError, ValueError) as error:
            print(f"{chosen.certificate}:0: file: cannot be read: {error}", file=sys.stderr)
            return 2
        told = told if isinstance(told, dict) else {}
        if told.get("seed") != chosen.seed:
            found.append(f"the certificate is of seed {told.get('seed')}, not {chosen.seed}")
        if told.get("placements") != placements:
            found.append("the certificate is of other placements")
    print(*(found or ["confirmed"]), sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
