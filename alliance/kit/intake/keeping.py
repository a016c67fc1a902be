"""Uploaded tables between upload and decision: kept, read once, checked by one worker at a time.

A file is parsed once, in a process of its own; its table is kept beside it until somebody decides,
so that what is stored is what was checked. Whoever begins a step uses one of its tries before
anything can go wrong.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from piccolo.table import Table

from alliance.kit import clock, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import is_lost
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import present_vault
from alliance.kit.language import _
from alliance.kit.lease import Held, Lease, TakenOverError
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets import Limits, SheetError
from alliance.kit.sheets.plain import refuse_at_once
from alliance.kit.sheets.reading import ParserError, read_table

log = logging.getLogger(__name__)

MOST_TRIES: Final = 2
"""So often a table is read: one that twice kills its parser is not tried a third time."""
MOST_BEGINNINGS: Final = 12
"""So often a worker begins a step. One that was killed, or lost the database, says nothing about
the table; what kills every worker ends here."""
EMPTY: Final[dict[str, object]] = {"content": None, "parsed": None}
"""What a table keeps no longer once nobody can take it over."""


class Intake:
    """One kind of table: where its uploads are kept, who checks them, and how large they may be.

    The lease's table has `file_name`, `digest`, `content`, `parsed`, `uploaded`, `uploaded_by` and
    `decided` besides its own columns; `sealed` keeps content and table under the hub's secret.
    """

    def __init__(
        self, table: type[Table], lease: Lease, job: str, limits: Limits, *, sealed: bool = False
    ) -> None:
        self.lease = lease
        self.job = job
        self.limits = limits
        self._table = table
        self._id = table._meta.get_column_by_name("id")
        self._sealed = sealed

    async def take(
        self, actor: Actor, import_id: UUID, file_name: str, content: bytes, **values: object
    ) -> None:
        """Keep an upload with the room's own values, in the open transaction.

        Raises Refusal, at the field `file`, when it is plainly no table.
        """
        try:
            refuse_at_once(content, file_name, self.limits)
        except SheetError as error:
            raise Refusal(error.message(), {"file": error.message()}) from error
        kept: dict[str, Any] = {
            "id": import_id,
            "file_name": file_name,
            "digest": hashlib.sha256(content).hexdigest(),
            "content": self._seal(content),
            "uploaded": clock.now(),
            "uploaded_by": actor.person,
            **values,
        }
        await self._table.insert(self._table(**kept))

    async def queue(self, import_id: UUID) -> None:
        """Have the worker check an upload, in the open transaction."""
        await jobs.enqueue(self.job, {"import": str(import_id)}, priority=jobs.WAITED_FOR)

    async def check(
        self, import_id: UUID, look: Callable[[Held, bytes], Awaitable[Mapping[str, object]]]
    ) -> None:
        """Make the dry run (the worker's entry). What breaks off is tried once more at once.

        `look` makes of the table what the row keeps; what is no readable table it says with a
        SheetError.
        """
        held = await self.lease.claim(import_id)
        if held is None:
            return
        for _try in range(0 if held.spent else MOST_TRIES):
            if await self._ended(held, look):
                return
        await self.give_up(held)

    async def _ended(
        self, held: Held, look: Callable[[Held, bytes], Awaitable[Mapping[str, object]]]
    ) -> bool:
        """One try; False where it broke off."""
        try:
            await self.lease.end(held, "checked", **await look(held, await self.table_of(held)))
        except TakenOverError:
            log.info("checking %s was taken over by another worker, or dropped", held.id)
        except SheetError as error:
            await self.lease.fail(held, kept(error), **EMPTY)
        except Exception as error:
            if is_lost(error):
                raise
            unknown = not isinstance(error, ParserError)
            log.warning("checking %s broke off", held.id, exc_info=unknown)
            return False
        return True

    async def table_of(self, held: Held) -> bytes:
        """The table of a claimed upload, for `kit.sheets.reading.unpacked`; parsed now if it was
        not before.

        Raises SheetError, ParserError, TakenOverError.
        """
        parsed = await self._value(held, "parsed")
        if parsed is not None:
            return self._unseal(parsed)
        content, name = await self._value(held, "content"), await self._value(held, "file_name")
        if content is None:
            raise TakenOverError
        table = await read_table(self._unseal(content), name, self.limits)
        async with DB.acting_for(SYSTEM):
            await self.lease.note(held, parsed=self._seal(table))
        return table

    async def give_up(self, held: Held) -> None:
        """Leave a table alone that broke off too often."""
        name = await self._value(held, "file_name")
        await self.lease.fail(held, kept(SheetError("gave_up", file=name)), **EMPTY)

    async def drop(self, import_id: UUID, *states: str, **values: object) -> None:
        """Forget an upload that waits, is checked or stands in one of these states, in the open
        transaction; `values` is what its room forgets with it.

        Raises Missing, Conflict when it was decided already.
        """
        if await self.lease.stop(
            import_id, "dropped", *states, decided=clock.now(), **EMPTY, **values
        ):
            return
        if not await self._table.exists().where(self._id == import_id):
            raise Missing
        raise Conflict(_("This table is being read, or was taken over or dropped already."))

    async def _value(self, held: Held, name: str) -> Any:
        async with DB.acting_for(SYSTEM):
            found = await self._table.select(name).where(self._id == held.id).first()
        return None if found is None else found[name]

    def _seal(self, content: bytes) -> bytes:
        return present_vault().seal(content) if self._sealed else content

    def _unseal(self, content: bytes) -> bytes:
        return present_vault().unseal(content) if self._sealed else bytes(content)


def kept(error: SheetError) -> str:
    """An error as a row keeps it: code and values, so that every reader gets it in the own
    language."""
    return msgspec.json.encode({"sheet": error.code, "values": error.values}, enc_hook=str).decode()


def error_of(row: Mapping[str, Any]) -> str:
    """Why a table cannot be taken over, in the reader's language; empty when it can."""
    try:
        told = msgspec.json.decode(row["error"] or "")
        return SheetError(told["sheet"], **told["values"]).message()
    except (msgspec.DecodeError, KeyError, TypeError):
        return str(row["error"] or "")
