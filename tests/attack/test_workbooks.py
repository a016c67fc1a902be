"""Uploads that want the hub's memory, its time or its life: refused with a sentence, and whoever reads them lives on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import resource
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook

from alliance.advertisements import importing as advertisements
from alliance.advertisements import imports
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.intake.keeping import error_of
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict
from alliance.kit.sheets import Limits, SheetError
from alliance.kit.sheets.messages import MESSAGES
from alliance.kit.sheets.reading import ParserError, read_table, unpacked
from alliance.kit.sheets.writing import write_csv, write_xlsx
from alliance.programmes import importing, queries
from tests.conftest import SECRET
from tests.programmes.test_importing import HEAD, people
from tests.world import World

ROOT = Path(__file__).parents[2]
GROWTH = 96
"""So many MiB may this process grow while it has bombs read; one of them once took 4.7 GiB."""
WHOLE = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{below};" * 10}">'
    for below, name in zip("abcdefghi", "bcdefghij", strict=True)
)
LAUGHS += "]>"


def workbook(
    change: Callable[[str, bytes], tuple[str, bytes] | None] = lambda name, part: (name, part),
    **more: bytes,
) -> bytes:
    """A small workbook of two rows, each of its parts changed."""
    book = Workbook()
    book.active.append(["学号", "姓名"])
    book.active.append(["1", "测试甲"])
    plain, file = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with (
        zipfile.ZipFile(plain) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            if (changed := change(name, old.read(name))) is not None:
                new.writestr(*changed)
        for name, content in more.items():
            new.writestr(name, content)
    return file.getvalue()


def in_sheet(old: str, new: str, encoding: str = "utf-8") -> bytes:
    """The workbook with something of its sheet replaced."""

    def change(name: str, part: bytes) -> tuple[str, bytes]:
        if name != "xl/worksheets/sheet1.xml":
            return name, part
        text = part.decode().replace(old, new)
        return name, text.encode(
            encoding
        ) if encoding == "utf-8" else f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(
            encoding
        )

    return workbook(change)


def elsewhere() -> bytes:
    """A sheet with merged whole columns that is stored under another name than a sheet's."""

    def change(name: str, part: bytes) -> tuple[str, bytes]:
        if name == "xl/worksheets/sheet1.xml":
            return "hidden/table.bin", part.replace(
                b"</sheetData>", b"</sheetData>" + WHOLE.encode()
            )
        part = part.replace(b"/xl/worksheets/sheet1.xml", b"/hidden/table.bin").replace(
            b"worksheets/sheet1.xml", b"/hidden/table.bin"
        )
        return name, part

    return workbook(change)


def lying(content: bytes) -> bytes:
    """A workbook whose directory says that its sheet unpacks to 100 bytes."""
    place = content.rfind(b"xl/worksheets/sheet1.xml") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    return content[: place + 24] + (100).to_bytes(4, "little") + content[place + 28 :]


def many_parts() -> bytes:
    """A workbook of 50,000 parts."""
    file = io.BytesIO(workbook())
    with zipfile.ZipFile(file, "a") as package:
        for number in range(50_000):
            package.writestr(f"xl/media/{number}", b"")
    return file.getvalue()


