"""Drafting, changing, publishing, closing, copying and deleting posts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judged, pass_gate
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.asking import holders
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.kit.problems import ChangedMeanwhile, Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.posts import queries
from alliance.posts.caps.counting import asked_for, filled
from alliance.posts.caps.filling import Asked
from alliance.posts.facts import draft_of
from alliance.posts.model import TRANSITIONS, PostDraft
from alliance.posts.tables import Post, PostChange, PostSpecialty
from alliance.regulation import Finding

_COLUMNS = tuple(name for name in PostDraft.__struct_fields__ if name != "specialties")


async def create_post(actor: Actor, draft: PostDraft) -> UUID:
    """A new draft of the actor's enterprise."""
    post_id = uuid4()
    async with DB.acting_for(actor):
        columns: dict[str, Any] = dict(zip(_COLUMNS, _values(draft), strict=True))
        added = Post(id=post_id, enterprise=actor.organisation, state="draft", version=1, **columns)
        await DB.insert(added)
        await _want(post_id, draft)
        if draft.staff_same_type is not None:
            await _count(actor, post_id, clock.today(), draft.staff_same_type)
        await audit.record(
            actor,
            "create_post",
            "post",
            post_id,
            after=msgspec.to_builtins(draft, builtin_types=()),
        )
    return post_id


async def change_post(actor: Actor, post_id: UUID, version: int, draft: PostDraft) -> None:
    """Save a draft over the version that the editor saw.

    Raises ChangedMeanwhile when there is a newer one, Refusal when the post is no draft.
    """
    before = await queries.post(actor, post_id)
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select state, version from post where id = $1 and enterprise = $2 for update",
            post_id,
            actor.organisation,
        )
        if row is None:
            raise Missing
        if row["state"] != "draft":
            raise Refusal(_("A closed post is not changed. Put it on offer again, or copy it."))
        if row["version"] == version:
            await write(actor, before, draft)
            return
    raise ChangedMeanwhile(await queries.post(actor, post_id))


async def write(actor: Actor, before: dict[str, Any], draft: PostDraft) -> None:
    """Write a draft over a post that was `before` (a row of `queries.post`), in the open
    transaction."""
    post_id = before["id"]
    columns: dict[Any, Any] = dict(zip(_COLUMNS, _values(draft), strict=True))
    await DB.change(
        Post.update({**columns, Post.version: Post.version + 1}).where(Post.id == post_id)
    )
    await _want(post_id, draft)
    old, new = audit.changes(
        msgspec.structs.asdict(draft_of(before)), msgspec.structs.asdict(draft)
    )
    if draft.staff_same_type is not None and {"staff_same_type", "occupation"} & set(new):
        await _count(actor, post_id, clock.today(), draft.staff_same_type)
    await audit.record(actor, "change_post", "post", post_id, before=old, after=new)


async def publish_post(actor: Actor, post_id: UUID, name: str = "publish") -> tuple[Finding, ...]:
    """Publish a draft, resume a paused post or put a closed one on offer again, through the gate.

    Returns findings that do not block. Raises RefusedByLaw with every finding.
    """
    row = await queries.post(actor, post_id)
    async with judged(actor):
        await DB.connection().execute("select lock_hosts($1)", [row["enterprise"]])
        await move(actor, post_id, name, row["version"])
        findings = await pass_publish(actor, post_id)
        await events.publish("posts.published", {"post": str(post_id)})
    return findings


