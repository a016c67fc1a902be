"""The yearly audit of minors' data, kept as it was made; and impact assessments."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import COUNTY_TIME, N_, _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.reading import PURPOSES
from alliance.members.model import role_label
from alliance.privacy.model import ASSESSED
from alliance.privacy.register import entries
from alliance.privacy.tables import ImpactAssessment, PrivacyReport

_REQUESTS: Final = (
    "select count(*) from data_request where organisation = $1 and asked between $2 and $4"
)
_BREACHES: Final = "select count(*) from breach where organisation = $1 and known between $2 and $4"
_STUDENTS: Final = "select count(*) from student where school = $1"
_CONSENTS: Final = "select count(*) from consent where organisation = $1"
FIGURES: Final = {
    "students": (N_("Students on record when the report was made"), _STUDENTS),
    "minors": (
        N_("of them under 18 on that day"),
        f"{_STUDENTS} and born > $6::date - interval '18 years'",
    ),
    "guardians": (
        N_("Guardians with an account"),
        "select count(distinct g.guardian) from guardianship g join student s on s.id = g.student "
        "where s.school = $1",
    ),
    "requests": (N_("Requests about data"), _REQUESTS),
    "answered_in_time": (
        N_("of them answered in time"),
        f"{_REQUESTS} and decided is not null and (decided at time zone 'Asia/Shanghai')::date <= "
        "due",
    ),
    "refused": (N_("of them refused in writing"), f"{_REQUESTS} and state = 'refused'"),
    "overdue": (
        N_("of them open beyond the deadline"),
        f"{_REQUESTS} and state in ('asked', 'accepted') and due < $3::date",
    ),
    "consents": (N_("Consents given"), f"{_CONSENTS} and given between $2 and $4"),
    "consents_withdrawn": (
        N_("Consents withdrawn"),
        f"{_CONSENTS} and withdrawn between $2 and $4",
    ),
    "notices_shown": (
        N_("Privacy notices shown"),
        "select count(*) from notice_shown n join person p on p.id = n.person where p.organisation "
        "= $1"
        " and n.shown between $2 and $4",
    ),
    "breaches": (N_("Breaches"), f"{_BREACHES} and state <> 'draft' and not drill"),
    "drills": (N_("Exercises"), f"{_BREACHES} and state <> 'draft' and drill"),
    "deleted": (
        N_("Things deleted by the nights of retention (whole hub)"),
        "select coalesce(sum(items), 0) from retention_run where night between $5 and $3",
    ),
    "assessments": (
        N_("Impact assessments confirmed"),
        "select count(*) from impact_assessment where organisation = $1 and confirmed_on between "
        "$5 and $3",
    ),
}
"""Figure → (what it counts, its one query over organisation $1, moments $2 to $4, days $5 to $3,
today $6)."""


READS: Final = "reads:"
"""What the name of a figure of readings begins with; role and purpose follow."""


def label_of(name: str) -> str:
    """What a figure counts, in the reader's language."""
    if name.startswith(READS):
        role, purpose = name.removeprefix(READS).split(":")
        words = _(PURPOSES[purpose]) if purpose in PURPOSES else purpose
        return _("– by %(role)s: %(purpose)s", role=role_label(role), purpose=words)
    others = {
        "reads": _("Readings of students' data"),
        "columns": _("Columns in the register"),
        "sensitive_columns": _("Columns with sensitive data"),
    }
    return others.get(name) or _(FIGURES[name][0])


async def figures(organisation: UUID, year: int) -> dict[str, int]:
    """The figures of a year as they stand now, each by one query with the hub's eyes; counts only,
    no names."""
    first, last = date(year, 1, 1), min(date(year, 12, 31), clock.today())
    # a year begins and ends in the county, eight hours before it does in UTC
    begins, ends = (datetime(one, 1, 1, tzinfo=COUNTY_TIME) for one in (year, year + 1))
    values = (organisation, begins, last, ends - timedelta(microseconds=1), first, clock.today())
    found = {}
    async with DB.acting_for(SYSTEM):
        for name, (_words, sql) in FIGURES.items():
            # every query gets all six values, so that each is said once
            typed = (
                "with given as (select $1::uuid, $2::timestamptz, $3::date, $4::timestamptz, "
                "$5::date, $6::date)"
            )
            found[name] = int(await DB.fetch_value(f"{typed} {sql}", *values))
        rows = await DB.fetch(
            "select role, purpose, count(*)::int as reads from access_entry where not own and "
            "subject is not null"
            " and (school = $1 or organisation = $1) and at >= $2 and at < $3 group by role, "
            "purpose order by role, purpose",
            organisation,
            begins,
            ends,
        )
    found["reads"] = sum(row["reads"] for row in rows)
    found |= {f"{READS}{row['role']}:{row['purpose']}": row["reads"] for row in rows}
    found["columns"] = len(entries())
    found["sensitive_columns"] = sum(entry.kind == "sensitive" for entry in entries())
    return found


