"""Zeros before a number that a workbook shows by a format: 123 under "00000" was typed as
00123."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from xml.parsers import expat

from alliance.kit.sheets.parts import column_of, places_of

_CHUNK = 2**20
_ZEROS = re.compile(r"0{2,30}")
"""A format of zeros alone: so many digits are shown, whatever the number."""


def padded(package: zipfile.ZipFile, sheet: str) -> dict[tuple[int, int], str]:
    """What cells of the sheet show with the zeros before their number, by row and column counted
    from 0; nothing of a workbook that has no such format."""
    widths, place = _widths(package), places_of(package).get(sheet)
    if not widths or place is None:
        return {}
    found: dict[tuple[int, int], str] = {}
    row = column = -1
    width = 0
    inside = False
    told = ""

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, width, inside, told
        tag = tag.rpartition(":")[2]
        if tag == "row":
            row, column = int(attributes.get("r", row + 2)) - 1, -1
        elif tag == "c":
            reference = attributes.get("r", "")
            column = column_of(reference) if reference else column + 1
            number = attributes.get("t", "n") == "n"
            width, told = widths.get(attributes.get("s", ""), 0) if number else 0, ""
        elif tag == "v":
            inside = width > 0

    def text(part: str) -> None:
        nonlocal told
        if inside:
            told += part

    def end(tag: str) -> None:
        nonlocal inside
        if tag.rpartition(":")[2] != "v" or not inside:
            return
        inside = False
        figures = told.strip().removesuffix(".0")
        if figures.isascii() and figures.isdigit() and len(figures) < width:
            found[row, column] = figures.zfill(width)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text
    with package.open(place) as part:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk)
    parser.Parse(b"", True)
    return found


def _widths(package: zipfile.ZipFile) -> dict[str, int]:
    """How many digits each style with a format of zeros shows, by the style's place."""
    name = next((n for n in package.namelist() if n.lower().endswith("xl/styles.xml")), None)
    if name is None:
        return {}
    root = ET.fromstring(package.read(name))
    formats = {
        one.get("numFmtId"): len(code)
        for one in root.iter()
        if one.tag.endswith("}numFmt") and _ZEROS.fullmatch(code := one.get("formatCode", ""))
    }
    used = next((one for one in root.iter() if one.tag.endswith("}cellXfs")), ())
    return {
        str(place): formats[style.get("numFmtId")]
        for place, style in enumerate(used)
        if style.get("numFmtId") in formats
    }
