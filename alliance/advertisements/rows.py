"""The rows of an uploaded table, piece by piece, and what the table holds besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from alliance.advertisements.reading import Advertisement, Known, Problem, Reader, hash_of
from alliance.advertisements.titles.vocabulary import READ, TitleReader
from alliance.kit.sheets import Cell, Header, Sheet, normalise, repeats_heading, unread


class Batch(msgspec.Struct, frozen=True):
    """Readable advertisements of some rows, and their problems."""

    good: tuple[Advertisement, ...]
    problems: tuple[Problem, ...]
    rows: int


def read_rows(
    sheet: Sheet, header: Header, known: Known, today: date, seen: dict[str, int]
) -> Callable[[int, int], Batch]:
    """A function of (first, last) 0-based positions below the heading that reads those rows. `seen`
    remembers across calls: an advertisement that comes again in the same file is taken once; one
    that only shares employer, title, day and place with another is one of its own."""
    filled = list(_filled(sheet, header))

    def read(first: int, last: int) -> Batch:
        reader = Reader(header, known, today)
        good = []
        for number, cells in filled[first:last]:
            found = reader.read(number, cells)
            if found is None:
                continue
            own = f"{found.source}|{found.identity}"
            exact = f"{own}|{found.digest}"
            if exact in seen:
                reader.row = number
                reader.problem("title", "repeated", seen[exact], row=str(seen[exact]))
                continue
            if own in seen:
                # two workshops look for the same trade on the same day: numbers and words differ
                found = msgspec.structs.replace(found, identity=hash_of(own, found.digest))
            seen.setdefault(own, number)
            seen[exact] = number
            good.append(found)
        if known.titles is not None:
            good = _with_occupations(reader, known.titles, good)
        problems = sorted(reader.problems, key=lambda one: one.row)
        return Batch(tuple(good), tuple(problems), len(filled[first:last]))

    return read


def _with_occupations(
    reader: Reader, titles: TitleReader, good: list[Advertisement]
) -> list[Advertisement]:
    """The advertisements, those without a code with what their titles are read as: together, which
    costs a fraction of one by one."""
    places = [place for place, one in enumerate(good) if one.occupation is None]
    found = titles.read([(good[place].title, good[place].text) for place in places])
    for place, reading in zip(places, found, strict=True):
        one = good[place]
        good[place] = msgspec.structs.replace(
            one,
            occupation=reading.occupation,
            occupation_origin=reading.origin,
            occupation_guesses=reading.guesses,
        )
        reader.row = one.row
        if reading.occupation is None:
            reader.problem("occupation", "occupation_missing")
        else:
            reader.problem(
                "occupation",
                "occupation_read" if reading.origin == READ else "occupation_known",
                one.title,
                occupation=reading.occupation,
                name=titles.names.get(reading.occupation, ""),
                chance=reading.percent,
            )
    return good


def filled_rows(sheet: Sheet, header: Header) -> int:
    """How many rows below the heading hold anything."""
    return sum(1 for _row in _filled(sheet, header))


def _filled(sheet: Sheet, header: Header) -> Iterator[tuple[int, list[Cell]]]:
    repeats = repeats_heading(sheet, header)
    for number, cells in sheet.numbered(header.last_row + 1):
        if any(normalise(cell) for cell in cells) and not repeats(number, cells):
            yield number, list(cells)


def unread_columns(sheet: Sheet, header: Header) -> Batch:
    """What the file holds besides its rows, as problems of a piece without rows."""
    return Batch(
        (),
        tuple(
            Problem(
                remark.row,
                remark.column,
                "",
                remark.code,
                {name: str(value) for name, value in remark.values.items()},
            )
            for remark in unread(sheet, header)
        ),
        0,
    )


def chunks(total: int, size: int) -> Iterator[tuple[int, int]]:
    """(first, last) positions of consecutive pieces of at most `size`."""
    for first in range(0, total, size):
        yield first, min(first + size, total)
