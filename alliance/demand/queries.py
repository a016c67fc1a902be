"""Every read of runs, series, imports and advertisements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.demand.forecasting import UNKNOWN
from alliance.demand.skills import TEXT
from alliance.demand.staffing import KINDS
from alliance.demand.taxonomy import occupation_forms, present_by_level, skill_forms
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_, _, language
from alliance.kit.problems import Missing
from alliance.reference import queries as reference
from alliance.reference.model import replaced

LEVELS = {
    "total": N_("Whole county"),
    "occupation": N_("Occupation"),
    "industry": N_("Industry"),
    "cell": N_("Occupation in an industry"),
    "skill": N_("Skill"),
}
"""Level of a series → its name."""
SORTS = {
    "name": "coalesce(oc.name_zh, i.name_zh, k.name_zh, s.code)",
    "past": "s.past",
    "coming": "s.coming",
    "change": "s.change",
    "rising": "s.rising",
    "advertisements": "s.advertisements",
}

_RUN = """
select r.id, r.number, r.state, r.step, r.done, r.total, r.attempts, r.error, r.seed, r.configuration, r.data_until, r.first_month,
  r.panel_digest, r.quality, r.scores, r.yearly, r.code, r.card, r.drivers, r.result_digest, length(r.model) as model_size,
  r.requested, r.started, r.finished, r.organisation,
  (select count(*) from forecast_series s where s.run = r.id)::int as series
from forecast_run r
"""
_JSON = ("configuration", "quality", "scores", "yearly", "code", "card", "drivers")
_SERIES = """
from forecast_series s left join occupation oc on oc.code = s.occupation left join industry i on i.code = s.industry
  left join skill k on s.level = 'skill' and k.code = s.code
"""
_NAMES = (
    "oc.name_zh as occupation_zh, oc.name_en as occupation_en, i.name_zh as industry_zh, i.name_en as industry_en,"
    " k.name_zh as skill_zh, k.name_en as skill_en"
)
_SHORT = f"""
select s.id, s.level, s.code, s.occupation, s.industry, s.advertisements, s.past, s.coming, s.coming_low, s.coming_high, s.change,
  s.change_low, s.change_high, s.rising, {_NAMES} {_SERIES}
"""


class SeriesFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of series shows."""

    level: str = ""
    search: str = ""
    sort: str = "coming"
    down: bool = True


class AdvertisementFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of advertisements shows; empty means all. `month` is `2026-10`."""

    search: str = ""
    month: str = ""
    source: str = ""
    occupation: str = ""
    industry: str = ""
    skill: str = ""
    counting: bool = False


def name_of(row: dict[str, Any]) -> str:
    """What a series is called in the reader's language."""
    if row["level"] == "total":
        return _("Whole county")
    chosen = language()
    if row["level"] == "skill":
        return str(row[f"skill_{chosen}"] or row["code"])
    occupation = row[f"occupation_{chosen}"] or (_("occupation not given") if row["occupation"] == UNKNOWN else row["occupation"])
    industry = row[f"industry_{chosen}"] or (_("industry not given") if row["industry"] == UNKNOWN else row["industry"])
    if row["level"] == "cell":
        return f"{occupation} · {industry}"
    return str(occupation if row["level"] == "occupation" else industry)


async def runs(actor: Actor, limit: int = 50) -> list[dict[str, Any]]:
    """Forecast runs, the latest first."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(f"{_RUN} order by r.number desc limit $1", limit)
    return [_opened(row) for row in rows]


async def run_of(actor: Actor, run_id: UUID) -> dict[str, Any]:
    """One run. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_RUN} where r.id = $1", run_id)
    if row is None:
        raise Missing
    return _opened(row)


async def latest_run(actor: Actor) -> dict[str, Any] | None:
    """The latest run that ended well."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_RUN} where r.state = 'done' order by r.number desc limit 1")
    return None if row is None else _opened(row)


async def run_under_way(actor: Actor) -> dict[str, Any] | None:
    """The run that is queued or being done."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_RUN} where r.state in ('queued', 'running') order by r.number desc limit 1")
    return None if row is None else _opened(row)


