"""Codes of skills and occupations across changes of their tables: which stands for which today, and
what it may be stored as."""

from __future__ import annotations

from alliance.advertisements.skills.vocabulary import forms_of
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.reference import queries as reference
from ml.skills import present_codes


async def present_by_level(actor: Actor) -> dict[str, dict[str, str]]:
    """Level of a series → every code of its table → the code that stands for it today."""
    return {
        "skill": present_codes(await reference.skills(actor), clock.today()),
        "occupation": await reference.present_occupations(actor),
    }


async def skill_forms(actor: Actor, code: str) -> list[str] | None:
    """What a skill may be stored as: its code and the retired ones that it stands for; None for no
    skill."""
    if not code:
        return None
    return forms_of(code, present_codes(await reference.skills(actor), clock.today()))


async def occupation_forms(actor: Actor, code: str | None) -> list[str] | None:
    """What an occupation, named by any code it has had, may be stored as; None for no
    occupation."""
    if not code:
        return None
    present = await reference.present_occupations(actor)
    return forms_of(present.get(code, code), present)
