"""The composition root: the only module that knows all the others."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
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
from alliance.access import jobs as access_jobs
from alliance.access import policy as access_policy
from alliance.access import tables as access_tables
from alliance.access import views as access_views
from alliance.compliance import erasing as compliance_erasing
from alliance.compliance import facts as compliance_facts
from alliance.compliance import jobs as compliance_jobs
from alliance.compliance import policy as compliance_policy
from alliance.compliance import review as compliance_review
from alliance.compliance import tables as compliance_tables
from alliance.compliance import views as compliance_views
from alliance.compliance import views_board as compliance_board
from alliance.compliance import views_filings as compliance_filings
from alliance.compliance import views_rules as compliance_rules
from alliance.compliance import watch as compliance_watch
from alliance.demand import jobs as demand_jobs
from alliance.demand import policy as demand_policy
from alliance.demand import repeating as demand_repeating
from alliance.demand import tables as demand_tables
from alliance.demand import views as demand_views
from alliance.demand import views_drivers as demand_drivers
from alliance.demand import views_imports as demand_imports
from alliance.demand import views_runs as demand_runs
from alliance.demand import views_skills as demand_skills
from alliance.demand import views_trust as demand_trust
from alliance.desk import menu
from alliance.desk import policy as desk_policy
from alliance.desk import views as desk_views
from alliance.kit import events, jobs, pages, primary, problems
from alliance.kit.edge import answers, health
from alliance.kit.edge.bodies import FIELDS, FORM, Bodies
from alliance.kit.edge.csrf import Csrf, Tokens, set_visit
from alliance.kit.edge.hub import Hub
from alliance.kit.engine import connect
from alliance.kit.feed import Feed
from alliance.kit.keys.opening import open_vault
from alliance.kit.language import language
from alliance.kit.policy import assemble
from alliance.kit.sessions import WITHOUT_SESSION, session_config
from alliance.kit.store import PostgresStore
from alliance.members import erasing
from alliance.members import jobs as members_jobs
from alliance.members import model as members
from alliance.members import policy as members_policy
from alliance.members import tables as members_tables
from alliance.members import views as members_views
from alliance.members import views_accounts as accounts_views
from alliance.members import views_organisations as organisations_views
from alliance.members.doors import jobs as doors_jobs
from alliance.members.doors import resuming
from alliance.members.doors import views as doors_views
from alliance.members.sign_in import Hasher
from alliance.members.who import WhoMiddleware, look
from alliance.notices import actions as notices_actions
from alliance.notices import policy as notices_policy
from alliance.notices import views as notices_views
from alliance.operations import jobs as operations_jobs
from alliance.operations import keeping, metrics
from alliance.operations import policy as operations_policy
from alliance.operations import views as operations_views
from alliance.placements import checklist_views, file_bulk_views, file_facts, file_judging, file_views, sharing, visits_views
from alliance.placements import erasing as placements_erasing
from alliance.placements import facts as placements_facts
from alliance.placements import file_tables as placements_files
from alliance.placements import jobs as placements_jobs
from alliance.placements import policy as placements_policy
from alliance.placements import tables as placements_tables
from alliance.placements import views as placements_views
from alliance.placements import views_people as placements_people
from alliance.placements import views_seasons as placements_seasons
from alliance.placements import watching as placements_watching
from alliance.planning import policy as planning_policy
from alliance.planning import tables as planning_tables
from alliance.planning import views as planning_views
from alliance.posts import facts as posts_facts
from alliance.posts import host_facts, host_form_views, host_list_views, host_school_views, host_tables, host_views
from alliance.posts import policy as posts_policy
from alliance.posts import tables as posts_tables
from alliance.posts import views as posts_views
from alliance.posts import watching as posts_watching
from alliance.privacy import consents as privacy_consents
from alliance.privacy import holds as privacy_holds
from alliance.privacy import jobs as privacy_jobs
from alliance.privacy import policy as privacy_policy
from alliance.privacy import requests as privacy_asking
from alliance.privacy import tables as privacy_tables
from alliance.privacy import views as privacy_views
from alliance.programmes import erasing as programmes_erasing
from alliance.programmes import jobs as programmes_jobs
from alliance.programmes import policy as programmes_policy
from alliance.programmes import tables as programmes_tables
from alliance.programmes import views as programmes_views
from alliance.settings import Settings

POLICY = assemble(
    members_policy.POLICY, programmes_policy.POLICY, posts_policy.POLICY, placements_policy.POLICY, demand_policy.POLICY,
    planning_policy.POLICY, desk_policy.POLICY, compliance_policy.POLICY,
    notices_policy.POLICY, privacy_policy.POLICY, access_policy.POLICY,
    operations_policy.POLICY,
)  # fmt: skip
REVIEW: dict[str, events.Subscriber] = {"compliance.review": compliance_review.review_named}
FILES: dict[str, events.Subscriber] = {"placements.judge_files": file_judging.ask_for_judging}
SUBSCRIPTIONS = events.Subscriptions(
    {
        "posts.published": {"demand.take_post": demand_repeating.take_post, **REVIEW},
        "posts.facts_changed": {**REVIEW, **FILES},
        "hosts.facts_changed": REVIEW,
        "members.staff_counted": REVIEW,
        "members.account_touched": {"notices.tell_person": notices_actions.tell_person},
        "placements.round_published": {**REVIEW, **FILES},
        "placements.facts_changed": {**REVIEW, **FILES},
        "compliance.filing_changed": {**REVIEW, **FILES},
    }
)
ROUTES: list[ControllerRouterHandler] = [
    *members_views.ROUTES,
    *organisations_views.ROUTES,
    *accounts_views.ROUTES,
    *doors_views.ROUTES,
    *compliance_views.ROUTES,
    *compliance_board.ROUTES,
    *compliance_rules.ROUTES,
    *notices_views.ROUTES,
    *access_views.ROUTES,
    *compliance_filings.ROUTES,
    *programmes_views.ROUTES,
    *posts_views.ROUTES,
    *host_views.ROUTES,
    *host_form_views.ROUTES,
    *host_list_views.ROUTES,
    *host_school_views.ROUTES,
    *placements_views.ROUTES,
    *placements_people.ROUTES,
    *placements_seasons.ROUTES,
    *file_views.ROUTES,
    *file_bulk_views.ROUTES,
    *checklist_views.ROUTES,
    *visits_views.ROUTES,
    *demand_views.ROUTES,
    *demand_runs.ROUTES,
    *demand_drivers.ROUTES,
    *demand_trust.ROUTES,
    *demand_imports.ROUTES,
    *demand_skills.ROUTES,
    *planning_views.ROUTES,
    *privacy_views.ROUTES,
    *operations_views.ROUTES,
    *metrics.ROUTES,
    *desk_views.ROUTES,
]
PROVIDERS: dict[str, compliance_facts.Provider] = {
    "host": posts_facts.tell_hosts,
    "post": posts_facts.tell_posts,
    "conditions": posts_facts.tell_conditions,
    "host_file": host_facts.tell_host_files,
    "use": host_facts.tell_uses,
    "student": placements_facts.tell_students,
    "occupancy": placements_facts.tell_occupancy,
    "arrangement": placements_facts.tell_arrangements,
    "file": file_facts.tell_files,
    "agreement": file_facts.tell_agreements,
}
"""Who tells the gates each group of facts."""
WATCHERS: dict[str, compliance_watch.Watcher] = {
    "posts": posts_watching.watch_posts,
    "uses": placements_watching.watch_uses,
    "placements": placements_watching.watch_placements,
}
"""Who names what is judged again as time passes."""
HOLDS: dict[str, erasing.Hold] = {"privacy": privacy_holds.hold_person, "placements": placements_erasing.hold_person}
"""Who says that a person cannot be erased now."""
KEEPS: dict[str, erasing.Keep] = {"placements": placements_erasing.keep_person}
"""Who has a duty to keep somebody until a day."""
FORGETS: dict[str, erasing.Forget] = {
    "compliance.evaluation": compliance_erasing.forget_judged,
    "programmes.student": programmes_erasing.forget_student,
    "programmes.guardian": programmes_erasing.forget_guardian,
}
"""Who empties what it holds about a person."""
TIMES = {
    **privacy_jobs.TIMES,
    **members_jobs.TIMES,
    **doors_jobs.TIMES,
    **compliance_jobs.TIMES,
    **placements_jobs.TIMES,
    **access_jobs.TIMES,
    **operations_jobs.TIMES,
}
"""What the worker starts by itself: job → cron in UTC."""
WEB_PATIENCE = {
    "jit": "off",
    "statement_timeout": "20s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "plan_cache_mode": "force_generic_plan",
}
"""How long a page may keep the database busy, wait for another's change, or hold a transaction open; jobs may longer. No page's
statement is so long that compiling it first would pay, and row security makes planning dearer than what a better plan saves."""
STATEMENTS = 400
"""Statements whose plans a connection keeps: pages have some three hundred, and a plan costs some 20 kB."""
WEB_ANSWER = 25.0
"""Seconds that a page waits for the database; a commit may wait for a standby, which no timeout of the server ends."""
SIGN_INS_A_MINUTE = 120
"""From one address: a computer room signs in at once; failures at one account wait longer and longer anyway."""


def wire() -> None:
    """Tell the kit what the domains declare; web and worker both begin with it."""
    problems.explain(
        members_tables.CONSTRAINTS, programmes_tables.CONSTRAINTS, posts_tables.CONSTRAINTS, placements_tables.CONSTRAINTS,
        demand_tables.CONSTRAINTS, planning_tables.CONSTRAINTS, compliance_tables.CONSTRAINTS, host_tables.CONSTRAINTS,
        placements_files.CONSTRAINTS, privacy_tables.CONSTRAINTS, access_tables.CONSTRAINTS,
    )  # fmt: skip
    events.wire(SUBSCRIPTIONS)
    sharing.wire(privacy_consents.in_force, privacy_asking.objectors)
    compliance_facts.wire(PROVIDERS)
    compliance_watch.wire(WATCHERS)
    erasing.wire(HOLDS, KEEPS, FORGETS)


def work() -> dict[str, jobs.Work]:
    """What `alliance worker` can do, by the name of the job."""
    return {
        events.DELIVER: lambda payload: events.deliver(payload["event"]),
        **members_jobs.WORK,
        **compliance_jobs.WORK,
        **access_jobs.WORK,
        **doors_jobs.WORK,
        **programmes_jobs.WORK,
        **placements_jobs.WORK,
        **privacy_jobs.WORK,
        **demand_jobs.WORK,
        **operations_jobs.WORK,
    }


def create_app(settings: Settings, dsn: str, *, demo: list[dict[str, str]] | None = None, pool: int = 8) -> Hub:
    """The web application over a migrated database.

    `dsn` is the application role's; `demo` lists the sign-ins to offer on the sign-in page of a demonstration.
    """
    wire()
    engine = connect(dsn)
    vault = open_vault(settings.secret, settings.keys)
    templates = pages.environment()
    templates.globals.update(
        role_label=members.role_label,
        kind_label=members.kind_label,
        sentence_in=lambda finding: regulation.sentence(finding, language()),
        mend_of=lambda finding: regulation.mend(finding, language()),
        citation_of=lambda finding: regulation.citation(finding, language()),
        chip_of=lambda finding: regulation.chip(finding, language()),
        verified_of=regulation.verified,
        title_of=lambda finding: regulation.title(finding, language()),
        rule_title=lambda rule: regulation.title_of_rule(rule, language()),
    )
    feed = Feed(lambda: primary.connect(engine.config["dsn"], timeout=WEB_ANSWER))

    @contextlib.asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        # none at once: a process that starts while the database is away says so on every page until it is back
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
    limit = RateLimitConfig(rate_limit=("minute", SIGN_INS_A_MINUTE), store="rate", check_throttle_handler=_is_limited)
    return Hub(
        route_handlers=[
            *ROUTES,
            *health.ROUTES,
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
            Csrf(Tokens(settings.secret), sessions.key, secure=settings.secure_cookies),
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
                "vault": vault,
                "hasher": Hasher(),
                "feed": feed,
                "templates": templates,
                "menu": menu.menu_of,
                "county": settings.county,
                "demo": demo or [],
            }
        ),
        openapi_config=None,
        logging_config=None,  # `kit.showing.lines` writes the log; Litestar's own would print every line again
    )


async def before_page(request: pages.WebRequest) -> Redirect | None:
    """Before a page: what was typed into a session that had ended comes back; to the privacy notice where it was not shown yet."""
    resuming.sent_again(request)
    return await privacy_views.own.lead_to_notice(request)


async def _is_limited(request: Request[Any, Any, Any]) -> bool:
    """Only what guesses a password is worth a round trip to the store."""
    handler = request.scope.get("route_handler")
    return bool(handler is not None and handler.opt.get("limited"))
