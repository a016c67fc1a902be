"""What the ledger declares."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.ledger import tables

ROOM = Room(
    name="ledger",
    tables=(tables,),
)
