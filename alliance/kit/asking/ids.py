"""Ids by kind: where a function takes ids of two kinds, a call that swaps them does not pass mypy.

Only types: an id is the same UUID in rows, forms and addresses, and becomes one of a kind where it
is read.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

OrganisationId = NewType("OrganisationId", UUID)
PersonId = NewType("PersonId", UUID)
AccountId = NewType("AccountId", UUID)
ClassId = NewType("ClassId", UUID)
StudentId = NewType("StudentId", UUID)
PostId = NewType("PostId", UUID)
PlacementId = NewType("PlacementId", UUID)
RoundId = NewType("RoundId", UUID)
RunId = NewType("RunId", UUID)
