"""Sections of a file as forms, and their values as words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from alliance.evidence.actions import Paper
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _, day, language, number
from alliance.members.model import role_label
from alliance.placements.declaring import Declared, for_another, unproven
from alliance.placements.model import FIELDS, PLACEMENT_STATES, Field, Section
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS, Text

Options = dict[str, Sequence[tuple[str, str]]]
"""Field → (person, name) of those who may be chosen."""
Value = date | Decimal | UUID | str | bool | list[str] | dict[str, str] | None
"""What one field of a file may hold."""


def read_values(
    form: Form, fields: Sequence[Field], people: Options, *, many: bool
) -> dict[str, Value]:
    """Column → value of a sent form; with `many` files at once an empty field leaves the files as
    they are."""
    values: dict[str, Value] = {}
    for field in fields:
        value = _read(form, field, people)
        if not (many and value in (None, "", [], {}, False)):
            values[field.name] = value
    return values


def _read(form: Form, field: Field, people: Options) -> Value:
    name = field.name
    if field.kind == "day":
        found = form.day(name, required=False)
        if field.done and found is not None and found > clock.today():
            form.error(name, _("This day lies ahead; record it when it is done."))
        return found
    if field.kind == "plan":
        texts = {
            code: form.lines(f"plan-{code}", most=field.most, required=False)
            for code in PLAN_FIELDS
        }
        return {code: text for code, text in texts.items() if text}
    if field.kind == "number":
        return form.decimal(name, least=0, most=field.most, places=1, required=False)
    if field.kind == "text":
        read = (
            form.lines if field.most > 300 else form.text
        )  # as the page shows a text area or a line
        return read(name, most=field.most, required=False)
    if field.kind == "flag":
        return form.ticked(name)
    if field.kind == "codes":
        return form.choices(name, AGREEMENT_ITEMS) or None
    if not form.value(name):
        return None
    if field.kind == "yesno":
        return form.choice(name, ("yes", "no")) == "yes"
    if field.kind == "person":
        chosen = form.choice(name, [person for person, _name in people.get(name, ())])
        return form.identifier(name) if chosen else None
    return form.choice(name, tuple(field.options or ()))


def shown_form(section: Section, row: Mapping[str, Any]) -> Form:
    """A form with the present values of a section."""
    values: dict[str, Any] = {}
    for field in section.fields:
        value = row[field.name]
        if field.kind == "plan":
            values |= {f"plan-{code}": value.get(code, "") for code in PLAN_FIELDS}
        elif field.kind == "yesno":
            values[field.name] = "" if value is None else "yes" if value else "no"
        else:
            values[field.name] = value
    return Form.showing(values)


def in_words(field: Field, row: Mapping[str, Any]) -> str:
    """A column's value as a reader sees it; empty where nothing is recorded."""
    value = row[field.name]
    if value is None or value in ("", [], {}):
        return ""
    if field.kind == "person":
        return str(row[f"{field.name}_name"] or _("named"))
    if field.kind in ("yesno", "flag"):
        return _("yes") if value else "" if field.kind == "flag" else _("no")
    if field.kind == "codes":
        return _(
            "%(n)s of %(m)s",
            n=len([code for code in value if code in AGREEMENT_ITEMS]),
            m=len(AGREEMENT_ITEMS),
        )
    if field.kind == "plan":
        filled = [code for code in PLAN_FIELDS if value.get(code, "").strip()]
        return _("%(n)s of %(m)s", n=len(filled), m=len(PLAN_FIELDS))
    if field.name == "agreement_text":
        return _("%(n)s characters", n=number(len(value)))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        return number(value, 1 if value % 1 else 0)
    return _(field.options[value]) if field.options else str(value)


class Said(msgspec.Struct, frozen=True):
    """What one person typed into a section on one day, in words."""

    words: str
    for_another: bool
    """A signature or approval of a party that has not typed it itself."""


def declarations(section: Section, row: Mapping[str, Any]) -> list[Said]:
    """Who typed what of a section and when, signatures typed for somebody else last."""
    told: dict[tuple[bool, date, str], list[str]] = {}
    for field in section.fields:
        said: Declared | None = row["declared"].get(field.name)
        if said is not None and in_words(field, row):
            who = row["declarers"].get(said.person) or role_label(said.role) or _("the hub")
            key = (for_another(field.name, said), said.on, who)
            told.setdefault(key, []).append(_(field.label))
    return [
        Said(
            (
                _("Typed by %(who)s on %(day)s, not by whoever signed: %(fields)s.")
                if another
                else _("Typed by %(who)s on %(day)s: %(fields)s.")
            )
            % {"who": who, "day": day(on), "fields": _(", ").join(labels)},
            another,
        )
        for (another, on, who), labels in sorted(told.items())
    ]


def proof_words(paper: Paper, bringers: Mapping[UUID, str]) -> str:
    """Who says that a document proves which columns, and since when; empty where it speaks for its
    whole section."""
    if not paper.proves:
        return ""
    return _(
        "Proves, as %(who)s says on %(day)s: %(fields)s",
        who=bringers.get(paper.id) or _("the hub"),
        day=day(paper.uploaded),
        fields=labels_of(paper.proves),
    )


def lacking_words(section: Section, row: Mapping[str, Any]) -> str:
    """What of a declared section no document shows, in words."""
    open_ones = unproven(section.code, row, row["proven"])
    if not open_ones:
        return _("No document shows it yet; attach the signed paper or the proof.")
    return _(
        "No document shows yet: %(fields)s. Attach the signed paper or the proof.",
        fields=labels_of(open_ones),
    )


def labels_of(names: Sequence[str]) -> str:
    """The names of columns, one after the other."""
    return _(", ").join(_(FIELDS[name].label) for name in names if name in FIELDS)


def words_of(texts: Mapping[str, Text]) -> list[tuple[str, str]]:
    """(code, name in the reader's language) of a catalogue of the law."""
    return [(code, text.zh if language() == "zh" else text.en) for code, text in texts.items()]


def trail_words(entry: Mapping[str, Any]) -> str:
    """What an entry of the trail says happened."""
    after = (
        {} if entry["after"] is None else msgspec.json.decode(entry["after"], type=dict[str, Any])
    )
    if entry["action"] == "change_file":
        names = [_(FIELDS[name].label) for name in after if name in FIELDS]
        return _("Recorded: %(fields)s", fields=_(", ").join(dict.fromkeys(names)))
    if entry["action"] == "attach_evidence":
        proves = labels_of(after.get("proves", ()))
        return (
            _("Evidence attached for: %(fields)s", fields=proves)
            if proves
            else _("Evidence attached")
        )
    if entry["action"] == "withdraw_evidence":
        return _("Evidence withdrawn")
    if entry["action"] == "arrange_placement":
        return _("Found by the student, approved by the school")
    if (state := after.get("state")) in PLACEMENT_STATES:
        return _("State: %(state)s", state=_(PLACEMENT_STATES[state]))
    return str(entry["action"])
