"""The menu of each role: what the rooms put into it, as far as the policy lets the role."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.language import N_, Language, _, language
from alliance.kit.policy import EVERYONE, Policy
from alliance.kit.room import Group, Item
from alliance.kit.web.pages import PHONE_ROLES

GROUPS: dict[Group, str | None] = {
    "": None,
    "placement": N_("Placement"),
    "school": N_("School"),
    "demand": N_("Demand"),
    "planning": N_("Planning"),
    "supervision": N_("Supervision"),
    "alliance": N_("Alliance"),
}
"""Groups in the order of the menu → their heads."""
_items: list[Item] = []
_policy: dict[str, frozenset[str]] = {}


def wire(items: Sequence[Item], policy: Policy) -> None:
    """Take what the rooms declare. Raises KeyError for an action that nobody declares."""
    order = list(GROUPS)
    _items[:] = sorted(items, key=lambda item: (order.index(item.group), item.place))
    _policy.clear()
    _policy.update({item.action: policy[item.action] for item in items})
    _of_role.cache_clear()
    _parts.cache_clear()


class Shown(msgspec.Struct, frozen=True):
    """An item of somebody's menu, in the reader's language."""

    label: str
    href: str
    current: bool


class Part(msgspec.Struct):
    """Items of a menu under one head."""

    head: str | None
    items: list[Shown]


def menu_of(actor: Actor, path: str) -> list[Part]:
    """What this actor may open; the nearest item is current."""
    here = max(
        (item.href for item in _of_role(actor.role) if _is_below(path, item.href)),
        key=len,
        default="",
    )
    return _parts(actor.role, here, language())


@lru_cache(maxsize=1_000)
def _parts(role: str, here: str, _spoken: Language) -> list[Part]:
    """The same for every page below one item, in one language: who shows it changes nothing."""
    parts: list[Part] = []
    for item in _of_role(role):
        head = GROUPS[item.group]
        title = None if head is None else _(head)
        if not parts or parts[-1].head != title:
            parts.append(Part(title, []))
        label = item.label
        parts[-1].items.append(Shown(_(label), item.href, item.href == here))
    return parts


@lru_cache(maxsize=100)
def _of_role(role: str) -> tuple[Item, ...]:
    """The items of a role in order; of two at one address the first."""
    found: dict[str, Item] = {}
    for item in _items:
        roles = _policy[item.action]
        if item.phone == (role in PHONE_ROLES) and (role in roles or roles == EVERYONE):
            found.setdefault(item.href, item)
    return tuple(found.values())


def _is_below(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href + "/"))
