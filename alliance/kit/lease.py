"""Work that one worker does at a time, on a row that says how far it is.

    RUNS = Lease(MatchingRun, "run", waiting="queued", working="running")

    held = await RUNS.claim(run_id, step="freeze")
    if held is not None:
        async with RUNS.working_on(held):
            await RUNS.progress(held, 10, 200, step="match")
            async with DB.acting_for(SYSTEM):
                await RUNS.keep(held)
                ...  # write what the work brought
                await RUNS.end(held, "done")

A worker that died is replaced, and the work begins again. Each beginning counts `attempts` up, so
that a worker that was thought dead and comes back writes nothing any more. Pages that read `topic`
hear of every step.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
from piccolo.query.methods.update import Update
from piccolo.table import Table

from alliance.kit import clock, feed
from alliance.kit.actors import SYSTEM
from alliance.kit.database import is_lost
from alliance.kit.engine import DB
from alliance.kit.problems import Refusal

log = logging.getLogger(__name__)


OPTIONAL = {"step", "tries", "started", "finished"}


class TakenOverError(Exception):
    """Another worker has begun this work again, or somebody stopped it: nothing of it is
    written."""


class Held(msgspec.Struct, frozen=True):
    """A worker's hold on a row. `spent` says that it was begun too often to be tried once more."""

    id: UUID
    attempt: int
    tries: int
    spent: bool


class Lease:
    """One kind of work: the table that has it, and the states through which a worker moves a row.

    The table has `id`, `state`, `attempts`, `done`, `total` and `error`; `step`, `tries`, `started`
    and `finished` are kept where it has them.
    """

    def __init__(
        self,
        table: type[Table],
        topic: str,
        *,
        waiting: str,
        working: str,
        failed: str = "failed",
        most_tries: int | None = None,
    ) -> None:
        self._table = table
        self._topic = topic
        self._waiting, self._working, self._failed = waiting, working, failed
        self._most_tries = most_tries
        self._names = {column._meta.name for column in table._meta.columns}
        # a table without one of these fails here, when the hub is imported
        self._id, self._state, self._attempts, *_rest = (
            table._meta.get_column_by_name(name)
            for name in ("id", "state", "attempts", "done", "total", "error")
        )

    def topic(self, work: UUID) -> str:
        """What the feed says when the row has moved on."""
        return f"{self._topic}:{work}"

    async def claim(self, work: UUID, step: str = "") -> Held | None:
        """Begin what waits, or what another worker left; None where there is nothing to begin."""
        counts = {name for name in ("attempts", "tries") if name in self._names}
        columns: dict[str, Any] = {
            name: self._table._meta.get_column_by_name(name) for name in counts
        }
        async with DB.acting_for(SYSTEM):
            rows = (
                await self._update(
                    state=self._working,
                    step=step,
                    done=0,
                    total=0,
                    error=None,
                    started=clock.now(),
                    **{name: column + 1 for name, column in columns.items()},
                )
                .where(self._id == work, self._state.is_in([self._waiting, self._working]))
                .returning(*columns.values())
            )
            await feed.say(self.topic(work))
        if not rows:
            return None
        tries = rows[0].get("tries", rows[0]["attempts"])
        spent = self._most_tries is not None and tries > self._most_tries
        return Held(work, rows[0]["attempts"], tries, spent)

    async def progress(self, held: Held, done: int, total: int, *, step: str = "") -> None:
        """Write how far the work is, at once, even where a transaction is open around it.

        Raises TakenOverError.
        """
        apart = contextvars.copy_context()
        apart.run(DB.current_transaction.set, None)
        await asyncio.create_task(self._progress(held, done, total, step), context=apart)

    async def _progress(self, held: Held, done: int, total: int, step: str) -> None:
        async with DB.acting_for(SYSTEM):
            await self.note(held, step=step, done=done, total=total)

    async def keep(self, held: Held) -> None:
        """Lock the row until the open transaction ends, so that its result is written once.

        Raises TakenOverError.
        """
        found = await self._table.select(self._id).where(*self._is_held(held)).lock_rows("UPDATE")
        if not found:
            raise TakenOverError

    async def note(self, held: Held, **values: object) -> None:
        """Write values of work that goes on, in the open transaction. Raises TakenOverError."""
        moved = await self._update(**values).where(*self._is_held(held)).returning(self._id)
        if not moved:
            raise TakenOverError
        await feed.say(self.topic(held.id))

    async def end(self, held: Held, state: str, **values: object) -> None:
        """Leave the row in `state` with these values, in the open transaction if there is one.

        Raises TakenOverError.
        """
        async with DB.acting_for(SYSTEM):
            await self.note(held, state=state, finished=clock.now(), **values)

    async def fail(self, held: Held, error: str, **values: object) -> None:
        """Keep why the work failed; nothing is written where it was taken over or stopped."""
        with contextlib.suppress(TakenOverError):
            await self.end(held, self._failed, error=error, **values)

    @contextlib.asynccontextmanager
    async def working_on(self, held: Held) -> AsyncIterator[None]:
        """Do the work inside: what it raises becomes the row's error, but for a lost database.

        Being taken over ends it quietly.
        """
        try:
            yield
        except TakenOverError:
            log.info("%s was taken over by another worker, or stopped", self.topic(held.id))
        except Exception as error:
            if is_lost(error):
                raise
            log.exception("%s failed", self.topic(held.id))
            reason = error.sentence if isinstance(error, Refusal) else _named(error)
            await self.fail(held, reason)

    async def stop(self, work: UUID, state: str, *others: str, **values: object) -> bool:
        """Leave in `state`, in the open transaction, what waits, is worked on or stands in another
        state; returns whether it did."""
        moved = (
            await self._update(state=state, finished=clock.now(), **values)
            .where(self._id == work, self._state.is_in([self._waiting, self._working, *others]))
            .returning(self._id)
        )
        await feed.say(self.topic(work))
        return bool(moved)

    async def wait_again(self, work: UUID) -> bool:
        """Let failed work wait once more, in the open transaction; returns whether it had
        failed."""
        moved = (
            await self._update(state=self._waiting, step="waiting", error=None)
            .where(self._id == work, self._state == self._failed)
            .returning(self._id)
        )
        await feed.say(self.topic(work))
        return bool(moved)

    def _is_held(self, held: Held) -> tuple[Any, ...]:
        return (
            self._id == held.id,
            self._attempts == held.attempt,
            self._state == self._working,
        )

    def _update(self, **values: object) -> Update[Any]:
        # what a table does not keep of the moments and steps of its work is left out
        left_out = OPTIONAL - self._names
        kept: dict[Any, Any] = {
            name: value for name, value in values.items() if name not in left_out
        }
        return self._table.update(kept)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