async def panel_of(actor: Actor, run_id: UUID, *, skills: bool) -> bytes:
    """The panel that a run saw, as its parquet file. Raises Missing."""
    async with DB.acting_for(actor):
        found = await DB.fetch_value(
            f"select {'skill_panel' if skills else 'panel'} from forecast_run where id = $1 and state = 'done'", run_id
        )
    if found is None:
        raise Missing
    return bytes(found)


async def model_of(actor: Actor, run_id: UUID) -> bytes:
    """What a run fitted, as its skops file. Raises Missing."""
    async with DB.acting_for(actor):
        found = await DB.fetch_value("select model from forecast_run where id = $1 and state = 'done'", run_id)
    if found is None:
        raise Missing
    return bytes(found)


async def result_of(actor: Actor, run_id: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    """(level, code, tables by kind) of every series of a run, then of its growth and replacement."""
    async with DB.acting_for(actor):
        rows = await DB.fetch("select level, code, months, years from forecast_series where run = $1", run_id)
        yearly = await DB.fetch("select level, code, ahead from forecast_yearly where run = $1", run_id)
    decode = msgspec.json.decode
    found = [(row["level"], row["code"], {"month": decode(row["months"]), "year": decode(row["years"])}) for row in rows]
    return found + [(row["level"], row["code"], _in_order(decode(row["ahead"]))) for row in yearly]


def _in_order(ahead: dict[str, Any]) -> dict[str, Any]:
    return {kind: ahead[kind] for kind in KINDS}


async def yearly_of(actor: Actor, run_id: UUID, level: str, code: str) -> dict[str, Any] | None:
    """Growth and replacement by year of an occupation, an industry or the county; None where the run found none."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select stock, ahead, rate from forecast_yearly where run = $1 and level = $2 and code = $3", run_id, level, code
        )
    if row is None:
        return None
    decode = msgspec.json.decode
    return {**row, "ahead": _in_order(decode(row["ahead"])), "rate": decode(row["rate"])}


async def yearly_paths(actor: Actor, run_id: UUID) -> bytes:
    """The sample paths of growth and replacement by occupation and year that a run kept; empty where it found none."""
    async with DB.acting_for(actor):
        found = await DB.fetch_value("select yearly_paths from forecast_run where id = $1 and state = 'done'", run_id)
    return bytes(found or b"")


async def year_paths(actor: Actor, run_id: UUID) -> bytes:
    """The sample paths by occupation and year that a run kept. Raises Missing."""
    async with DB.acting_for(actor):
        found = await DB.fetch_value("select year_paths from forecast_run where id = $1 and state = 'done'", run_id)
    if found is None:
        raise Missing
    return bytes(found)


async def series_list(
    actor: Actor, run_id: UUID, wanted: SeriesFilter, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the series of a run and how many there are."""
    order = f"{SORTS.get(wanted.sort, SORTS['coming'])} {'desc' if wanted.down else 'asc'} nulls last"
    where = (
        "s.run = $1 and ($2 = '' or s.level = $2) and ($3 = '%%' or s.code ilike $3 or oc.name_zh ilike $3 or oc.name_en ilike $3"
        " or i.name_zh ilike $3 or i.name_en ilike $3 or k.name_zh ilike $3 or k.name_en ilike $3)"
    )
    values = (run_id, wanted.level, f"%{wanted.search}%")
    async with DB.acting_for(actor):
        total = await DB.fetch_value(f"select count(*) {_SERIES} where {where}", *values)
        rows = await DB.fetch(
            f"{_SHORT} where {where} order by {order}, s.level, s.code limit {int(limit)} offset {int(offset)}", *values
        )
    return [{**row, "name": name_of(row)} for row in rows], int(total)


async def series_of(actor: Actor, run_id: UUID, level: str, code: str) -> dict[str, Any]:
    """One series with history and forecast. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            f"select s.*, {_NAMES} {_SERIES} where s.run = $1 and s.level = $2 and s.code = $3", run_id, level, code
        )
    if row is None:
        raise Missing
    for name in ("months", "years", "parts", "breaks", "changed"):
        row[name] = msgspec.json.decode(row[name])
    return {**row, "name": name_of(row)}


async def movers(actor: Actor, run_id: UUID, least: float = 24, limit: int = 10) -> list[dict[str, Any]]:
    """The occupations that most surely change over the next twelve months, growing ones first: those whose 80 % interval leaves
    out no change before the others, then by change over the interval's width; only those with enough heads."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            f"select * from ({_SHORT} where s.run = $1 and s.level = 'occupation' and s.past >= $2 and oc.code is not null"
            " order by (s.change_low > 0 or s.change_high < 0) desc,"
            " abs(s.change) / greatest(s.change_high - s.change_low, 1e-9) desc, s.code limit $3) t order by t.change desc, t.code",
            run_id,
            least,
            limit,
        )
    return [{**row, "name": name_of(row)} for row in rows]


