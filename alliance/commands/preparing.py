"""Brings the database to this version, loads the reference tables, makes the demonstration
county."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import msgspec

from alliance.advertisements.skills.reading import follow_table
from alliance.advertisements.titles.reading import follow_titles
from alliance.commands.ground import (
    APPLICATION,
    DATABASE,
    OWNER,
    application_dsn,
    owner_dsn,
    private,
    running_server,
    say,
)
from alliance.commands.serving import DEMO_FILE
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import connect
from alliance.kit.keys.opening import open_vault
from alliance.kit.postgres import migrate as migrations
from alliance.kit.web import pages
from alliance.members.demonstration import Demonstration, Made, write_down
from alliance.planning.factors.actions import load_factors
from alliance.reference import queries as reference
from alliance.reference.actions import load as load_reference
from alliance.settings import Settings, read_settings

REFERENCE = pages.ROOT / "fixtures" / "reference"


def migrate() -> int:
    """Bring the database to this version."""
    settings = read_settings()
    with running_server(settings):
        prepare_database(settings)
        say("the database is up to date")
    return 0


def prepare_database(settings: Settings) -> None:
    """Make the database of a private server where it is missing, and bring any database to this
    version."""
    if settings.dsn is None:
        asyncio.run(make_database(settings))
    asyncio.run(_migrate(settings))


def prepare_demo(settings: Settings, *, reset: bool) -> None:
    """Make the database of the demonstration where it is missing or is to be thrown away; what an
    interrupted set-up left goes too."""
    mark = settings.home / DEMO_FILE
    if reset:
        say("throwing the old demonstration away")
    if begun_anew := reset or is_unfinished(settings):
        mark.unlink(missing_ok=True)
        asyncio.run(_drop_database(settings))
        open_vault(settings.secret, settings.keys).keys.keep_head(
            ""
        )  # of the access log that went with the database
    prepare_database(settings)
    if begun_anew:
        write_down(mark, Made())


def is_unfinished(settings: Settings) -> bool:
    """Whether parts of the demonstration county are missing, or all of it."""
    made = Demonstration(settings.home / DEMO_FILE).made()
    return made is None or bool(made.missing)


def make_county(settings: Settings) -> None:
    """Make the demonstration county in its prepared database, and write down after each part what
    stands."""
    from fixtures.load import load_county

    say("making the demonstration county (some minutes)")
    mark, made = settings.home / DEMO_FILE, Made()

    def note_part(part: str, offers: list[dict[str, str]]) -> None:
        nonlocal made
        made = Made(offers=offers, done=[*made.done, part])
        write_down(mark, made)

    try:
        asyncio.run(load_county(settings, application_dsn(settings), say, note_part))
        write_down(mark, msgspec.structs.replace(made, finished=True))
    except BaseException:
        write_down(mark, msgspec.structs.replace(made, stopped=True))
        raise


async def make_database(settings: Settings) -> None:
    """Make roles and database of a private server where they are missing."""
    connection = await asyncpg.connect(private(settings).dsn())
    try:
        for role in (OWNER, APPLICATION):
            with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                await connection.execute(f"create role {role} login")
        with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            await connection.execute(f"create database {DATABASE} owner {OWNER}")
    finally:
        await connection.close()


async def _drop_database(settings: Settings) -> None:
    connection = await asyncpg.connect(private(settings).dsn())
    try:
        await connection.execute(f"drop database if exists {DATABASE} with (force)")
    finally:
        await connection.close()


async def _migrate(settings: Settings) -> None:
    dsn = application_dsn(settings)
    role = await _role_of(dsn)
    try:
        await migrations.migrate(
            owner_dsn(settings), role, open_vault(settings.secret, settings.keys)
        )
    except migrations.MigrationError as error:
        # whoever started this reads the sentence, not where in the code it was said
        raise SystemExit(f"The database was not brought to this version: {error}") from error
    engine = connect(dsn)
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        skills = await reference.skills(SYSTEM)
        titles = await reference.labelled_titles(SYSTEM)
        await load_reference(REFERENCE)
        await follow_table(skills)
        await follow_titles(titles)
        await load_factors(REFERENCE / "planning_factors.csv")
    finally:
        await engine.close_connection_pool()


async def _role_of(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval("select current_user"))
    finally:
        await connection.close()
