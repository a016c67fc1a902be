"""What the ledger tells gates."""

from __future__ import annotations

from collections.abc import Sequence

from alliance.compliance.facts import Subject
from alliance.ledger.model import Fullness, Stay
from alliance.ledger.queries import fullness
from alliance.regulation import OccupancyFacts


async def tell_occupancy(subjects: Sequence[Subject]) -> list[OccupancyFacts | None]:
    """Interns of all schools on the fullest day of each subject's days, as the ledger stands:
    nothing is added."""
    stays = [
        Stay(host=subject.host, post=subject.post, starts=subject.starts, ends=subject.ends)
        for subject in subjects
    ]
    return [
        None
        if stay.starts is None or stay.ends is None
        else OccupancyFacts(
            host_peak=full.host.interns,
            post_peak=full.post.interns,
            host_peak_on=full.host.day,
            post_peak_on=full.post.day,
        )
        for stay, full in zip(stays, await fullness(stays), strict=True)
    ]


def facts_with(full: Fullness, added_host: int, added_post: int) -> OccupancyFacts:
    """Interns of all schools on the fullest day, and how many would be added."""
    return OccupancyFacts(
        host_peak=full.host.interns,
        post_peak=full.post.interns,
        added_host=added_host,
        added_post=added_post,
    )
