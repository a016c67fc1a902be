"""`python -m ml.seats plan`: seats of the coming intakes from programmes, needs over paths and
limits, without the hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ml.rows import FaultyFilesError, write_together
from ml.seats.files import read_question, write_plan, write_report
from ml.seats.model import Aims, InfeasibleError, Plan, Question, SeatsError
from ml.seats.reasons import binding
from ml.seats.solve import plan

DONE, FAULTY, INFEASIBLE, NOTHING_FOUND = 0, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when a plan was written, 2 when a file is faulty, 3 when no plan keeps the
    limits (standard error names a smallest set that cannot be kept together), 4 when none was found
    in time."""
    chosen = _parser().parse_args(arguments)
    try:
        aims = Aims(
            chosen.short, chosen.over, chosen.change, chosen.risk, chosen.tail, chosen.joint
        )
        question = read_question(chosen.programmes, chosen.needs, chosen.limits, chosen.uses, aims)
        found = plan(question, seconds=chosen.seconds, gap=chosen.gap)
        write_together(
            (
                (chosen.out, lambda path: write_plan(path, question, found)),
                (
                    chosen.report,
                    lambda path: write_report(path, _report(question, found, chosen.reasons)),
                ),
            )
        )
    except InfeasibleError as error:
        print("no plan keeps these limits together:", file=sys.stderr)
        for one in error.conflict:
            print(f"  {one}", file=sys.stderr)
        return INFEASIBLE
    except (FaultyFilesError, SeatsError) as error:
        print(error, file=sys.stderr)
        return FAULTY
    except TimeoutError as error:
        print(f"{error}; give --seconds more", file=sys.stderr)
        return NOTHING_FOUND
    except OSError as error:
        print(f"{error.filename}:0: file: {error.strerror}", file=sys.stderr)
        return FAULTY
    return DONE


def _report(question: Question, found: Plan, seconds: float) -> dict[str, object]:
    return {
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "seconds": round(found.seconds, 3),
        "complete": found.complete,
        "binding": [
            {
                "resource": one.limit.resource,
                "intake": one.limit.intake,
                "capacity": one.limit.capacity,
                "used": one.used,
                "worth_of_one_more": one.worth,
            }
            for one in binding(question, found, seconds=seconds)
        ],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.seats", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    planned = commands.add_parser("plan", help="plan seats and write OUT and R")
    aims = Aims()
    planned.add_argument(
        "--programmes",
        type=Path,
        required=True,
        help="csv: programme,specialty,school,seats,class_size,least,most,share,opening[,step]",
    )
    planned.add_argument(
        "--needs", type=Path, required=True, help="csv or parquet: specialty,intake,path,need"
    )
    planned.add_argument("--limits", type=Path, help="csv: resource,intake,capacity")
    planned.add_argument("--uses", type=Path, help="csv: programme,resource,per_seat")
    for name, what in (
        ("short", "what a worker too few costs"),
        ("over", "what a worker too many costs"),
        ("change", "what a seat more or fewer than in the intake before costs"),
        ("risk", "weight of the worst paths, 0 to 1"),
        ("tail", "the worst 1 - TAIL of the paths count as the worst"),
    ):
        planned.add_argument(
            f"--{name}", type=float, default=getattr(aims, name), help=f"{what} (%(default)s)"
        )
    planned.add_argument(
        "--joint", action="store_true", help="the worst paths of the sum, not of each specialty"
    )
    planned.add_argument("--out", type=Path, required=True, help="csv: programme,intake,seats")
    planned.add_argument("--report", type=Path, help="json: cost, bound, gap, limits that bind")
    planned.add_argument(
        "--seconds", type=float, default=60.0, help="time for the plan (%(default)s)"
    )
    planned.add_argument(
        "--gap", type=float, default=1e-4, help="a plan so near to the best is enough (%(default)s)"
    )
    planned.add_argument(
        "--reasons", type=float, default=20.0, help="time for the worth of limits (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