async def keep(actor: Actor, year: int, improved: str) -> UUID:
    """Keep the report of a year that is over, with what was improved.

    Raises Refusal for a year that is not over. The second one of a year comes back as its
    constraint's sentence.
    """
    assert actor.organisation is not None
    if not improved.strip():
        raise Refusal(_("Write what was improved."), {"improved": _("Fill this in.")})
    if clock.today() <= date(year, 12, 31):
        raise Refusal(
            _(
                "%(year)s is not over yet: its report is kept from 1 January on, once and for "
                "good.",
                year=year,
            )
        )
    told = await figures(actor.organisation, year)
    content, report = msgspec.json.encode(told, order="sorted"), uuid4()
    async with DB.acting_for(actor):
        await DB.insert(
            PrivacyReport(
                id=report,
                organisation=actor.organisation,
                year=year,
                figures=content.decode(),
                improved=improved.strip(),
                sha256=hashlib.sha256(content).hexdigest(),
                made=clock.now(),
                made_by=actor.person,
            )
        )
        await audit.record(actor, "keep_report", "report", report, after={"year": year})
    return report


async def kept(actor: Actor) -> list[dict[str, Any]]:
    """The reports that the actor may see, the latest year first, figures decoded."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select r.*, o.name as organisation_name from privacy_report r join organisation o on "
            "o.id = r.organisation"
            " order by r.year desc, o.name"
        )
    return [{**row, "figures": _in_order(msgspec.json.decode(row["figures"]))} for row in rows]


def _in_order(kept: dict[str, int]) -> dict[str, int]:
    """Figures as the page of the year has them: a figure that begins with "of them" follows the one
    that it is part of."""
    known = [*FIGURES, "reads"]
    return {
        name: kept[name]
        for name in sorted(
            kept, key=lambda name: (known.index(name) if name in known else len(known), name)
        )
    }


async def assess(
    actor: Actor,
    *,
    title: str,
    about: str,
    purpose: str,
    risks: str,
    measures: str,
    conclusion: str,
) -> UUID:
    """Write an impact assessment; somebody else confirms it."""
    if about not in ASSESSED:
        raise Refusal(_("Choose one of the list."), {"about": _("Choose one of the list.")})
    assessment = uuid4()
    async with DB.acting_for(actor):
        await DB.insert(
            ImpactAssessment(
                id=assessment,
                organisation=actor.organisation,
                title=title,
                about=about,
                purpose=purpose,
                risks=risks,
                measures=measures,
                conclusion=conclusion,
                state="draft",
                made=clock.now(),
                made_by=actor.person,
            )
        )
        await audit.record(
            actor, "write_assessment", "assessment", assessment, after={"about": about}
        )
    return assessment


async def confirm_assessment(actor: Actor, assessment: UUID) -> None:
    """Confirm what another wrote; it is kept for three years from today (PIPL art. 56)."""
    today = clock.today()
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select state, made_by from impact_assessment where id = $1 for update", assessment
        )
        if row is None:
            raise Missing
        if row["state"] != "draft":
            raise Conflict(_("This was confirmed already. Look again."))
        if row["made_by"] == actor.person:
            raise Refusal(_("Somebody else confirms what you wrote."))
        done = await DB.fetch_value(
            "update impact_assessment set state = 'confirmed', confirmed_on = $2, confirmed_by = "
            "$3,"
            " keep_until = ($2::date + interval '3 years')::date where id = $1 returning id",
            assessment,
            today,
            actor.person,
        )
        if done is None:
            raise Missing
        await audit.record(actor, "confirm_assessment", "assessment", assessment)


async def assessments(actor: Actor) -> list[dict[str, Any]]:
    """The assessments that the actor may see, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select a.*, o.name as organisation_name from impact_assessment a join organisation o "
            "on o.id = a.organisation"
            " order by a.made desc, a.id"
        )
