"""Who acts: the person, organisation and role that row security, policy and audit go by."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person in one role of one organisation, or the hub itself."""

    role: str
    person: UUID | None = None
    organisation: UUID | None = None
    account: UUID | None = None
    name: str = ""
    organisation_name: str = ""
    language: str | None = None


SYSTEM = Actor(role="system", name="hub")
"""The hub's own work (worker, sign-in, fixtures): sees every row, and its writes are audited as the
hub's."""
