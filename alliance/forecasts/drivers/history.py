"""What happened to a driver, in words of the reader."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.forecasts.drivers.forms import KINDS
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, language, number, percent


async def history_of(actor: Actor, driver_id: UUID) -> list[dict[str, Any]]:
    """What happened to a driver, the latest first: when, what, the values before as a page shows
    them."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select at, action, before from audit_entry where subject = $1 and subject_kind = "
            "'demand_driver'"
            " order by id desc limit 20",
            driver_id,
        )
        names = await _names(
            [msgspec.json.decode(row["before"]) for row in rows if row["before"]], driver_id
        )
    return [
        {
            **row,
            "before": {
                name: _shown(name, value, {**names, **_kind(before)})
                for name, value in before.items()
            },
        }
        for row in rows
        for before in (msgspec.json.decode(row["before"] or "{}"),)
    ]


def _kind(before: dict[str, Any]) -> dict[str, str]:
    # what the amounts of then meant
    return {"kind": before["kind"]} if "kind" in before else {}


async def _names(before: list[dict[str, Any]], driver_id: UUID) -> dict[str, str]:
    """What the codes and ids in earlier values are called, and the driver's `kind`."""
    codes = {one.get(name) for one in before for name in ("industry", "town", "member")}
    codes |= {part["occupation"] for one in before for part in one.get("parts", ())}
    chosen = language()
    rows = await DB.fetch(
        f"select code, name_{chosen} as name from occupation where code = any($1)"
        f" union all select code, name_{chosen} from industry where code = any($1)"
        f" union all select code, name_{chosen} from town where code = any($1)"
        " union all select id::text, name from organisation where id::text = any($1)"
        " union all select 'kind', kind from demand_driver where id = $2",
        [code for code in codes if code],
        driver_id,
    )
    return {row["code"]: row["name"] for row in rows}


def _shown(name: str, value: Any, names: dict[str, str]) -> str:
    if value is None or value == "":
        return "–"
    if name == "kind":
        label = KINDS[value]
        return _(label)
    if name == "parts":
        return _("; ").join(_part(part, names) for part in value)
    if name == "probability":
        return percent(value, 0)
    if name == "lasting":
        return _("yes") if value else _("no")
    return names.get(value, value) if isinstance(value, str) else number(value)


def _part(part: dict[str, Any], names: dict[str, str]) -> str:
    who = names.get(part["occupation"], part["occupation"]) or _("all occupations")
    share = names["kind"] == "share"
    middle = percent(part["middle"], 0) if share else number(part["middle"])
    if part["low"] is None:
        return f"{who} {middle}"
    return f"{who} {middle} ({number(part['low'])}–{number(part['high'])})"
