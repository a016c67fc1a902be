"""What waits for one person today; every count is that of the rows its link shows."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from alliance.compliance import queries as compliance
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.events import MOST_ATTEMPTS
from alliance.kit.language import COUNTY_TIME, _, day_short, ngettext, number
from alliance.kit.language import clock as clock_time
from alliance.members import queries as members
from alliance.members.accounts import confirmations
from alliance.notices import queries as notices
from alliance.rounds import queries as rounds_queries


class Task(msgspec.Struct, kw_only=True):
    """One row of "waiting for me"."""

    count: int
    what: str
    why: str
    verb: str
    href: str
    due: datetime | date | None = None
    stop: bool = False


async def tasks(actor: Actor) -> list[Task]:
    """What waits for the actor, the nearest due first; tasks without a count are left out."""
    async with DB.reading(actor):
        found = await _OF_ROLE[actor.role](actor) if actor.role in _OF_ROLE else []
        found += await _standing(actor) if actor.role in ("coordinator", "hr", "authority") else []
        found += await _accounts(actor)
    waiting = [task for task in found if task.count]
    return sorted(
        waiting, key=lambda task: (task.due is None, _day(task.due) if task.due else date.max)
    )


def due_words(due: datetime | date | None) -> tuple[str, bool]:
    """(words, whether it is due today): today with its clock time, another day with its date."""
    if due is None:
        return _("no deadline"), False
    when = _day(due)
    if when <= clock.today():
        time = f" {clock_time(due)}" if isinstance(due, datetime) else ""
        return (
            _("today") if when == clock.today() else _("overdue since %(day)s", day=day_short(when))
        ) + time, True
    return _("by %(day)s", day=day_short(when)), False


async def _coordinator(actor: Actor) -> list[Task]:
    found = []
    rounds = await DB.fetch(
        "select r.id, r.title, r.state, r.preferences_close, r.starts,"
        " coalesce(n.students, 0) as students, coalesce(n.lists, 0) as lists, coalesce(n.left_out, "
        "0) as left_out,"
        " (select count(*) from proposal p where p.decision = 'pending' and p.run = (select id "
        "from matching_run m"
        "   where m.round = r.id and m.state = 'done' order by m.number desc limit 1))::int as "
        "pending,"
        " (select count(*) from matching_run m where m.round = r.id)::int as runs,"
        " (select count(*) from unplaced u where u.round = r.id)::int as unplaced"
        " from placement_round r left join round_counts($2, $3, $4) n on n.round = r.id"
        " where r.school = $1 order by r.starts, r.id",
        actor.organisation,
        *await rounds_queries.left_out_days(),
    )
    for row in rounds:
        href = f"/rounds/{row['id']}"
        if row["state"] == "draft":
            found.append(
                _task(
                    1,
                    ngettext("round to prepare", "rounds to prepare", 1),
                    row["title"],
                    _("Prepare"),
                    href,
                )
            )
        elif row["state"] == "open":
            # whoever is left out at their own wish cannot save one
            lacking = row["students"] - row["lists"] - row["left_out"]
            words = _(
                "%(title)s: %(done)s of %(all)s have saved one",
                title=row["title"],
                done=number(row["lists"]),
                all=number(row["students"]),
            )
            if row["left_out"]:
                words += " · " + _("%(n)s left out at their own wish", n=number(row["left_out"]))
            found.append(
                _task(
                    lacking,
                    ngettext("student without a list", "students without a list", lacking),
                    words,
                    _("See"),
                    href,
                    row["preferences_close"],
                )
            )
        elif row["state"] == "closed" and not row["runs"]:
            found.append(
                _task(
                    1,
                    ngettext("round to run", "rounds to run", 1),
                    row["title"],
                    _("Run"),
                    href,
                    row["starts"],
                )
            )
        elif row["state"] == "closed":
            found.append(
                _task(
                    row["pending"],
                    ngettext("proposal to decide", "proposals to decide", row["pending"]),
                    row["title"],
                    _("Decide"),
                    f"{href}?show=pending",
                    row["starts"],
                )
            )
            if not row["pending"]:
                found.append(
                    _task(
                        1,
                        ngettext("round to publish", "rounds to publish", 1),
                        row["title"],
                        _("Publish"),
                        href,
                        row["starts"],
                    )
                )
        elif row["unplaced"] and row["starts"] > clock.today():
            found.append(
                _task(
                    row["unplaced"],
                    ngettext("student without a post", "students without a post", row["unplaced"]),
                    row["title"],
                    _("Look for one"),
                    f"{href}?show=unplaced",
                    row["starts"],
                )
            )
    imports = await DB.fetch_value("select count(*) from roster_import where state = 'checked'")
    found.append(
        _task(
            imports,
            ngettext("import to confirm", "imports to confirm", imports),
            _("uploaded and checked, not taken over yet"),
            _("Confirm"),
            "/imports",
        )
    )
    return found


async def _hr(actor: Actor) -> list[Task]:
    row = await DB.fetch_one(
        "select (select count(*) from post where enterprise = $1 and state = 'draft')::int as "
        "drafts,"
        " (select count(distinct q.student) from preference q join post p on p.id = q.post and "
        "p.enterprise = $1"
        "   join placement_round r on r.id = q.round and r.state in ('open', 'closed') and "
        "r.weight_host > 0"
        "   where not exists (select from host_score h where h.round = q.round and h.student = "
        "q.student and h.host = $1))::int"
        "   as unscored,"
        " (select count(*) from placement where host = $1 and state <> 'cancelled' and starts > "
        "$2)::int as coming,"
        " (select min(starts) from placement where host = $1 and state <> 'cancelled' and starts > "
        "$2) as first_day,"
        " not exists (select from staff_count where organisation = $1 and counted_on > $2 - 365) "
        "as stale",
        actor.organisation,
        clock.today(),
    )
    if row is None:
        return []
    return [
        _task(
            row["drafts"],
            ngettext("post in draft", "posts in draft", row["drafts"]),
            _("nobody sees them before they are published"),
            _("Publish"),
            "/posts?state=draft",
        ),
        _task(
            row["unscored"],
            ngettext("candidate to score", "candidates to score", row["unscored"]),
            _("blind to name, sex and origin; optional"),
            _("Score"),
            "/candidates",
        ),
        _task(
            row["coming"],
            ngettext("intern to prepare for", "interns to prepare for", row["coming"]),
            _("placed and published"),
            _("See"),
            "/interns",
            row["first_day"],
        ),
        _task(
            int(row["stale"]),
            ngettext("staff count to renew", "staff counts to renew", int(row["stale"])),
            _("none in the last 12 months; the caps depend on it"),
            _("Enter"),
            f"/organisations/{actor.organisation}",
            stop=True,
        ),
    ]


async def _mentor(actor: Actor) -> list[Task]:
    count = await DB.fetch_value(
        "select count(*) from placement where host = $1 and state <> 'cancelled' and ends >= $2",
        actor.organisation,
        clock.today(),
    )
    return [
        _task(
            count,
            ngettext("intern at your enterprise", "interns at your enterprise", count),
            _("now or soon"),
            _("See"),
            "/interns",
        )
    ]


async def _instructor(actor: Actor) -> list[Task]:
    rows = await DB.fetch(
        "select r.id, r.title, r.preferences_close,"
        " (select count(*) from round_class c join student s on s.school_class = c.school_class "
        "where c.round = r.id"
        "   and s.id not in (select restricted_people())"
        "   and not exists (select from preference q where q.round = r.id and q.student = "
        "s.id))::int as lacking"
        " from placement_round r where r.school = $1 and r.state = 'open' order by "
        "r.preferences_close, r.id",
        actor.organisation,
    )
    return [
        _task(
            row["lacking"],
            ngettext("student without a list", "students without a list", row["lacking"]),
            row["title"],
            _("See"),
            f"/rounds/{row['id']}",
            row["preferences_close"],
        )
        for row in rows
    ]


async def _secretary(actor: Actor) -> list[Task]:
    row = await DB.fetch_one(
        "select (select count(*) from organisation o where o.kind = 'enterprise' and not exists"
        "   (select from staff_count c where c.organisation = o.id))::int as uncounted,"
        " (select count(*) from account a where a.password_hash is null and a.active)::int as "
        "invited,"
        " (select count(*) from event_delivery where acknowledged is null and attempts >= $1)::int "
        "as given_up,"
        " (select count(*) from pgqueuer where status = 'failed')::int as failed",
        MOST_ATTEMPTS,
    )
    if row is None:
        return []
    return [
        _task(
            row["given_up"],
            ngettext(
                "event given up after five attempts",
                "events given up after five attempts",
                row["given_up"],
            ),
            _("nothing tries them again by itself"),
            _("See"),
            "/operations#given-up",
            stop=True,
        ),
        _task(
            row["failed"],
            ngettext("job that failed", "jobs that failed", row["failed"]),
            _("what it was to do is not done"),
            _("See"),
            "/operations?show=failed",
            stop=True,
        ),
        _task(
            row["uncounted"],
            ngettext(
                "enterprise without a staff count",
                "enterprises without a staff count",
                row["uncounted"],
            ),
            _("no intern can be placed there"),
            _("Ask"),
            "/organisations?kind=enterprise",
        ),
        _task(
            row["invited"],
            ngettext("invitation not taken up", "invitations not taken up", row["invited"]),
            _("the person has not set a password"),
            _("See"),
            "/accounts",
        ),
    ]


async def _planner(actor: Actor) -> list[Task]:
    row = await DB.fetch_one(
        "select (select count(*) from advertisement_import where state = 'checked')::int as "
        "checked,"
        " (select count(*) from advertisement_import where state = 'failed')::int as failed,"
        " (select count(*) from forecast_run f where f.state = 'failed' and f.number > "
        "coalesce((select max(number)"
        "   from forecast_run where state = 'done'), 0))::int as failed_runs,"
        " (select count(*) from advertisement a where a.duplicate_of is null and a.received > "
        "coalesce((select"
        "   (max(finished) at time zone 'Asia/Shanghai')::date from forecast_run where state = "
        "'done'), '2000-01-01'))::int"
        "   as unseen,"
        " (select count(*) from drift_alarm where state = 'open')::int as alarms"
    )
    if row is None:
        return []
    return [
        _task(
            row["alarms"],
            ngettext("alarm on the forecast", "alarms on the forecast", row["alarms"]),
            _("coverage or bias has drifted; see what came and take note"),
            _("See"),
            "/demand/trust",
            stop=True,
        ),
        _task(
            row["checked"],
            ngettext("table to confirm", "tables to confirm", row["checked"]),
            _("advertisements checked, not taken over yet"),
            _("Confirm"),
            "/demand/imports",
        ),
        _task(
            row["failed"],
            ngettext(
                "table that could not be read", "tables that could not be read", row["failed"]
            ),
            _("nothing of it was stored"),
            _("See"),
            "/demand/imports",
            stop=True,
        ),
        _task(
            row["failed_runs"],
            ngettext("forecast run that failed", "forecast runs that failed", row["failed_runs"]),
            _("the earlier run stands"),
            _("See"),
            "/demand/runs",
            stop=True,
        ),
        _task(
            row["unseen"],
            ngettext(
                "advertisement the forecast has not seen",
                "advertisements the forecast has not seen",
                row["unseen"],
            ),
            _("they came after the latest run"),
            _("Run it anew"),
            "/demand/runs",
        ),
    ]


async def _accounts(actor: Actor) -> list[Task]:
    """What was asked about the actor's own account, and what waits for the actor as a second
    person."""
    links = await members.open_links(actor)
    asked = (
        await confirmations.waiting(actor)
        if actor.role in ("secretary", "authority", "coordinator")
        else 0
    )
    return [
        _task(
            links,
            ngettext(
                "new password asked for your account", "new passwords asked for your account", links
            ),
            _("if you did not ask for it, end it"),
            _("See"),
            "/account",
            stop=True,
        ),
        _task(
            asked,
            ngettext(
                "request that needs a second person", "requests that need a second person", asked
            ),
            _("nothing is done before you confirm"),
            _("Confirm"),
            "/confirmations",
        ),
    ]


async def _standing(actor: Actor) -> list[Task]:
    """What the law says stands open, and what was said and not read yet."""
    stop, warn = await compliance.open_matters(actor)
    unread = await notices.unread(actor)
    against = ngettext("item stands against the law", "items stand against the law", stop)
    reminders = ngettext("reminder of the rules", "reminders of the rules", warn)
    waiting = ngettext("notice not read", "notices not read", unread)
    return [
        _task(
            stop,
            against,
            _("found every night and when facts change"),
            _("Mend"),
            "/compliance/findings?severity=stop",
            stop=True,
        ),
        _task(
            warn,
            reminders,
            _("nothing is closed yet"),
            _("See"),
            "/compliance/findings?severity=warn",
        ),
        _task(unread, waiting, _("each is said once"), _("Read"), "/notices?show=unread"),
    ]


_OF_ROLE = {
    "planner": _planner,
    "coordinator": _coordinator,
    "hr": _hr,
    "mentor": _mentor,
    "instructor": _instructor,
    "secretary": _secretary,
}


def _task(
    count: int,
    what: str,
    why: str,
    verb: str,
    href: str,
    due: datetime | date | None = None,
    *,
    stop: bool = False,
) -> Task:
    return Task(count=count, what=what, why=why, verb=verb, href=href, due=due, stop=stop)


def _day(due: datetime | date) -> date:
    return due.astimezone(COUNTY_TIME).date() if isinstance(due, datetime) else due
