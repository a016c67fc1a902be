"""schemathesis over every operation as every role and as nobody: no failure, nothing that the document does not say."""

from __future__ import annotations

import asyncio

import httpx

from alliance.app import POLICY
from alliance.kit.edge.csrf import HEADER
from alliance.kit.policy import actions_of, allows
from tests.architecture.test_routes import handlers
from tests.attack.running.ground import AT_ONCE, ATTACKERS, OWNERS, Ground, Outcome, Person
from tests.attack.schema.cases import Case, cases

WITHIN, OUTSIDE = 3, 2
"""Cases of every operation: with values as documented, and with others."""
ENDING = ("/sign-out", "/security/sessions", "/security/second-factor", "/account/end", "/password")
"""What ends sessions: sent last."""


async def documented(ground: Ground) -> Outcome:
    """Every case as a visitor and as every role in turn; whoever may not do it sends it too."""
    found = Outcome("schemathesis: failures, undocumented answers")
    told = ground.told
    actions = {
        (path, method): next(iter(actions_of(handler.guards or ())), None)
        for path, method, handler in handlers(ground.app)
    }

    def ends(path: str) -> bool:
        return path.startswith(ENDING)

    def common(path: str, _method: str) -> bool:
        return not ends(path) and not path.endswith("/progress")

    made: list[Case] = []
    for number, (each, wrong) in enumerate(((WITHIN, False), (OUTSIDE, True))):
        made += await asyncio.to_thread(
            lambda each=each, wrong=wrong, number=number: list(
                cases(told.told, ground.known, each, ground.seed + number, wrong=wrong, only=common)
            )
        )
    last = await asyncio.to_thread(
        lambda: list(
            cases(told.told, ground.known, 2, ground.seed, only=lambda path, _method: ends(path))
        )
    )
    ground.chooser.shuffle(made)
    people = {login: await ground.person(login) for login in (*ATTACKERS, *OWNERS)}
    visitor = ground.visitor()
    work: asyncio.Queue[tuple[Person, Case]] = asyncio.Queue()
    for number, case in enumerate([*made, *last]):
        action = actions[case.route, case.method]
        allowed = [
            one
            for one in people.values()
            if action is None or allows(POLICY, one.role or "", action)
        ]
        others = list(people.values())
        # one who may, another who perhaps may not, sometimes nobody
        pair = (
            allowed[number % len(allowed)] if allowed else others[0],
            others[number % len(others)],
        )
        for person in dict.fromkeys(pair):
            work.put_nowait((person, case))
        if number % 5 == 0:
            work.put_nowait((visitor, case))

    async def attacker() -> None:
        while not work.empty():
            person, case = work.get_nowait()
            found.count(await _send(ground, person, case))

    await asyncio.gather(*(attacker() for _ in range(AT_ONCE)))
    return found


async def _send(ground: Ground, person: Person, case: Case) -> str | None:
    more = case.sent()
    headers = more.pop("headers", {})
    if case.method != "GET":
        headers |= {HEADER: await person.token()}
    elif ground.chooser.random() < 0.3:
        headers["hx-request"] = "true"
    try:
        answer = await person.browser.request(case.method, case.address, headers=headers, **more)
    except httpx.TransportError as error:
        return f"{person.login} {case.method} {case.address}: {error!r}"
    if answer.headers.get("location", "").startswith("/sign-in") and person.login:
        await person.stay_in()
    wrong = ground.told.contradictions(case.address, case.method, answer)
    return (
        f"{person.login}: {wrong[0]} ({case.address[:200]} {str(case.fields)[:300]})"
        if wrong
        else None
    )


KINDS = (documented,)
