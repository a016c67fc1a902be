"""What the parts of a workbook tell that its values do not: formulas that were never computed,
cells that show an error, sheets that hold something too."""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from alliance.kit.sheets.model import Remark, letters, listed

_CHUNK = 2**20
_SUSPECT = re.compile(rb"<(?:\w+:)?f[ />]|t\s*=\s*[\"']e[\"']")
"""What a sheet holds that has a formula or an error; most have neither and are not parsed twice."""


@dataclass
class _Found:
    """What one sheet holds: rows with a value (counted up to a bound), and by column the rows whose
    cell is read as empty though something stands there."""

    rows: int = 0
    first: int = 0
    formulas: dict[int, list[int]] = field(default_factory=dict)
    errors: dict[int, list[int]] = field(default_factory=dict)
    shown: str = "#N/A"


class _EnoughError(Exception):
    """More rows than anybody needs to be told of."""


def remarks(package: zipfile.ZipFile, read: str, others: Mapping[str, bool]) -> tuple[Remark, ...]:
    """What the sheet `read` holds that has no value, and which `others` (name → hidden) hold
    anything at all."""
    places = places_of(package)
    found: list[Remark] = []
    if (place := places.get(read)) is not None and _is_suspect(package, place):
        sheet = _looked(package, place, 2**31)
        for code, cells in (("formula_empty", sheet.formulas), ("cell_error", sheet.errors)):
            found += [
                Remark(code, rows[0], letters(column), {"rows": listed(rows), "shown": sheet.shown})
                for column, rows in sorted(cells.items())
            ]
    for name, hidden in others.items():
        if (place := places.get(name)) is not None:
            sheet = _looked(package, place, 20_000)
            if sheet.rows:
                code = "sheet_hidden" if hidden else "sheet_unread"
                values = {"sheet": name, "rows": sheet.rows, "read": read}
                found.append(Remark(code, sheet.first, name, values))
    return tuple(found)


def places_of(package: zipfile.ZipFile) -> dict[str, str]:
    """By name of a sheet the part that holds it."""
    book = next((n for n in package.namelist() if n.lower().endswith("xl/workbook.xml")), None)
    if book is None:
        return {}
    folder, name = posixpath.split(book)
    related = {
        one.get("Id"): posixpath.normpath(posixpath.join("/", folder, one.get("Target", "")))[1:]
        for one in ET.fromstring(package.read(f"{folder}/_rels/{name}.rels"))
    }
    known = set(package.namelist())
    found = {}
    for one in ET.fromstring(package.read(book)).iter():
        if one.tag.endswith("}sheet"):
            reference = next((v for k, v in one.attrib.items() if k.endswith("}id")), None)
            if (place := related.get(reference, "")) in known:
                found[one.get("name", "")] = place
    return found


def _is_suspect(package: zipfile.ZipFile, place: str) -> bool:
    tail = b""
    with package.open(place) as part:
        while chunk := part.read(_CHUNK):
            if _SUSPECT.search(tail + chunk) or b"\0" in chunk[:64]:
                return True
            tail = chunk[-64:]
    return False


def _looked(package: zipfile.ZipFile, place: str, most: int) -> _Found:
    """What a sheet holds, up to so many rows with a value."""
    found = _Found()
    row = column = 0
    kind: str | None = None
    formula = valued = inside = counted = False

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, formula, valued, inside, counted
        tag = tag.rpartition(":")[2]
        if tag == "row":
            row = int(attributes.get("r", row + 1))
            column, counted = -1, False
        elif tag == "c":
            reference = attributes.get("r", "")
            column = column_of(reference) if reference else column + 1
            kind, formula, valued = attributes.get("t"), False, False
        elif tag == "f":
            formula = True
        elif tag in ("v", "t"):
            inside = True
            # a formula that gives an empty text has that for its value
            valued = valued or kind == "str"

    def text(told: str) -> None:
        nonlocal valued, counted
        if inside and told.strip():
            valued = True
            if kind == "e":
                found.shown = told.strip()[:12]
            if not counted:
                counted = True
                found.rows += 1
                found.first = found.first or row
                if found.rows > most:
                    raise _EnoughError

    def end(tag: str) -> None:
        nonlocal inside
        tag = tag.rpartition(":")[2]
        if tag in ("v", "t"):
            inside = False
        elif tag == "c" and kind == "e":
            found.errors.setdefault(column, []).append(row)
        elif tag == "c" and formula and not valued:
            found.formulas.setdefault(column, []).append(row)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text
    try:
        with package.open(place) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk)
        parser.Parse(b"", True)
    except _EnoughError:
        pass
    return found


def column_of(reference: str) -> int:
    place = 0
    for letter in reference:
        if not letter.isalpha():
            break
        place = place * 26 + ord(letter.upper()) - ord("A") + 1
    return place - 1
