"""`python -m ml.skills recognise|score`: find the skills of a table in the texts of a file, without
the hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.skills.evaluate import score
from ml.skills.files import SkillsError, read_labelled, read_skills, read_texts, write_found
from ml.skills.recogniser import Recogniser


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the result was written, 2 when a file is faulty."""
    chosen = _parser().parse_args(arguments)
    try:
        recogniser = _compiled(chosen.skills)
        if chosen.command == "score":
            found = score(recogniser, read_labelled(chosen.text))
            print(
                f"{found.texts} texts, precision {found.precision:.3f}, recall {found.recall:.3f}"
            )
        else:
            # read to the end before anything is written
            texts = read_texts(chosen.text)
            count = write_found(
                chosen.out, ((name, text, recogniser.spans(text)) for name, text in texts)
            )
            print(f"{count} mentions written to {chosen.out}", file=sys.stderr)
    except SkillsError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}:0: file: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _compiled(path: Path) -> Recogniser:
    try:
        return Recogniser(read_skills(path))
    except SkillsError:
        raise
    except ValueError as error:
        raise SkillsError(f"{path}:0: table: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.skills", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text, needed in (
        ("recognise", "find skills and write OUT", "id and text"),
        (
            "score",
            "compare with what a reader found and print precision and recall",
            "id, text and skills (codes separated by |)",
        ),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "--text", type=Path, required=True, help=f"csv with the columns {needed}"
        )
        command.add_argument(
            "--skills",
            type=Path,
            required=True,
            help="csv with the columns code, name_zh, name_en, aliases_zh, …",
        )
        if name == "recognise":
            command.add_argument(
                "--out",
                type=Path,
                required=True,
                help="csv to write: id, start, end, code, status, words",
            )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