async def pass_publish(actor: Actor, post_id: UUID) -> tuple[Finding, ...]:
    """Pass the gate `post.publish` with a post as it is written in the open transaction.

    The enterprise is locked before its caps are judged: they count what its other posts take up.
    A kind on offer has one number of staff: the smaller of this post's and the others'.
    """
    row = await queries.post(actor, post_id)
    await DB.connection().execute("select lock_hosts($1)", [row["enterprise"]])
    today, staff = clock.today(), row["staff_same_type"]
    others = [] if staff is None else await _of_kind(post_id)
    offered = [each for each in others if each["state"] in ("published", "paused")]
    least = min(
        (each["staff_same_type"] for each in offered if each["staff_same_type"] is not None),
        default=staff,
    )
    if staff is not None and least < staff:
        await _count_at(actor, [row], today, least)
    stay = Asked(
        host=row["enterprise"],
        occupation=row["occupation"],
        post=post_id,
        starts=row["starts"] or today,
        ends=row["ends"] or today,
    )
    (full,) = await filled([stay])
    findings = await pass_gate(
        actor,
        "post.publish",
        "post",
        post_id,
        [Subject(host=row["enterprise"], post=post_id, starts=row["starts"], ends=row["ends"])],
        _("The law does not allow this post as it is. Mend what is listed and publish again."),
        given={"occupancy": [asked_for(row["head_count"], full)]},
    )
    if staff is not None and staff <= least:
        more = [each for each in offered if each["staff_same_type"] != staff]
        await _count_at(actor, more, today, staff)
    return findings


async def move_post(actor: Actor, post_id: UUID, name: str) -> None:
    """Close a post on offer or make a closed one a draft again."""
    async with DB.acting_for(actor):
        await move(actor, post_id, name)


async def count_staff(actor: Actor, post_id: UUID, counted_on: date, staff: int) -> None:
    """Keep how many staff are in this kind of post from a day on, at all internships of the kind
    whatever their state; a count of the same day is replaced.

    The latest count is a post's own figure. Raises Missing for another enterprise's post, Refusal
    for a day to come.
    """
    if counted_on > clock.today():
        sentence = _("Staff is counted on a day that has come.")
        raise Refusal(sentence, {"counted_on": sentence})
    async with DB.acting_for(actor):
        # what is published meanwhile joins the kind before or after this count
        await DB.connection().execute("select lock_hosts($1)", [actor.organisation])
        row = await DB.fetch_one(
            "select id, staff_same_type from post where id = $1 and enterprise = $2 for update",
            post_id,
            actor.organisation,
        )
        if row is None:
            raise Missing
        await _count_at(actor, [row, *await _of_kind(post_id)], counted_on, staff)


async def delete_post(actor: Actor, post_id: UUID) -> None:
    """Delete a draft. Raises Refusal for a post that was published: close it instead."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select state, published from post where id = $1 and enterprise = $2 for update",
            post_id,
            actor.organisation,
        )
        if row is None:
            raise Missing
        if row["state"] != "draft" or row["published"] is not None:
            raise Refusal(_("This post was published before; close it instead of deleting it."))
        await DB.change(Post.delete().where(Post.id == post_id))
        await audit.record(actor, "delete_post", "post", post_id)


async def copy_post(actor: Actor, post_id: UUID) -> UUID:
    """A new draft with the same content. Raises Missing for another enterprise's post."""
    row = await queries.post(actor, post_id)
    if row["enterprise"] != actor.organisation:
        raise Missing
    return await create_post(actor, draft_of(row))


_DONE = {
    "publish": N_("This post is published already."),
    "close": N_("This post is closed already."),
    "pause": N_("This post is not on offer."),
    "resume": N_("This post is on offer already."),
    "restore": N_("This post is on offer already."),
    "reopen": N_("This post is a draft already."),
}


async def move(actor: Actor, post_id: UUID, name: str, version: int | None = None) -> None:
    """Take one step of a post's life in the open transaction; gates are asked apart.

    Raises Missing, Conflict when the post has moved on, Refusal while others count on it.
    """
    # the enterprise before its post, as whoever places people there does
    await DB.connection().execute("select lock_hosts($1)", [actor.organisation])
    row = await DB.fetch_one(
        "select state, version from post where id = $1 and enterprise = $2 for update",
        post_id,
        actor.organisation,
    )
    if row is None:
        raise Missing
    step = find(TRANSITIONS, name, row["state"])
    if step is None:
        sentence = _DONE[name]
        raise Conflict(_(sentence))
    if name == "reopen" and (reason := await holders.needed("post", post_id)):
        raise Refusal(reason)
    if version is not None and row["version"] != version:
        raise Conflict(_("Somebody changed this post meanwhile. Look at it again."))
    await DB.change(
        "update post set state = $2::varchar, version = version + 1,"
        " published = case when $2::varchar = 'published' then $3 else published end,"
        " closed = case when $2::varchar = 'closed' then $3 end where id = $1",
        post_id,
        step.target,
        clock.now(),
    )
    await audit.record(
        actor,
        f"{name}_post",
        "post",
        post_id,
        before={"state": step.source},
        after={"state": step.target},
    )
    if step.target == "closed":
        await _drop_changes(actor, post_id)
    if step.target in ("paused", "closed") or step.source in ("paused", "closed"):
        await tell_moved(post_id, "offered" if step.target == "published" else step.target)


