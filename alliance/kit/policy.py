"""Who may do what: rows of one table (action, roles), declared by each room and put together in
`alliance.app`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from alliance.kit.actors import Actor

Policy = Mapping[str, frozenset[str]]
EVERYONE = frozenset({"*"})
"""The roles of an action that any signed-in person may do."""


def allows(policy: Policy, role: str, action: str) -> bool:
    """Whether the role may do the action; raises KeyError for an action nobody declared."""
    roles = policy[action]
    return role in roles or roles == EVERYONE


def powers(policy: Policy, role: str | None) -> dict[str, bool]:
    """Action → whether the role may do it, for every action that is declared; None for a visitor,
    who may do nothing."""
    return {action: role is not None and allows(policy, role, action) for action in policy}


def may(action: str) -> Guard:
    """A route's guard: lets the actor pass if the application's policy allows the action to their
    role."""

    # a coroutine that awaits nothing: for anything else Litestar takes a thread at every request
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        actor: Actor | None = connection.scope.get("user")
        if actor is None:
            raise NotAuthorizedException
        if not allows(connection.app.state.policy, actor.role, action):
            raise PermissionDeniedException

    guard.action = action  # type: ignore[attr-defined]  # read by the test that walks every route
    return guard


def actions_of(guards: Iterable[object]) -> list[str]:
    """The policy actions that a route's guards ask for."""
    return [guard.action for guard in guards if hasattr(guard, "action")]
