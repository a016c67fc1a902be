"""The composition root: the only module that knows all the others."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import NotAuthorizedException
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.stores.registry import StoreRegistry
from litestar.template.config import TemplateConfig
from litestar.types import ControllerRouterHandler

from alliance import regulation
from alliance.access.room import ROOM as ACCESS
from alliance.advertisements.room import ROOM as ADVERTISEMENTS
from alliance.compliance import facts, watch
from alliance.compliance.filed import keeping as confirming
from alliance.compliance.room import ROOM as COMPLIANCE
from alliance.desk import menu, tasks
from alliance.desk.room import ROOM as DESK
from alliance.evidence.room import ROOM as EVIDENCE
from alliance.filings import keeping as filed
from alliance.filings.room import ROOM as FILINGS
from alliance.forecasts.room import ROOM as FORECASTS
from alliance.hosts.room import ROOM as HOSTS
from alliance.kit import events, jobs, problems, reading
from alliance.kit import tables as kit_tables
from alliance.kit.asking import holders, needs, restrictions, sections, sharing, subjects
from alliance.kit.edge import answers, health
from alliance.kit.edge.bodies import FIELDS, FORM, Bodies
from alliance.kit.edge.csrf import Csrf, Tokens, set_visit
from alliance.kit.edge.hub import Hub
from alliance.kit.edge.once import Once
from alliance.kit.edge.sessions import WITHOUT_SESSION, session_config
from alliance.kit.edge.store import PostgresStore
from alliance.kit.edge.turns import Turns
from alliance.kit.engine import connect
from alliance.kit.feed import Feed
from alliance.kit.keys.opening import open_vault
from alliance.kit.language import language
from alliance.kit.policy import powers
from alliance.kit.postgres import primary
from alliance.kit.room import Room, merged
from alliance.kit.web import pages
from alliance.ledger.room import ROOM as LEDGER
from alliance.members import erasing
from alliance.members import model as members
from alliance.members.demonstration import Demonstration
from alliance.members.doors import resuming
from alliance.members.room import ROOM as MEMBERS
from alliance.members.sign_in import Hasher
from alliance.members.who import WhoMiddleware
from alliance.notices.queries import look
from alliance.notices.room import ROOM as NOTICES
from alliance.operations import keeping
from alliance.operations.room import ROOM as OPERATIONS
from alliance.orientation.room import ROOM as ORIENTATION
from alliance.placements.room import ROOM as PLACEMENTS
from alliance.planning.room import ROOM as PLANNING
from alliance.posts.room import ROOM as POSTS
from alliance.privacy import consents, requests
from alliance.privacy import queries as withholding
from alliance.privacy import restrictions as restricting
from alliance.privacy.room import ROOM as PRIVACY
from alliance.privacy.views import own
from alliance.programmes import access_log
from alliance.programmes.room import ROOM as PROGRAMMES
from alliance.reference.room import ROOM as REFERENCE
from alliance.rounds.room import ROOM as ROUNDS
from alliance.settings import Settings

ROOMS = (
    Room(name="kit", routes=health.ROUTES, tables=(kit_tables,)),
    REFERENCE,
    MEMBERS,
    ACCESS,
    NOTICES,
    EVIDENCE,
    FILINGS,
    COMPLIANCE,
    LEDGER,
    PROGRAMMES,
    POSTS,
    PLACEMENTS,
    HOSTS,
    ROUNDS,
    ORIENTATION,
    PRIVACY,
    ADVERTISEMENTS,
    FORECASTS,
    PLANNING,
    OPERATIONS,
    DESK,
)
"""From the ground up: a room asks only those before it."""
ROUTES: list[ControllerRouterHandler] = [route for room in ROOMS for route in room.routes]
POLICY: dict[str, frozenset[str]] = merged(ROOMS, "policy")
TIMES: dict[str, str] = merged(ROOMS, "times")
"""What the worker starts by itself: job → cron in UTC."""
WEB_PATIENCE = {
    "jit": "off",
    "statement_timeout": "20s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "plan_cache_mode": "force_generic_plan",
}
"""How long a page may keep the database busy, wait for another's change, or hold a transaction
open; jobs may longer. No page's statement is so long that compiling it first would pay, and row
security makes planning dearer than what a better plan saves."""
STATEMENTS = 400
"""Statements whose plans a connection keeps: pages have some three hundred, and a plan costs some
20 kB."""
WEB_ANSWER = 25.0
"""Seconds that a page waits for the database; a commit may wait for a standby, which no timeout of
the server ends."""
SIGN_INS_A_MINUTE = 120
"""From one address: a computer room signs in at once; failures at one account wait longer and
longer anyway."""


def wire() -> None:
    """Tell each registry what the rooms declare; web and worker both begin with it."""
    problems.explain(*(room.constraints for room in ROOMS))
    events.wire(subscriptions())
    sharing.wire(consents.in_force, requests.objectors, withholding.past_interns)
    facts.wire([room.providers for room in ROOMS])
    watch.wire(merged(ROOMS, "watchers"))
    filed.wire(confirming.tell)
    holders.wire([room.holders for room in ROOMS])
    needs.wire([room.needs for room in ROOMS])
    subjects.wire(merged(ROOMS, "subjects"))
    sections.wire([tell for room in ROOMS for tell in room.sections])
    restrictions.wire(restricting.every)
    reading.wire(access_log.write)
    menu.wire([item for room in ROOMS for item in room.menu], POLICY)
    tasks.wire(
        [room.tasks for room in ROOMS], [room.figures for room in ROOMS if room.figures is not None]
    )
    # a later room goes first: it looks for a person by what an earlier one still holds
    late = ROOMS[::-1]
    erasing.wire(merged(late, "keeps"), merged(late, "forgets"))


def subscriptions() -> events.Subscriptions:
    """Who acts upon which event, in the order of the rooms."""
    whole: dict[str, dict[str, events.Subscriber]] = {}
    for room in ROOMS:
        for event, subscribers in room.subscribes.items():
            whole.setdefault(event, {}).update(subscribers)
    return events.Subscriptions(whole)


def work() -> dict[str, jobs.Work]:
    """What `alliance worker` can do, by the name of the job."""
    return {
        events.DELIVER: lambda payload: events.deliver(payload["event"]),
        **merged(ROOMS, "jobs"),
    }


def words_of_rooms() -> dict[str, Any]:
    """What every template may call of the rooms, imported macros too."""
    return {
        "role_label": members.role_label,
        "kind_label": members.kind_label,
        "sentence_in": lambda finding: regulation.sentence(finding, language()),
        "mend_of": lambda finding: regulation.mend(finding, language()),
        "citation_of": lambda finding: regulation.citation(finding, language()),
        "chip_of": lambda finding: regulation.chip(finding, language()),
        "verified_of": regulation.verified,
        "carried": resuming.carried,
        "title_of": lambda finding: regulation.title(finding, language()),
        "rule_title": lambda rule: regulation.title_of_rule(rule, language()),
    }


def create_app(settings: Settings, dsn: str, *, demo: Path | None = None, pool: int = 8) -> Hub:
    """The web application over a migrated database.

    `dsn` is the application role's; `demo` is the file that says how far the demonstration is
    made, where the hub is one.
    """
    wire()
    engine = connect(dsn)
    vault = open_vault(settings.secret, settings.keys)
    templates = pages.environment()
    templates.globals.update(words_of_rooms())
    feed = Feed(lambda: primary.connect(engine.config["dsn"], timeout=WEB_ANSWER))

    @contextlib.asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        # none at once: a process that starts while the database is away says so on every page until
        # it is back
        await engine.start_connection_pool(
            min_size=0,
            max_size=pool,
            timeout=WEB_ANSWER,
            command_timeout=WEB_ANSWER,
            server_settings=WEB_PATIENCE,
            statement_cache_size=STATEMENTS,
        )
        try:
            async with feed.running(), keeping.keeping_slow(settings.slow_ms):
                yield
        finally:
            await engine.close_connection_pool()

    sessions = session_config(look, secure=settings.secure_cookies)
    limit = RateLimitConfig(
        rate_limit=("minute", SIGN_INS_A_MINUTE), store="rate", check_throttle_handler=_is_limited
    )
    return Hub(
        route_handlers=[
            *ROUTES,
            create_static_files_router(
                path="/static",
                directories=[pages.STATIC],
                opt={"public": True, WITHOUT_SESSION: True},
                cache_control=CacheControlHeader(max_age=31_536_000, public=True, immutable=True),
                include_in_schema=False,
            ),
        ],
        lifespan=[database],
        middleware=[
            Bodies(session_key=sessions.key),
            sessions.middleware,
            limit.middleware,
            WhoMiddleware(vault, second_factor=settings.second_factor),
            Csrf(
                Tokens(settings.secret),
                sessions.key,
                secure=settings.secure_cookies,
                stale=resuming.open_again,
            ),
            Once(settings.secret),
        ],
        request_max_body_size=FORM,
        multipart_form_part_limit=FIELDS,
        before_request=before_page,
        before_send=[set_visit],
        stores=StoreRegistry(default_factory=PostgresStore(engine).with_namespace),
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(templates)),
        exception_handlers={**answers.handlers(), NotAuthorizedException: resuming.to_sign_in},
        state=State(
            {
                "settings": settings,
                "policy": POLICY,
                "powers": functools.cache(functools.partial(powers, POLICY)),
                "vault": vault,
                "hasher": Hasher(),
                "feed": feed,
                "templates": templates,
                "menu": menu.menu_of,
                "county": settings.county,
                "demo": Demonstration(demo),
                "turns": Turns(),
            }
        ),
        openapi_config=None,
        # `kit.showing.lines` writes the log; Litestar's own would print every line again
        logging_config=None,
    )


async def before_page(request: pages.WebRequest) -> Redirect | None:
    """Before a page: what was typed into a session that had ended comes back; to the privacy notice
    where it was not shown yet."""
    resuming.sent_again(request)
    return await own.lead_to_notice(request)


async def _is_limited(request: Request[Any, Any, Any]) -> bool:
    """Only what guesses a password is worth a round trip to the store."""
    handler = request.scope.get("route_handler")
    return bool(handler is not None and handler.opt.get("limited"))