def strings(declared: str, text: str) -> bytes:
    """The workbook with a table of strings, the first of which is its first cell."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    related = f'<Relationship Type="{kind}" Target="/xl/sharedStrings.xml" Id="rId99"/></Relationships>'.encode()

    def change(name: str, part: bytes) -> tuple[str, bytes]:
        if name == "xl/worksheets/sheet1.xml":
            return name, part.replace(
                b"<sheetData>", b'<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row>'
            )
        return name, part.replace(b"</Relationships>", related) if name.endswith(
            "workbook.xml.rels"
        ) else part

    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    table = f'<?xml version="1.0"?>{declared}<sst xmlns="{space}">{text}</sst>'
    return workbook(change, **{"xl/sharedStrings.xml": table.encode()})


CELL = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'
BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "merged in double quotes": (lambda: in_sheet("</sheetData>", "</sheetData>" + WHOLE), {"merged_too_large"}),
    "merged in single quotes": (lambda: in_sheet("</sheetData>", "</sheetData>" + WHOLE.replace('"', "'")), {"merged_too_large"}),
    "in UTF-16": (
        lambda: in_sheet("</sheetData>", "</sheetData>" + WHOLE, "utf-16"),
        {"merged_too_large", "not_spreadsheet", "empty"},
    ),
    "a sheet stored elsewhere": (elsewhere, {"merged_too_large", "not_spreadsheet"}),
    "many merged ranges": (
        lambda: in_sheet("</sheetData>", "</sheetData><mergeCells>" + "<mergeCell ref='A1:ZZ700'/>" * 50_000 + "</mergeCells>"),
        {"merged_too_large"},
    ),
    "corners of a sheet": (
        lambda: in_sheet("</sheetData>", f'<row r="1048576">{CELL.format("XFD1048576")}</row></sheetData>'),
        {"too_heavy", "too_many_rows"},
    ),
    "a million columns": (
        lambda: in_sheet("</sheetData>", f'<row r="3">{"".join(CELL.format("") for _ in range(1_000_000))}</row></sheetData>'.replace(' r=""', "")),
        {"too_many_columns", "too_heavy", "not_spreadsheet"},
    ),
    "a zip bomb": (
        lambda: in_sheet("</sheetData>", "</sheetData>" + " " * (81 * 2**20)), {"unpacks_too_large"},
    ),
    "a zip bomb that lies": (
        lambda: lying(in_sheet("</sheetData>", f'<row r="3"><c r="A3" t="inlineStr"><is><t>{"x" * 400_000_000}</t></is></c></row></sheetData>')),
        {"too_heavy", "not_spreadsheet"},
    ),
    "a billion laughs": (lambda: strings(LAUGHS, "<si><t>&j;</t></si>" * 2), {"not_spreadsheet"}),
    "laughs in UTF-16": (
        lambda: in_sheet("<sheetData>", "<sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>&j;</t></is></c></row>", "utf-16"),
        {"not_spreadsheet", "empty", "too_heavy"},
    ),
    "50,000 parts": (many_parts, {"unpacks_too_large"}),
    "text of one field": (lambda: b'a,b\n"' + b"x" * 9_000_000, {"not_spreadsheet"}),
    "text of delimiters": (lambda: b"," * 10_000_000, {"too_many_columns"}),
    "text of lines": (lambda: b",\n" * 5_000_000, {"too_many_rows"}),
    "text of quotation marks": (lambda: b'a,b\n' + b'"' * 9_000_000, {"not_spreadsheet", "empty", "too_many_columns"}),
}  # fmt: skip
HARMLESS: dict[str, Callable[[], bytes]] = {
    "strings by the million": lambda: strings("", "<si><t>x</t></si>" * 3_000_000),
    "a deep nest": lambda: in_sheet(
        "</sheetData>", "</sheetData>" + "<x>" * 500_000 + "</x>" * 500_000
    ),
}
"""Odd files of which either may come: the table that they hold, or a refusal."""


def peak() -> float:
    """The most memory that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def refusal(content: bytes, limits: Limits | None = None) -> str:
    """Why a file is refused; empty when it is read."""
    try:
        unpacked(await read_table(content, "a", limits or Limits()))
    except SheetError as error:
        return error.code if error.code in MESSAGES else f"without a sentence: {error.code}"
    return ""


async def test_no_bomb_grows_this_process_or_goes_without_its_sentence() -> None:
    files = {name: (make(), codes) for name, (make, codes) in BOMBS.items()}
    odd = {name: make() for name, make in HARMLESS.items()}
    before = peak()
    for name, (content, codes) in files.items():
        began = time.monotonic()
        assert len(content) <= Limits().bytes, name
        assert await refusal(content) in codes, name
        assert time.monotonic() - began < 60, name
    for name, content in odd.items():
        assert await refusal(content) in ("", "too_heavy", "not_spreadsheet"), name
    assert peak() - before < GROWTH
    assert unpacked(await read_table(workbook(), "a", Limits())).rows[1] == ["1", "测试甲"], (
        "and what is a table is read as ever"
    )


async def test_a_parser_ends_at_its_limits_of_time_and_memory() -> None:
    table = write_csv(["a", "b"], [["文字" * 20, number] for number in range(19_000)])
    assert await refusal(table) == ""
    assert await refusal(table, Limits(memory=24 * 2**20)) == "too_heavy"
    with pytest.raises((SheetError, ParserError)):
        await read_table(
            b'"' + b'a",b\n"' * 1_500_000, "a", Limits(rows=10**9, cells=10**9, seconds=1)
        )


