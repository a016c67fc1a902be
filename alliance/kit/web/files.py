"""Files in and out: uploads within limits, downloads under a name in any script."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from litestar.datastructures import UploadFile
from litestar.response import Response

from alliance.kit.forms import one_line
from alliance.kit.language import _
from alliance.kit.problems import Refusal
from alliance.kit.sheets import Cell
from alliance.kit.sheets.writing import write_csv, write_xlsx

LARGEST_UPLOAD = 10 * 2**20
UPLOADS = LARGEST_UPLOAD + 2**20
"""Largest request that brings a file: the file, and room for the form around it."""
LONGEST_NAME = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


async def read_upload(sent: object, largest: int = LARGEST_UPLOAD) -> tuple[str, bytes]:
    """Name and content of an uploaded file of at most so many bytes; raises Refusal when none was
    chosen, or it is empty or too large."""
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Refusal(_("Choose a file first."), {"file": _("Choose a file first.")})
    content = await sent.read(largest + 1)
    if not content:
        sentence = _("The file is empty.")
    elif len(content) > largest:
        sentence = _(
            "The file is larger than %(limit)s MB. Split it into several files.",
            limit=largest // 2**20,
        )
    else:
        return file_name(sent.filename), content
    raise Refusal(sentence, {"file": sentence})


def file_name(name: str) -> str:
    r"""The name as a disk and a header take it: without folders, line breaks and control
    characters.

    >>> file_name("C:\\名单\r\n九月.xlsx")
    '名单 九月.xlsx'
    """
    last = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    return last if len(last) <= LONGEST_NAME else f"{last[: LONGEST_NAME - 20]}…{last[-19:]}"


def download(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """A file for the reader's disk; the name may be Chinese (RFC 6266)."""
    name = (
        one_line(name).replace("/", "_") or "file"
    )  # some were kept before they were cleaned on the way in
    plain = (
        name.encode("ascii", "replace")
        .decode()
        .replace("?", "_")
        .replace('"', "_")
        .replace("\\", "_")
    )
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": (
                f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
            ),
            "cache-control": "no-store",
        },
    )


async def table(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], name: str, form: str = "xlsx"
) -> Response[bytes]:
    """A table for the reader's disk as the file that was asked for: csv, else a workbook.

    It is written beside the loop, so that other pages are answered meanwhile; rows that a generator
    makes are made there too.
    """
    if form == "csv":
        return download(await asyncio.to_thread(write_csv, heads, rows), f"{name}.csv", CSV)
    return download(await asyncio.to_thread(write_xlsx, heads, rows), f"{name}.xlsx", XLSX)