async def _drop_changes(actor: Actor, post_id: UUID) -> None:
    """What schools are asked about a post that closes is asked no more."""
    dropped = await DB.sweep(
        PostChange.update({PostChange.state: "dropped", PostChange.ended: clock.now()}).where(
            PostChange.post == post_id, PostChange.state == "asked"
        )
    )
    if dropped:
        await audit.record(actor, "drop_post_change", "post", post_id)


async def tell_moved(post_id: UUID, what: str, before: int = 0, after: int = 0) -> None:
    """Say that a post was `closed`, `paused`, `offered` again, `changed` or has `fewer` places, in
    the open transaction."""
    await events.publish(
        "posts.moved",
        {
            "post": str(post_id),
            "what": what,
            "before": before,
            "after": after,
            "at": clock.now().isoformat(timespec="seconds"),
        },
    )


async def _count(actor: Actor, post_id: UUID, counted_on: date, staff: int) -> None:
    await DB.connection().execute(
        "insert into post_staff_count (id, post, enterprise, counted_on, staff) values "
        "(gen_random_uuid(), $1, $2, $3, $4)"
        " on conflict (post, counted_on) do update set staff = excluded.staff",
        post_id,
        actor.organisation,
        counted_on,
        staff,
    )
    await events.publish("posts.facts_changed", {"post": str(post_id)})


async def _count_at(
    actor: Actor, posts: list[dict[str, Any]], counted_on: date, staff: int
) -> None:
    """Keep a count at posts (`id`, `staff_same_type`), whose latest count is their own figure."""
    for post in posts:
        before = await DB.fetch_value(
            "select staff from post_staff_count where post = $1 and counted_on = $2",
            post["id"],
            counted_on,
        )
        await _count(actor, post["id"], counted_on, staff)
        latest = await DB.fetch_value(
            "select staff from post_staff_count where post = $1 order by counted_on desc limit 1",
            post["id"],
        )
        if latest != post["staff_same_type"]:
            await DB.change(
                Post.update({Post.staff_same_type: latest, Post.version: Post.version + 1}).where(
                    Post.id == post["id"]
                )
            )
        await audit.record(
            actor,
            "count_staff",
            "post",
            post["id"],
            before={"staff_same_type": before},
            after={"staff_same_type": staff, "counted_on": counted_on},
        )


async def _of_kind(post_id: UUID) -> list[dict[str, Any]]:
    """The other internships of a post's enterprise and occupation; none for a job."""
    return await DB.fetch(
        "select o.id, o.staff_same_type, o.state from post p join post o on o.id <> p.id"
        " and o.enterprise = p.enterprise and o.occupation = p.occupation"
        " and o.kind = 'internship' where p.id = $1 and p.kind = 'internship'"
        " order by o.id for update of o",
        post_id,
    )


async def _want(post_id: UUID, draft: PostDraft) -> None:
    await DB.sweep(PostSpecialty.delete().where(PostSpecialty.post == post_id))
    await DB.execute_many(
        "insert into post_specialty (id, post, specialty) values (gen_random_uuid(), $1, $2)",
        [(post_id, code) for code in draft.specialties],
    )


def _values(draft: PostDraft) -> list[object]:
    return [
        list(value) if isinstance(value, tuple) else value
        for value in (getattr(draft, name) for name in _COLUMNS)
    ]