async def advertisements(
    actor: Actor, wanted: AdvertisementFilter, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int, int]:
    """A page of advertisements with the names of their skills (`skill_names`, and of those which were read in the text:
    `read_in_text`) and the occupation that they count under (`counted_as`), how many there are, the heads of those that count."""
    where, values = _where(wanted, await skill_forms(actor, wanted.skill), await occupation_forms(actor, wanted.occupation))
    base = (
        f"from advertisement a left join unnest(${len(values) + 1}::varchar[], ${len(values) + 2}::varchar[]) as r(old, new)"
        " on r.old = a.occupation left join occupation oc on oc.code = coalesce(r.new, a.occupation)"
        " left join industry i on i.code = a.industry left join town t on t.code = a.town"
    )
    values += replaced(await reference.present_occupations(actor))
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            f"select count(*)::int as n, coalesce(sum(a.heads) filter (where a.duplicate_of is null), 0)::int as heads {base}"
            f" where {where}",
            *values,
        )
        rows = await DB.fetch(
            "select a.*, oc.code as counted_as, oc.name_zh as occupation_zh, oc.name_en as occupation_en, i.name_zh as industry_zh,"
            f" i.name_en as industry_en, t.name_zh as town_zh, t.name_en as town_en {base} where {where}"
            f" order by a.published desc, a.id limit {int(limit)} offset {int(offset)}",
            *values,
        )
    counts = row or {"n": 0, "heads": 0}
    names = await skill_names(actor)
    return [{**one, **_named_skills(one, names)} for one in rows], counts["n"], counts["heads"]


def _named_skills(row: dict[str, Any], names: dict[str, str]) -> dict[str, list[str]]:
    shown = [names.get(skill, skill) for skill in row["skills"]]
    read = [name for name, origin in zip(shown, row["skill_origins"], strict=False) if origin == TEXT]
    return {"skill_names": shown, "read_in_text": read}


async def sources(actor: Actor) -> list[dict[str, Any]]:
    """Where advertisements come from: how many, how many repeat others, first and last day."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select source, count(*)::int as advertisements, count(duplicate_of)::int as repeated, min(published) as first_day,"
            " max(published) as last_day from advertisement group by source order by count(*) desc, source"
        )


async def repeated_of_series(actor: Actor, row: dict[str, Any]) -> int:
    """How many advertisements behind a series repeat others."""
    forms = await skill_forms(actor, row["code"] if row["level"] == "skill" else "")
    async with DB.acting_for(actor):
        return int(
            await DB.fetch_value(
                "select count(*) from advertisement where duplicate_of is not null"
                " and ($1::varchar[] is null or coalesce(occupation, '-') = any($1))"
                " and ($2::text is null or coalesce(left(industry, 3), '-') = $2)"
                " and ($3::varchar[] is null or skills && $3)",
                await occupation_forms(actor, row["occupation"]),
                row["industry"],
                forms,
            )
        )


async def counted_panel(actor: Actor, *, skills: bool) -> list[dict[str, Any]]:
    """The counted panel: heads and advertisements by month × occupation × industry division × source, or by month × skill (code
    and name) × source, retired codes as those that stand for them; repeats do not count."""
    keys, lateral, groups = (
        "coalesce(r.new, a.occupation, '-') as occupation, coalesce(left(a.industry, 3), '-') as industry",
        "left join unnest($1::varchar[], $2::varchar[]) as r(old, new) on r.old = a.occupation",
        "1, 2, 3, 4",
    )
    if skills:
        name = f"coalesce((select k.name_{language()} from skill k where k.code = s.skill), s.skill)"
        keys = f"s.skill, {name} as name"
        lateral = (
            "cross join lateral (select distinct coalesce(r.new, u.skill) as skill from unnest(a.skills) as u(skill)"
            " left join unnest($1::varchar[], $2::varchar[]) as r(old, new) on r.old = u.skill) s"
        )
    async with DB.acting_for(actor):
        return await DB.fetch(
            f"select to_char(a.published, 'YYYY-MM') as month, {keys}, a.source, sum(a.heads)::int as heads, count(*)::int as"
            f" advertisements from advertisement a {lateral} where a.duplicate_of is null group by {groups} order by {groups}",
            *replaced((await present_by_level(actor))["skill" if skills else "occupation"]),
        )


async def skill_names(actor: Actor) -> dict[str, str]:
    """Code → name of every skill in the reader's language."""
    return {skill.code: skill.name_zh if language() == "zh" else skill.name_en for skill in await reference.skills(actor)}


