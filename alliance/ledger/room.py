"""What the ledger declares."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.ledger import facts, tables

ROOM = Room(
    name="ledger",
    tables=(tables,),
    providers={"occupancy": facts.tell_occupancy},
)
