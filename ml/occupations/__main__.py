"""`python -m ml.occupations read|evaluate`: read the occupations of titles, and measure how well,
without the hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.occupations.evaluate import by_nearest_title, cross_validated, held_out, report, score
from ml.occupations.files import read_labelled, read_names, read_titles, write_readings
from ml.occupations.reader import Reader
from ml.skills import SkillsError, read_skills


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when all was done, 2 when a file is faulty."""
    chosen = _parser().parse_args(arguments)
    try:
        names, labelled = read_names(chosen.occupations), read_labelled(chosen.labelled)
        skills = read_skills(chosen.skills) if chosen.skills else []
        if chosen.command == "read":
            titles = read_titles(chosen.titles)
            found = Reader(names, labelled, skills).read([document for _id, document in titles])
            told = write_readings(
                chosen.out, zip((name for name, _document in titles), found, strict=True)
            )
            print(f"{told} of {len(titles)} titles have an occupation", file=sys.stderr)
        else:
            asked = read_labelled(chosen.held_out)
            report("cross-validated", score(cross_validated(names, labelled, skills)))
            report("held out", score(held_out(names, labelled, asked, skills)))
            report("nearest title, held out", score(by_nearest_title(names, labelled, asked)))
    except SkillsError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}:0: file: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.occupations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read", help="read the occupations of titles and write OUT")
    read.add_argument("--titles", type=Path, required=True, help="csv with id, title and text")
    read.add_argument("--out", type=Path, required=True, help="csv: id, code, origin, guesses")
    measured = commands.add_parser("evaluate", help="print how well labelled titles are read")
    measured.add_argument(
        "--held-out", type=Path, required=True, help="csv as of --labelled, not learnt from"
    )
    for command in (read, measured):
        command.add_argument(
            "--occupations", type=Path, required=True, help="csv with code and name_zh"
        )
        command.add_argument(
            "--labelled",
            type=Path,
            required=True,
            help="csv with id, title, text and occupations (codes separated by |)",
        )
        command.add_argument("--skills", type=Path, help="table of skills, as ml.skills has it")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
