"""Piccolo's Postgres engine with transactions that cannot leak a connection, lie about a commit or
forget who acts.

Every use case opens exactly one transaction, in its own function, with `acting_for`:

    async with database.acting_for(actor):
        await DB.change(Post.update({Post.state: "published"}).where(Post.id == post))

Row security reads the five settings made here; outside `acting_for` they are empty and no row is
visible.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self, TypeVar

import asyncpg
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.table import Table

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.language import _
from alliance.kit.postgres import primary
from alliance.kit.postgres.values import Change, compiled, inserting
from alliance.kit.problems import Busy, Conflict, Missing
from alliance.kit.showing import figures
from alliance.kit.showing.slow import SLOW

EXPORTING: ContextVar[bool] = ContextVar("exporting", default=False)
"""Whether what is read now is carried away as a file: row security then leaves out whose data are
restricted."""
RELEASE = 5.0
"""Seconds that a connection has to become free again before it is dropped."""


Eyes = tuple[str, str, str, str, str]
"""What row security reads: person, organisation, role, day, whether a file is made."""
NOBODY: Eyes = ("", "", "", "", "")


class Transaction(PostgresTransaction):
    """Piccolo's transaction, made safe at its end and short of words.

    Upstream keeps the connection when COMMIT fails, reports success when an error swallowed inside
    the block turned COMMIT into ROLLBACK, and treats an inner transaction as nothing at all; here
    an inner one is a savepoint. A round trip costs both sides more than most statements do, so that
    beginning says in the same breath who acts, and ending checks and commits.
    """

    __slots__ = ("_before", "_name", "eyes", "known")
    engine: Database

    def __init__(
        self, engine: Database, allow_nested: bool = True, eyes: Eyes | None = None
    ) -> None:
        super().__init__(engine=engine, allow_nested=allow_nested)
        self.eyes = eyes or NOBODY
        self.known: dict[Hashable, Any] = {}

    async def __aenter__(self) -> Self:
        if (outer := self._outer()) is not None:
            self._name = f"savepoint_{outer.get_savepoint_id()}"
            self._before = outer.eyes
            becomes = self.eyes not in (NOBODY, outer.eyes)
            await outer.connection.execute(
                f"SAVEPOINT {self._name}" + (f"; {_become(self.eyes)}" if becomes else "")
            )
            if becomes:
                outer.eyes = self.eyes
            return self
        self.connection = await self.engine.lend()
        try:
            await self.connection.execute(
                "BEGIN" if self.eyes == NOBODY else f"BEGIN; {_become(self.eyes)}"
            )
        except BaseException:
            # upstream keeps a connection on which BEGIN failed: after as many as the pool has,
            # everybody waits for ever
            await self.engine.take_back(self.connection)
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if (outer := self._outer()) is not None:
            await self._end_inner(outer, failed=error is not None)
            return False
        try:
            if error is not None:
                if not self.connection.is_closed():
                    await self.connection.execute("ROLLBACK")
            else:
                # the first fails, while we can still tell, if the transaction is aborted or a
                # deferred constraint broken
                await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE; COMMIT")
        except BaseException:
            if not self.connection.is_closed() and self.connection.is_in_transaction():
                await self.connection.execute("ROLLBACK")
            raise
        finally:
            self.engine.current_transaction.reset(self.context)
            if self.engine.pool is not None and is_lost(sys.exc_info()[1] or error):
                # the next ones ask anew which server may be written to
                await self.engine.pool.expire_connections()
            await self.engine.take_back(self.connection)
        return False

    def _outer(self) -> Transaction | None:
        assert self._parent is None or isinstance(self._parent, Transaction)
        return self._parent

    async def _end_inner(self, outer: Transaction, *, failed: bool) -> None:
        becomes, outer.eyes = outer.eyes != self._before, self._before
        if failed:
            # what was set since the savepoint goes with the rest
            await outer.connection.execute(
                f"ROLLBACK TO SAVEPOINT {self._name}; RELEASE SAVEPOINT {self._name}"
            )
        else:
            await outer.connection.execute(
                (f"{_become(self._before)}; " if becomes else "")
                + f"RELEASE SAVEPOINT {self._name}"
            )


def is_lost(error: BaseException | None) -> bool:
    """Whether the database went away or did not answer: it says nothing about the work, which may
    be tried again.

    Whether the last statement of the lost connection was done, nobody knows.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError) and "clos" in str(error)
    return isinstance(
        error,
        ConnectionError
        | TimeoutError
        | UnreachableError
        | Busy
        | asyncpg.PostgresConnectionError
        | asyncpg.AdminShutdownError
        | asyncpg.CrashShutdownError
        | asyncpg.CannotConnectNowError
        | asyncpg.TooManyConnectionsError
        # what asyncpg says of a connection that broke in the middle of an answer; of no server that
        # may be written to
        | asyncpg.InternalClientError,
    )