async def heads_by_source(actor: Actor, run: dict[str, Any], row: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the heads of a series came from in the run's last twelve months and in the twelve before."""
    months = [month["month"] for month in run["quality"]["months"]][-24:]
    forms = await skill_forms(actor, row["code"] if row["level"] == "skill" else "")
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select source, coalesce(sum(heads) filter (where to_char(published, 'YYYY-MM') = any($4)), 0)::int as latest,"
            " coalesce(sum(heads) filter (where to_char(published, 'YYYY-MM') = any($5)), 0)::int as before"
            " from advertisement where duplicate_of is null and to_char(published, 'YYYY-MM') = any($4 || $5)"
            " and ($1::varchar[] is null or coalesce(occupation, '-') = any($1))"
            " and ($2::text is null or coalesce(left(industry, 3), '-') = $2) and ($3::varchar[] is null or skills && $3)"
            " group by source order by latest desc, source",
            await occupation_forms(actor, row["occupation"]),
            row["industry"],
            forms,
            months[-12:],
            months[:-12],
        )


async def imports(actor: Actor, limit: int = 100) -> list[dict[str, Any]]:
    """The organisation's imports, the latest first, without their files."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select id, file_name, state, done, total, error, summary, received, uploaded, decided from advertisement_import"
            " order by uploaded desc, id limit $1",
            limit,
        )
    return [{**row, "summary": msgspec.json.decode(row["summary"])} for row in rows]


async def import_of(actor: Actor, import_id: UUID) -> dict[str, Any]:
    """One import without its file. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select id, file_name, state, done, total, error, summary, problems, received, uploaded, decided"
            " from advertisement_import where id = $1",
            import_id,
        )
    if row is None:
        raise Missing
    return {**row, "summary": msgspec.json.decode(row["summary"])}


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: msgspec.json.decode(row[name]) for name in _JSON}}


def _where(wanted: AdvertisementFilter, skills: list[str] | None, occupations: list[str] | None) -> tuple[str, list[object]]:
    parts, values = ["true"], []
    given: list[tuple[str, object]] = []
    if wanted.search:
        given.append(("(a.title ilike {0} or a.enterprise_name ilike {0} or a.text ilike {0})", f"%{wanted.search}%"))
    if wanted.month:
        given.append(("to_char(a.published, 'YYYY-MM') = {0}", wanted.month))
    if wanted.source:
        given.append(("a.source = {0}", wanted.source))
    if wanted.occupation:
        given.append(("coalesce(a.occupation, '-') = any({0}::varchar[])", occupations))
    if wanted.industry:
        given.append(("coalesce(left(a.industry, 3), '-') = {0}", wanted.industry))
    if wanted.skill:
        given.append(("a.skills && {0}::varchar[]", skills))
    for sql, value in given:
        values.append(value)
        parts.append(sql.format(f"${len(values)}"))
    if wanted.counting:
        parts.append("a.duplicate_of is null")
    return " and ".join(parts), values