async def test_a_parser_holds_no_secret_and_opens_neither_file_nor_socket_nor_process() -> None:
    code = (
        "import os, socket, sys; from alliance.kit.sheets import Limits, child; child.confine(Limits(), 20);"
        " print(len(os.environ.keys() - {'LC_CTYPE'}))\n"
        "for attempt in (lambda: open('/etc/hostname'), socket.socket, os.pipe):\n"
        "    try: attempt(); print('opened')\n"
        "    except OSError as error: print(error.errno)\n"
        "print(os.getuid() != 0)\n"
        "try: os._exit(9) if os.fork() == 0 else print('forked')\n"
        "except OSError as error: print(error.errno)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-E",
        "-c",
        code,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _none = await process.communicate()
    assert told.split() == [b"1", b"24", b"24", b"24", b"True", b"11"], (
        "one variable, the path that this test gave"
    )


async def parsers_killed(times: int) -> None:
    """kill -9 so many parsers of this process as soon as they live."""
    killed: set[int] = set()
    while len(killed) < times:
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if (
                    parent == os.getpid()
                    and b"alliance.kit.sheets.child" in (entry / "cmdline").read_bytes()
                    and int(entry.name) not in killed
                ):
                    os.kill(int(entry.name), signal.SIGKILL)
                    killed.add(int(entry.name))
        await asyncio.sleep(0.002)


async def kept(db: Database, import_id: UUID) -> bytes | None:
    async with db.acting_for(SYSTEM):
        return await db.fetch_value("select content from roster_import where id = $1", import_id)


async def test_a_list_that_kills_its_parser_twice_is_not_read_a_third_time(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    import_id = await importing.upload_roster(actor, "名单.xlsx", write_xlsx(HEAD, people()))
    killing = asyncio.create_task(parsers_killed(2))
    await importing.read(vault, import_id)
    await killing
    found = await queries.import_of(actor, import_id)
    assert (found["state"], found["tries"], await kept(db, import_id)) == ("unreadable", 1, None)
    assert "多次中断" in error_of(found)
    await importing.read(vault, import_id)
    assert (await queries.import_of(actor, import_id))["tries"] == 1
    # a worker that was killed, or lost the database, says nothing about the list; what kills every
    # worker is given up at last
    other = await importing.upload_roster(actor, "名单.xlsx", write_xlsx(HEAD, people()))
    async with db.acting_for(SYSTEM):
        await db.fetch(
            "update roster_import set state = 'reading', attempts = 5 where id = $1", other
        )
    await importing.read(vault, other)
    assert (await queries.import_of(actor, other))["state"] == "checked"
    last = await importing.upload_roster(actor, "名单.xlsx", write_xlsx(HEAD, people()))
    async with db.acting_for(SYSTEM):
        await db.fetch(
            "update roster_import set state = 'reading', attempts = 12 where id = $1", last
        )
    await importing.read(vault, last)
    assert (await queries.import_of(actor, last))["state"] == "unreadable"


async def test_advertisements_that_kill_their_parser_twice_fail_for_good(
    db: Database, world: World
) -> None:
    import_id = await advertisements.upload(
        world.planner_centre,
        "招聘.csv",
        write_csv(["发布日期", "单位名称"], [["2026-10-01", "厂"]]),
    )
    killing = asyncio.create_task(parsers_killed(2))
    await advertisements.check(import_id)
    await killing
    await advertisements.check(import_id)
    found = await imports.import_of(world.planner_centre, import_id)
    assert found["state"] == "failed"
    assert "多次中断" in error_of(found)


async def test_a_list_that_is_dropped_while_it_is_read_stays_dropped(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    import_id = await importing.upload_roster(actor, "名单.xlsx", write_xlsx(HEAD, people()))
    reading = asyncio.create_task(importing.read(vault, import_id))
    while (await queries.import_state(actor, import_id))["state"] == "uploaded":
        await asyncio.sleep(0.005)
    await importing.drop_import(actor, import_id)
    await reading
    found = await queries.import_of(actor, import_id)
    assert (found["state"], found["parsed"], await kept(db, import_id)) == ("dropped", None, None)
    # two workers on one list, and three impatient clicks
    twice = await importing.upload_roster(actor, "名单.xlsx", write_xlsx(HEAD, people()))
    await asyncio.gather(importing.read(vault, twice), importing.read(vault, twice))
    assert (await queries.import_of(actor, twice))["state"] == "checked"
    clicks = await asyncio.gather(
        *(importing.confirm_import(actor, vault, twice) for _ in range(3)), return_exceptions=True
    )
    assert [type(answer) for answer in clicks if not isinstance(answer, importing.Imported)] == [
        Conflict,
        Conflict,
    ]


WORK = """
import asyncio, sys
from datetime import timedelta
from alliance.app import wire
from alliance.kit import jobs
from alliance.kit.engine import connect
from alliance.kit.keys.opening import open_vault
from alliance.programmes.jobs import WORK
async def main():
    wire()
    open_vault(sys.argv[2], sys.argv[3])
    await connect(sys.argv[1]).start_connection_pool(min_size=1, max_size=2)
    print("ready", flush=True)
    await jobs.work_until_stopped(sys.argv[1], WORK, heartbeat=timedelta(seconds=2))
asyncio.run(main())
"""


async def worker(dsn: str, keys: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WORK,
        dsn,
        SECRET,
        str(keys),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    assert b"ready" in await process.stdout.readline()
    return process


async def state_of(actor: Any, import_id: UUID, *wanted: str) -> dict[str, Any]:
    for _ in range(8_000):
        row = await queries.import_state(actor, import_id)
        if row["state"] in wanted:
            return row
        await asyncio.sleep(0.005)
    raise AssertionError(f"never {wanted}")


async def test_kill_9_of_a_worker_over_a_list_leaves_it_to_another_one(
    db: Database, dsn: str, world: World, vault: Vault, key_folder: Path
) -> None:
    actor = world.coordinator_centre
    rows = [[*people()[0][:1], f"测试{number}", *people()[0][2:]] for number in range(8_000)]
    import_id = await importing.upload_roster(actor, "名单.csv", write_csv(HEAD, rows))
    first = await worker(dsn, key_folder)
    await state_of(actor, import_id, "reading")
    first.kill()
    await first.wait()
    assert (await queries.import_state(actor, import_id))["state"] == "reading"
    second = await worker(dsn, key_folder)
    assert (await state_of(actor, import_id, "checked", "unreadable")) == {
        "id": import_id,
        "state": "checked",
        "done": 8_001,
        "total": 8_001,
        "tries": 2,
    }
    assert second.returncode is None, "and the worker lives on"
    second.terminate()
    await second.wait()
