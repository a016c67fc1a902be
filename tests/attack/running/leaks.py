"""Whether anything of another organisation is seen: by its ids, and on every page that links lead to."""

from __future__ import annotations

import re

from alliance.app import POLICY
from alliance.kit.policy import actions_of, allows
from tests.architecture.test_routes import READERS, handlers
from tests.attack.running.doors import STREAMS, address
from tests.attack.running.ground import ATTACKERS, OWNERS, Ground, Outcome, Person
from tests.attack.running.pages import Page, known_pages, words_of

OF_HEALTH = ("学生health", "测试甲", "Nobody shall read this draft")
OF_HOTEL = ("Hr.Hotel", "hr.hotel")
OF_CENTRE = ("学生centre",)
"""Names of students and people, and what is written in drafts, that nobody else's pages may hold."""
EVERYBODY = ("secretary",)
"""Whose office is to see accounts of all."""


def foreign(login: str) -> tuple[str, ...]:
    """The words that somebody may never read."""
    own = login.partition(".")[2]
    others = [
        words
        for whose, words in (("health", OF_HEALTH), ("hotel", OF_HOTEL), ("centre", OF_CENTRE))
        if whose != own
    ]
    return tuple(word for words in others for word in words)


async def by_id(ground: Ground) -> Outcome:
    """The objects of the health school and the hotel by their ids, read and written, as everybody else."""
    found = Outcome("others' objects by their ids")

    async def one(person: Person) -> None:
        login = person.login
        for path, method, handler in handlers(ground.app):
            action = next(iter(actions_of(handler.guards or ())), None)
            if (
                action is None
                or not allows(POLICY, person.role or "", action)
                or path.endswith(STREAMS)
                or path == "/sign-out"
            ):
                continue
            if person.role in EVERYBODY and path.startswith("/accounts/"):
                continue  # who may close accounts would close those of the owners, who are needed still
            where = address(ground, path)
            answer = await (person.browser.get(where) if method == "GET" else person.submit(where))
            text = re.sub("身份0|身份(?!\\d)", "", words_of(answer))
            seen = [word for word in (*OF_HEALTH, *OF_HOTEL, "身份") if word in text]
            known = person.role in EVERYBODY or (person.role, path) in READERS
            own = path.startswith(
                ("/students", "/classes", "/access", "/my-data", "/placement")
            ) and seen == ["身份"]
            found.count(
                f"{login} {method} {where} shows {seen}" if seen and not known and not own else None
            )
            taken = (
                method == "POST"
                and "{" in path
                and answer.status_code not in (303, 403, 404, 409, 410, 422)
            )
            if taken and person.role not in EVERYBODY:
                found.count(f"{login} {method} {where} is answered with {answer.status_code}")
        await person.stay_in()

    await ground.everybody(ATTACKERS, one)
    return found


async def by_walking(ground: Ground) -> Outcome:
    """Every page and export that links lead to, as everybody, searched for the words of others."""
    found = Outcome("others' words on pages and in exports")

    async def one(person: Person) -> None:
        await person.submit("/access/purpose", {"purpose": "report", "back": "/"})
        for page in await known_pages(person):
            found.count(_seen(person.login or "", person.role or "", page))

    await ground.everybody((*ATTACKERS, *OWNERS), one)
    return found


def _seen(login: str, role: str, page: Page) -> str | None:
    if page.status >= 500:
        return f"{login} {page.address}: {page.status}"
    seen = [word for word in foreign(login) if word in page.text]
    if not seen or role in EVERYBODY:
        return None
    if (role, page.route) in READERS:
        return None
    if (
        seen == [OF_HEALTH[0]]
        and login.endswith(".hotel")
        and page.route.startswith(("/interns", "/placements"))
    ):
        return None  # the hotel reads the name of the intern whom it hosts
    return f"{login} reads {seen} on {page.address}"


KINDS = (by_walking, by_id)
