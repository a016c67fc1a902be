"""What the catalogues declare."""

from __future__ import annotations

from alliance.kit.room import Room
from alliance.reference import tables

ROOM = Room(
    name="reference",
    tables=(tables,),
)
