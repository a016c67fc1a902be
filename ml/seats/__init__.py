"""Seat plans: how many seats each programme offers in the coming intakes."""

from ml.seats.model import (
    Aims,
    Hold,
    InfeasibleError,
    Limit,
    Plan,
    Programme,
    Question,
    SeatsError,
)
from ml.seats.progress import Progress
from ml.seats.solve import plan

__all__ = [
    "Aims",
    "Hold",
    "InfeasibleError",
    "Limit",
    "Plan",
    "Programme",
    "Progress",
    "Question",
    "SeatsError",
    "plan",
]
