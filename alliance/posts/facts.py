"""What posts tell the gates: facts of a stored post or of what is being typed."""

from __future__ import annotations

from typing import Any

from stdnum.cn import uscc

from alliance.posts.model import PostDraft
from alliance.regulation import Facts, HostFacts, OccupancyFacts, PostFacts


def facts_of(draft: PostDraft, host: dict[str, Any], post_id: str) -> Facts:
    """Facts of a draft at the enterprise that `queries.peaks` describes.

    What the post asks for counts as added to the interns that are there on the fullest day, up to what it may hold itself.
    """
    return Facts(
        host=HostFacts(
            host=str(host["name"]),
            name=host["name"],
            industry=host["industry"] or "",
            uscc_valid=uscc.is_valid(host["uscc"] or ""),
            staff=host["staff"],
        ),
        post=PostFacts(
            post=post_id,
            host=str(host["name"]),
            kind=draft.kind,
            starts=draft.starts,
            ends=draft.ends,
            wanted_specialties=draft.specialties,
            staff_same_type=draft.staff_same_type,
            hours_per_day=float(draft.hours_per_day),
            days_per_week=draft.days_per_week,
            shift=draft.shift,
        ),
        occupancy=OccupancyFacts(
            host_peak=host["host_peak"] - host["post_peak"],
            post_peak=0,
            added_host=max(draft.head_count, host["post_peak"]),
            added_post=max(draft.head_count, host["post_peak"]),
        ),
    )


def draft_of(row: dict[str, Any]) -> PostDraft:
    """The draft that a stored post (`queries.post`) corresponds to."""
    names = [name for name in PostDraft.__struct_fields__ if name != "specialties"]
    return PostDraft(**{name: row[name] for name in names}, specialties=tuple(row["wanted"]))
