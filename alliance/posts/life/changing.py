"""Changing and pausing a post on offer: at once where nobody counts on it, else with the consent of
the schools that do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.passing import judged
from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking import needs
from alliance.kit.asking.needs import Need
from alliance.kit.engine import DB
from alliance.kit.language import _, day, ngettext
from alliance.kit.problems import ChangedMeanwhile, Conflict, Missing, Refusal
from alliance.notices.actions import Message, tell_role
from alliance.posts import actions, queries
from alliance.posts.caps.counting import filled
from alliance.posts.caps.filling import Asked
from alliance.posts.facts import draft_of
from alliance.posts.model import PostDraft
from alliance.posts.tables import PostChange, PostConsent

_STANDING = """
select h.id, h.post, h.enterprise, h.kind, h.draft, h.state, h.reason, p.title, p.state as now,
  o.name as host_name
from post_change h join post p on p.id = h.post join organisation o on o.id = h.enterprise
where h.id = $1
"""


async def change_offer(
    actor: Actor, post_id: UUID, version: int, draft: PostDraft, reason: str
) -> UUID | None:
    """Change a post on offer; returns None when it is done, or the change for which schools that
    count on the post are asked.

    Raises ChangedMeanwhile, Refusal where the change does not fit what was promised or has no
    reason, RefusedByLaw.
    """
    before = await queries.own_post(actor, post_id)
    if before["version"] != version:
        raise ChangedMeanwhile(before)
    async with judged(actor):
        row = await _locked(actor, post_id)
        if row["version"] != version:
            raise Conflict(_("Somebody changed this post meanwhile. Look at it again."))
        _on_offer_or_paused(row)
        counting = await needs.of("post", post_id)
        await _fits(before, draft, counting)
        if draft == draft_of(before):
            raise Refusal(_("Nothing differs from the post as it is on offer."))
        if counting:
            return await _ask(actor, before, "edit", counting, reason, draft)
        await actions.write(actor, before, draft)
        if row["state"] == "published":
            await actions.pass_publish(actor, post_id)
        await actions.tell_moved(post_id, "changed")
    return None


async def pause(actor: Actor, post_id: UUID, reason: str) -> UUID | None:
    """Take a post from offer for a while; returns None when it is done, or the change for which
    schools with an open round are asked."""
    before = await queries.own_post(actor, post_id)
    async with DB.acting_for(actor):
        row = await _locked(actor, post_id)
        if row["state"] != "published":
            raise Conflict(_("This post is not on offer."))
        counting = [need for need in await needs.of("post", post_id) if not need.placed]
        if counting:
            return await _ask(actor, before, "pause", counting, reason, None)
        await actions.move(actor, post_id, "pause")
    return None


async def answer(actor: Actor, change_id: UUID, *, agreed: bool, words: str = "") -> None:
    """Give a school's answer to a change. Raises Missing, Refusal without a reason for a no,
    Conflict when it was dropped or answered."""
    if not agreed and not words.strip():
        sentence = _("Write why; the enterprise reads it.")
        raise Refusal(sentence, {"words": sentence})
    async with DB.acting_for(actor):
        change = await _change(change_id)
        if await DB.fetch_value(
            "select agreed from post_consent where change = $1 and school = $2",
            change_id,
            actor.organisation,
        ):
            raise Conflict(_("Your school has answered already."))
        await DB.change(
            PostConsent.update(
                {
                    PostConsent.agreed: agreed,
                    PostConsent.words: words.strip()[:300],
                    PostConsent.answered: clock.now(),
                    PostConsent.answered_by: actor.person,
                }
            ).where(
                PostConsent.change == change_id,
                PostConsent.school == actor.organisation,
                PostConsent.agreed.is_null(),
            )
        )
        if not agreed:
            await DB.change(
                PostChange.update(
                    {PostChange.state: "refused", PostChange.ended: clock.now()}
                ).where(PostChange.id == change_id)
            )
        await audit.record(
            actor, "answer_post_change", "post", change["post"], after={"agreed": agreed}
        )
        kind = "post_change_agreed" if agreed else "post_change_refused"
        async with DB.acting_for(SYSTEM):
            waiting = await DB.fetch_value(
                "select exists (select from post_consent where change = $1 and agreed is null)",
                change_id,
            )
            if not agreed or not waiting:
                await _tell("hr", [change["enterprise"]], kind, change)


async def carry_out(actor: Actor, change_id: UUID) -> UUID:
    """Do what every school has agreed to; returns the post. Raises Refusal while an answer is
    missing, RefusedByLaw when the law stands against it today."""
    async with judged(actor):
        change = await _change(change_id)
        if change["enterprise"] != actor.organisation:
            raise Missing
        row = await _locked(actor, change["post"])
        counting = await needs.of("post", change["post"])
        if change["kind"] == "pause":
            counting = [need for need in counting if not need.placed]
        await _all_agreed(change_id, counting)
        if change["kind"] == "pause":
            await actions.move(actor, change["post"], "pause")
        else:
            _on_offer_or_paused(row)
            before = await queries.post(actor, change["post"])
            draft = msgspec.json.decode(change["draft"], type=PostDraft)
            # the staff is counted apart, with its days
            draft = msgspec.structs.replace(draft, staff_same_type=before["staff_same_type"])
            await _fits(before, draft, counting)
            await actions.write(actor, before, draft)
            if row["state"] == "published":
                await actions.pass_publish(actor, change["post"])
            fewer = draft.head_count < before["head_count"]
            await actions.tell_moved(
                change["post"],
                "fewer" if fewer else "changed",
                before=before["head_count"],
                after=draft.head_count,
            )
        await DB.change(
            PostChange.update({PostChange.state: "done", PostChange.ended: clock.now()}).where(
                PostChange.id == change_id
            )
        )
    found: UUID = change["post"]
    return found


async def drop(actor: Actor, change_id: UUID) -> UUID:
    """Take a change back before it is carried out; returns the post."""
    async with DB.acting_for(actor):
        change = await _change(change_id)
        if change["enterprise"] != actor.organisation:
            raise Missing
        await DB.change(
            PostChange.update({PostChange.state: "dropped", PostChange.ended: clock.now()}).where(
                PostChange.id == change_id
            )
        )
        await audit.record(actor, "drop_post_change", "post", change["post"])
    found: UUID = change["post"]
    return found


async def _locked(actor: Actor, post_id: UUID) -> dict[str, Any]:
    """The post as it stands once its enterprise is locked: nobody is placed while it changes."""
    await DB.connection().execute("select lock_hosts($1)", [actor.organisation])
    row = await DB.fetch_one(
        "select state, version from post where id = $1 and enterprise = $2 for update",
        post_id,
        actor.organisation,
    )
    if row is None:
        raise Missing
    return row


def _on_offer_or_paused(row: dict[str, Any]) -> None:
    if row["state"] not in ("published", "paused"):
        raise Conflict(_("This post is not on offer."))


async def _change(change_id: UUID) -> dict[str, Any]:
    change = await DB.fetch_one(f"{_STANDING} for update of h", change_id)
    if change is None:
        raise Missing
    if change["state"] != "asked":
        raise Conflict(_("This change was answered, carried out or dropped meanwhile."))
    return change


async def _fits(before: dict[str, Any], draft: PostDraft, counting: Sequence[Need]) -> None:
    """Refuse what would break a promise: another kind, days that a round or placement needs, fewer
    places than are taken."""
    wrong: dict[str, str] = {}
    if draft.kind != before["kind"]:
        wrong["kind"] = _("A post on offer stays of its kind. Draft another one.")
    if draft.staff_same_type != before["staff_same_type"]:
        wrong["staff_same_type"] = _("Staff is counted on the post's page, with its day.")
    for need in counting:
        if draft.starts is not None and draft.starts > need.starts:
            wrong["starts"] = _(
                "%(school)s counts on it from %(day)s.", school=need.name, day=day(need.starts)
            )
        if draft.ends is not None and draft.ends < need.ends:
            wrong["ends"] = _(
                "%(school)s counts on it until %(day)s.", school=need.name, day=day(need.ends)
            )
    today = clock.today()
    stay = Asked(
        host=before["enterprise"],
        occupation=before["occupation"],
        post=before["id"],
        starts=max(before["starts"] or today, today),
        ends=max(before["ends"] or today, today),
    )
    (full,) = await filled([stay])
    if draft.head_count < full.post.interns:
        wrong["head_count"] = ngettext(
            "%(count)s intern is placed here on the fullest day.",
            "%(count)s interns are placed here on the fullest day.",
            full.post.interns,
        )
    if wrong:
        raise Refusal(next(iter(wrong.values())), wrong)


async def _ask(
    actor: Actor,
    row: dict[str, Any],
    kind: str,
    counting: Sequence[Need],
    reason: str,
    draft: PostDraft | None,
) -> UUID:
    if not reason.strip():
        sentence = _("Schools count on this post: write why, for those who are to agree.")
        raise Refusal(sentence, {"reason": sentence})
    if await DB.fetch_value(
        "select exists (select from post_change where post = $1 and state = 'asked')", row["id"]
    ):
        raise Conflict(
            _(
                "A change of this post is being asked for already. Drop it first, or wait for the "
                "answer."
            )
        )
    change_id = uuid4()
    await DB.insert(
        PostChange(
            id=change_id,
            post=row["id"],
            enterprise=actor.organisation,
            kind=kind,
            draft="{}" if draft is None else msgspec.json.encode(draft).decode(),
            reason=reason.strip()[:300],
            state="asked",
            made=clock.now(),
            made_by=actor.person,
        )
    )
    await audit.record(actor, "ask_post_change", "post", row["id"], after={"change": change_id})
    change = {"id": change_id, "title": row["title"], "host_name": row["enterprise_name"]}
    await _ask_schools(change, {need.organisation for need in counting})
    return change_id


async def _ask_schools(change: dict[str, Any], schools: set[UUID]) -> None:
    await DB.execute_many(
        "insert into post_consent (id, change, school) values (gen_random_uuid(), $1, $2)",
        [(change["id"], school) for school in sorted(schools)],
    )
    async with DB.acting_for(SYSTEM):
        await _tell("coordinator", sorted(schools), "post_change_asked", change)


async def _all_agreed(change_id: UUID, counting: Sequence[Need]) -> None:
    rows = await DB.fetch("select school, agreed from post_consent where change = $1", change_id)
    agreed = {row["school"]: row["agreed"] for row in rows}
    for need in counting:
        if need.organisation not in agreed:
            raise Refusal(
                _(
                    "%(school)s counts on this post since you asked. Drop the change and ask anew.",
                    school=need.name,
                )
            )
        if not agreed[need.organisation]:
            raise Refusal(_("%(school)s has not answered yet.", school=need.name))


async def _tell(
    role: str, organisations: Sequence[UUID], kind: str, change: dict[str, Any]
) -> None:
    told = {"post": change["title"], "host": change["host_name"]}
    href = f"/posts/changes/{change['id']}"
    await tell_role(
        role,
        [Message(one, kind, told, href, f"{kind} {change['id']}") for one in organisations],
    )