Row = TypeVar("Row", bound=msgspec.Struct)
Answer = TypeVar("Answer")


def containing(words: str) -> str:
    r"""Returns the pattern of `like` for texts that contain these words, whatever signs they have.

    >>> containing(" 100_% ")
    '%100\\_\\%%'
    >>> containing("")
    '%%'
    """
    words = words.strip()
    for sign in ("\\", "%", "_"):
        words = words.replace(sign, "\\" + sign)
    return f"%{words}%"


class UnreachableError(Exception):
    """No connection to the database could be made."""


class Database(PostgresEngine):
    """The engine that every table uses."""

    patience = 10.0
    """Seconds that anybody waits for a free connection."""

    async def check_version(self) -> None:
        """Nothing: upstream connects while the module is imported, before anybody said to which
        server."""

    async def prep_database(self) -> None:
        """Nothing: extensions are made by the migrations."""

    async def start_connection_pool(self, **options: Any) -> None:
        """Open the pool; of several servers in the address, each connection goes to the one that
        may be written to."""
        await super().start_connection_pool(
            connect=primary.connect, init=_noticed, reset=_as_it_is, **options
        )

    async def lend(self) -> Any:
        """A connection of the pool, to be given back; where no pool is open, a new one.

        Raises Busy when none is free within `patience` seconds, UnreachableError when the server
        cannot be reached.
        """
        try:
            if self.pool is None:
                return await self.get_new_connection()
            asked = time.perf_counter()
            connection = await self.pool.acquire(timeout=self.patience)
        except TimeoutError as error:
            figures.none_free()
            raise Busy from error
        except OSError as error:
            # the socket's file is not there, no route, refused: told apart from a file that some
            # work did not find
            raise UnreachableError(str(error)) from error
        figures.lent(time.perf_counter() - asked)
        return connection

    async def take_back(self, connection: Any) -> None:
        """What `lend` gave. A connection that does not become free, or breaks at this moment, is
        dropped: its work is done."""
        if self.pool is None:
            await connection.close()
            return
        figures.given_back()
        try:
            await self.pool.release(connection, timeout=RELEASE)
        except Exception as error:
            if not is_lost(error):
                raise

    def transaction(self, allow_nested: bool = True, eyes: Eyes | None = None) -> Transaction:
        """A transaction, or a savepoint where one is open already; with other eyes until it ends,
        where they are given."""
        return Transaction(self, allow_nested, eyes)

    @asynccontextmanager
    async def acting_for(self, actor: Actor) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """One transaction in which row security shows only what this actor may see; yields its
        connection.

        Inside another `acting_for` it is a savepoint of the same transaction, with the inner
        actor's eyes until it ends.
        """
        outer = self.current_transaction.get()
        async with self.transaction(eyes=_eyes_of(actor)) as transaction:
            yield (outer or transaction).connection

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """As `acting_for`, for what only reads: where the same eyes look already, there is nothing
        to begin and nothing to undo.

        A page that asks several questions puts them into one `reading` and spares the beginnings
        and ends of all but one.
        """
        outer = self.current_transaction.get()
        if isinstance(outer, Transaction) and outer.eyes == _eyes_of(actor):
            yield outer.connection
            return
        async with self.acting_for(actor) as connection:
            yield connection

    async def once(self, question: Hashable, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to what one page asks several times of catalogues that no page changes: the
        open transaction asks once, with each pair of eyes."""
        transaction = self.current_transaction.get()
        if not isinstance(transaction, Transaction):
            return await ask()
        key = (transaction.eyes, question)
        if key not in transaction.known:
            transaction.known[key] = await ask()
        answer: Answer = transaction.known[key]
        return answer

    def connection(self) -> asyncpg.Connection[asyncpg.Record]:
        """The open transaction's connection, for what none of these has words for (COPY). Raises
        RuntimeError outside a transaction, because nothing would be visible there."""
        transaction = self.current_transaction.get()
        if transaction is None:
            raise RuntimeError("no transaction: open one with database.acting_for(actor)")
        connection: asyncpg.Connection[asyncpg.Record] = transaction.connection
        return connection

    async def fetch(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a query in the open transaction, as plain dictionaries."""
        return [dict(row) for row in await self.connection().fetch(sql, *values)]

    async def fetch_as(self, kind: type[Row], sql: str, *values: object) -> list[Row]:
        """Rows of a query in the open transaction, as structs whose fields are its columns.

        `tests/architecture/test_typed_reads.py` compares every statement with its struct. Raises
        TypeError where a column is no field, or a field without default no column.
        """
        return [kind(**row) for row in await self.connection().fetch(sql, *values)]

    async def fetch_one_as(self, kind: type[Row], sql: str, *values: object) -> Row | None:
        """The first row of a query as `fetch_as` gives it, or None."""
        row = await self.connection().fetchrow(sql, *values)
        return None if row is None else kind(**row)

    async def records(self, sql: str, *values: object) -> list[Any]:
        """Rows of a query as they came, by name and by place: for exports, which have tens of
        thousands."""
        return list(await self.connection().fetch(sql, *values))

    async def fetch_one(self, sql: str, *values: object) -> dict[str, Any] | None:
        """The first row of a query in the open transaction, or None."""
        row = await self.connection().fetchrow(sql, *values)
        return None if row is None else dict(row)

    async def fetch_value(self, sql: str, *values: object) -> Any:
        """The first column of the first row of a query in the open transaction."""
        return await self.connection().fetchval(sql, *values)

    async def fetch_alone(self, sql: str, *values: object) -> list[Any]:
        """Rows of one statement outside any transaction, which no row security keeps back. Raises
        RuntimeError where no pool is open."""
        if self.pool is None:
            raise RuntimeError("this needs the pool, which opens with the application")
        connection = await self.lend()
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await self.take_back(connection)

    async def insert(self, *rows: Table) -> None:
        """Add rows to their table; nothing is read back, which who adds them may be forbidden."""
        sql, values = inserting(rows)
        await self.connection().execute(sql, *values)

    async def change(self, change: str | Change, *values: object, expect: int = 1) -> int:
        """Run an update or delete in the open transaction that must touch exactly `expect` rows;
        returns that number.

        Row security makes rows that the actor may not write look as if they were not there, and the
        statement succeeds all the same. Raises Missing when none was touched, Conflict when some
        other number was.
        """
        touched = await self.sweep(change, *values)
        if touched != expect:
            raise (
                Conflict(
                    _("Not all of this could be changed. Nothing was saved; look at it again.")
                )
                if touched
                else Missing()
            )
        return touched

    async def sweep(self, change: str | Change, *values: object) -> int:
        """As `change`, where any number is right, none too; returns how many rows it touched."""
        sql, given = (change, values) if isinstance(change, str) else compiled(change)
        return int((await self.connection().execute(sql, *given)).rpartition(" ")[2])

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """One statement for many rows in the open transaction."""
        await self.connection().executemany(sql, rows)


def _eyes_of(actor: Actor) -> Eyes:
    # the day is the hub's, so that rights which end on a day end for a frozen clock as for a
    # running one
    exports = "yes" if EXPORTING.get() else ""
    return (
        str(actor.person or ""),
        str(actor.organisation or ""),
        actor.role,
        clock.today().isoformat(),
        exports,
    )


def _become(eyes: Eyes) -> str:
    """The statement that shows what these eyes may see until the transaction ends."""
    names = ("person", "organisation", "role", "day", "export")
    return "select " + ", ".join(
        f"set_config('app.{name}', '{value.replace(chr(39), chr(39) * 2)}', true)"
        for name, value in zip(names, eyes, strict=True)
    )


async def _noticed(connection: Any) -> None:
    """Every statement of a new connection is timed."""
    connection.add_query_logger(SLOW.notice)


async def _as_it_is(_connection: Any) -> None:
    """A connection that comes back is as it went: the hub sets nothing, locks nothing and listens
    to nothing beyond a transaction, and one that is still open the pool rolls back itself."""
