"""schemathesis over every route as several roles: nothing fails, and every answer is one that the document knows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from litestar import Litestar

from alliance.app import POLICY
from alliance.kit.keys.secrets import Vault
from alliance.kit.policy import actions_of
from tests.architecture.test_routes import foreign_ids, handlers
from tests.attack.schema.cases import Case, cases
from tests.attack.schema.documented import documented
from tests.attack.test_odd_values import errors, logins
from tests.world import World

__all__ = ["errors"]  # a fixture
EACH = 1
"""Cases of every operation; `make attack` sends more, as everybody."""
ENDLESS = ("/progress",)
"""A stream has no end."""
LEFT_OUT = (
    "/sign-out",
    "/security/sessions",
    "/security/second-factor",
    "/account/end",
    "/ready",
    "/sign-in",
    "/second-factor",
)
"""What ends the session of whoever walks on, and what says 503 where no worker runs."""


async def test_what_schemathesis_makes_of_the_document_is_answered_as_documented(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault, errors: list[str]
) -> None:
    told = documented(app)
    known = await foreign_ids(world, vault)
    asked = {
        (path, method): next(iter(actions_of(handler.guards or ())), None)
        for path, method, handler in handlers(app)
    }
    wrong: list[str] = []

    def reached(path: str, method: str) -> bool:
        return path not in LEFT_OUT and not path.endswith(ENDLESS)

    async with contextlib.AsyncExitStack() as stack:
        browsers = {
            login: await stack.enter_async_context(browse(login)) for login in logins(POLICY, None)
        }
        visitor = await stack.enter_async_context(browse())
        sent: list[Case] = [
            *cases(told.told, known, EACH, 1, only=reached),
            *cases(told.told, known, EACH, 2, only=reached, wrong=True),
        ]
        for number, case in enumerate(sent):
            allowed = logins(POLICY, asked[case.route, case.method])
            everybody = [browsers[login] for login in allowed] or [visitor]
            browser = visitor if number % 9 == 0 else everybody[number % len(everybody)]
            more = case.sent()
            headers = {
                **more.pop("headers", {}),
                **(await browser.token() if case.method != "GET" else {}),
            }
            answer = await browser.request(case.method, case.address, headers=headers, **more)
            wrong += told.contradictions(case.address, case.method, answer)
            if errors or answer.status_code >= 500:
                wrong.append(
                    f"{case.method} {case.address} {case.fields}: {answer.status_code} {errors[:1]}"[
                        :1500
                    ]
                )
                errors.clear()
    assert len(sent) > 2 * EACH * len(told.told["paths"]) * 0.6, "few cases were made"
    assert wrong == [], "\n".join(wrong)
