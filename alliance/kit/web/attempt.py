"""A form's action, tried: a refusal goes back to the form with everything that was typed.

    async with attempt(form):
        await actions.add_class(request.user, programme, name, entry_year)
        return go(request, "/classes", _("The class is added."))
    return await _classes(request, form, status=form.status)

What a use case or a constraint refuses stands at its field where it names one, else above the form.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from alliance.kit.forms import Form
from alliance.kit.problems import (
    Busy,
    ChangedMeanwhile,
    Conflict,
    Missing,
    Refusal,
    Unlawful,
    refusal_of,
)

_PASSED_ON = (Missing, Busy, Unlawful, ChangedMeanwhile)
"""What a form cannot mend, and what is shown in a way of its own."""


@asynccontextmanager
async def attempt(
    form: Form, existing: Callable[[], Awaitable[str]] | None = None
) -> AsyncIterator[None]:
    """Note in the form what the action inside refuses; `form.status` is then the answer's.

    Of a duplicate `existing` tells the address of what is there already, empty where the reader may
    not see it. Raises Missing, Busy, Unlawful, ChangedMeanwhile and what is no refusal.
    """
    try:
        yield
    except Refusal as refusal:
        if isinstance(refusal, _PASSED_ON):
            raise
        form.refuse(refusal)
    except asyncpg.PostgresError as error:
        refused = refusal_of(error)
        if refused is None or isinstance(refused, _PASSED_ON):
            raise
        form.refuse(refused)
    if form.status == Conflict.status and existing is not None:
        form.existing = await existing()
