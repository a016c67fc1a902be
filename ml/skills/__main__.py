"""`python -m ml.skills recognise`: find the skills of a table in the texts of a file, without the hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.skills.files import SkillsError, read_skills, read_texts, write_found
from ml.skills.recogniser import Recogniser


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the result was written, 2 when a file is faulty."""
    parser = argparse.ArgumentParser(prog="python -m ml.skills", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser("recognise", help="find skills and write OUT")
    command.add_argument("--text", type=Path, required=True, help="csv with the columns id and text")
    command.add_argument("--skills", type=Path, required=True, help="csv with the columns code, name_zh, name_en, aliases_zh, …")
    command.add_argument("--out", type=Path, required=True, help="csv to write: id, start, end, code, status, words")
    chosen = parser.parse_args(arguments)
    try:
        recogniser = Recogniser(read_skills(chosen.skills))
        count = write_found(chosen.out, ((name, text, recogniser.spans(text)) for name, text in read_texts(chosen.text)))
    except SkillsError as error:
        print(error, file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"{chosen.skills}:0: table: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or chosen.out}:0: file: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{count} mentions written to {chosen.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
