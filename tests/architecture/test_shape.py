"""The house's own rules: schema, row security, translations, sizes, addresses, markup."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from alliance.drift import drift, missing_migrations
from alliance.kit.database import Database
from alliance.kit.language import CATALOGUES, catalogue
from alliance.kit.postgres.embedded import PrivatePostgres
from tests.world import World

ROOT = Path(__file__).parents[2]
KEYWORDS = {
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "C_": ((1, "c"), 2),
    "NC_": ((1, "c"), 2),
}
JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
}


def messages() -> Iterator[tuple[str, str, str | None]]:
    """(where, English source, context) of everything that is shown to people."""
    for path in sorted([*ROOT.glob("alliance/**/*.py")]):
        if "migrations" not in path.parts:
            for line, message, _comments, context in extract_from_file(
                "python", path, keywords=KEYWORDS
            ):
                for text in [message] if isinstance(message, str) else message:
                    yield f"{path.relative_to(ROOT)}:{line}", text, context
    for path in sorted(ROOT.glob("templates/**/*.html")):
        with path.open("rb") as file:
            for line, function, message, _comments in babel_extract(
                file, ("_", "ngettext", "C_"), [], JINJA
            ):
                parts = [message] if isinstance(message, str) else [*(message or ())]
                context = parts.pop(0) if function == "C_" else None
                for text in parts:
                    if isinstance(text, str):
                        yield f"{path.relative_to(ROOT)}:{line}", text, context


def test_no_message_lacks_its_chinese_translation() -> None:
    plurals = {message.id[1] for message in catalogue() if isinstance(message.id, tuple)}
    missing = [
        f"{where} {text!r}"
        for where, text, context in messages()
        if text and text not in plurals and catalogue().get(text, context) is None
    ]
    assert missing == []


def test_no_message_stands_in_two_catalogues() -> None:
    # all are merged into one, so that a second translation would silently change the first one's pages
    found = [
        (message.context, message.id)
        for path in sorted(CATALOGUES.glob("*.po"))
        for message in read_po(path.read_bytes().splitlines(True))
        if message.id
    ]
    assert [text for text, times in Counter(found).items() if times > 1] == []


class _Anything(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return ""


def test_every_message_of_a_template_can_be_filled_in() -> None:
    # templates always fill in, so a lone percent sign breaks a page, in the translation as in the source
    for where, text, context in messages():
        if where.startswith("templates") and text:
            assert isinstance(text % _Anything(), str), where
            translated = catalogue().get(text, context)
            if translated is not None and isinstance(translated.string, str):
                assert isinstance(translated.string % _Anything(), str), translated.string


def test_every_place_of_a_message_stands_in_its_translation() -> None:
    places = re.compile(r"%\((\w+)\)s")
    wrong = []
    for message in catalogue():
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[1]
        translated = message.string if isinstance(message.string, str) else message.string[0]
        if not set(places.findall(translated)) <= set(places.findall(source)) | {
            "count",
            "num",
            "n",
        }:
            wrong.append(source)
    assert wrong == []


async def test_the_migrations_make_what_the_tables_describe(
    db: Database, server: PrivatePostgres
) -> None:
    name = db.config["dsn"].split("/")[3].split("?")[0]
    assert await drift(server.dsn(name, "test_owner")) == []
    assert await missing_migrations() == []


async def test_the_applications_role_owns_nothing_and_cannot_write_what_it_may_only_read(
    db: Database, world: World
) -> None:
    async with db.acting_for(world.coordinator_centre):
        assert (
            await db.fetch(
                "select relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = current_user"
            )
            == []
        )
    for sql in (
        "update audit_entry set action = 'nothing'",
        "delete from audit_entry",
        "insert into occupancy_change (interns) values (1)",
        "update occupancy_change set interns = 0",
        "alter table post disable row level security",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.acting_for(world.coordinator_centre):
                await db.connection().execute(sql)


async def test_outside_of_acting_for_no_row_is_visible(db: Database) -> None:
    assert db.pool is not None
    for table in ("organisation", "student", "post", "account", "placement_round"):
        assert await db.pool.fetchval(f"select count(*) from {table}") == 0, table


async def test_every_table_with_a_policy_stands_in_the_matrix(db: Database, world: World) -> None:
    matrix = (ROOT / "docs" / "row-security.md").read_text()
    async with db.acting_for(world.coordinator_centre):
        tables = await db.fetch("select distinct tablename from pg_policies order by 1")
    assert [row["tablename"] for row in tables if f"`{row['tablename']}`" not in matrix] == []


def test_no_file_is_longer_than_two_rooms() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {len(path.read_text().splitlines())}"
        for folder in ("alliance", "ml", "fixtures")
        for path in ROOT.glob(f"{folder}/**/*.py")
        if "migrations" not in path.parts and len(path.read_text().splitlines()) > 400
    ]
    assert long == []


def test_no_file_names_a_package_registry() -> None:
    names = "|".join(
        (
            "pypi" + r"\.org",
            "npm" + r"js\.(org|com)",
            "pythonhosted" + r"\.org",
            "yarnpkg" + r"\.com",
        )
    )
    found = subprocess.run(
        ["git", "grep", "-nIE", names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.stdout == ""


def test_pages_have_no_inline_script_or_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son(click|change|submit|load)=|javascript:"
    )
    wrong = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("templates/**/*.html")
        if inline.search(path.read_text())
    ]
    assert wrong == []


def test_a_web_process_starts_without_the_libraries_that_only_jobs_need() -> None:
    jobs_only = ["numba", "scipy.stats", "skops", "sklearn", "statsmodels"]
    asked = f"import sys, alliance.commands.serving, alliance.app; print([m for m in {jobs_only} if m in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert told.stdout.strip() == "[]", (
        "import it where it is used: a process that imports for seconds answers nobody"
    )


def test_no_folder_has_more_files_than_a_newcomer_can_name() -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    files = [
        Path(name)
        for name in names
        if (ROOT / name).is_file() and not {"migrations", "locale"} & set(Path(name).parts)
    ]
    folders = Counter(
        path.parent
        for path in files
        if path.parts[0] in ("alliance", "ml", "templates", "fixtures", "tests")
    )
    assert {str(folder): count for folder, count in folders.items() if count > 20} == {}
