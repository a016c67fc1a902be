"""What is typed is told apart from what a document shows, and nobody signs what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar

from alliance.compliance.passing import RefusedByLaw
from alliance.evidence import actions as evidence
from alliance.kit import clock
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Refusal
from alliance.placements import actions as file_actions
from alliance.placements import queries as file_queries
from alliance.placements.declaring import PROOFS, Declared, for_another, unproven
from alliance.placements.model import FIELDS
from alliance.placements.pages.forms import proof_words
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS, sentence
from alliance.rounds import queries
from alliance.rounds.checklist import checklist
from alliance.rounds.leftover.held import placements_of
from tests.placements.files import AGREEMENT, SIGNED, complete, placed
from tests.rounds.rounds import open_round
from tests.world import World

PDF = b"%PDF-1.4 signed"


async def test_nobody_signs_an_agreement_without_its_text_nor_approves_a_plan_with_gaps(
    db: Database, world: World
) -> None:
    placement = await placed(world)
    for actor in (world.hr_precision, world.coordinator_centre):
        with pytest.raises(Refusal) as refused:
            await file_actions.record(actor, [placement], {"agreement_host_on": SIGNED})
        assert set(refused.value.fields) == {"agreement_host_on"}
        assert "还没有可签的协议" in refused.value.sentence
        with pytest.raises(Refusal) as refused:
            await file_actions.record(actor, [placement], {"plan_host_on": SIGNED})
        assert set(refused.value.fields) == {"plan_host_on"}
        assert "岗位要求" in refused.value.sentence
    six_of_seven = dict.fromkeys(list(PLAN_FIELDS)[1:], "写明")
    with pytest.raises(Refusal, match="岗位要求"):
        await file_actions.record(
            world.coordinator_centre,
            [placement],
            {"plan": six_of_seven, "plan_school_on": SIGNED},
        )
    with pytest.raises(Refusal, match="违约责任"):
        await file_actions.record(
            world.coordinator_centre,
            [placement],
            {"agreement_text": AGREEMENT.split("七、")[0], "agreement_school_on": SIGNED},
        )
    await file_actions.record(world.coordinator_centre, [placement], {"agreement_text": AGREEMENT})
    await file_actions.record(world.hr_precision, [placement], {"agreement_host_on": SIGNED})


async def test_another_plan_needs_its_approvals_anew(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.record(world.hr_precision, [placement], {"plan_host_on": SIGNED})
    other = dict.fromkeys(PLAN_FIELDS, "另写")
    # as the form sends it: the approvals that stood come back with the new text
    typed = {"plan": other, "plan_school_on": SIGNED, "plan_host_on": SIGNED}
    await file_actions.record(world.coordinator_centre, [placement], typed)
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert (row["plan_school_on"], row["plan_host_on"]) == (None, None)
    assert "C01" in row["broken"]
    anew = {"plan": other, "plan_school_on": SIGNED}
    await file_actions.record(world.coordinator_centre, [placement], anew)
    await file_actions.record(world.hr_precision, [placement], {"plan_host_on": SIGNED})
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert row["sections"]["plan"] == "declared"
    later = {"plan": dict.fromkeys(PLAN_FIELDS, "三写"), "plan_school_on": clock.today()}
    await file_actions.record(world.coordinator_centre, [placement], later)
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert (row["plan_school_on"], row["plan_host_on"]) == (clock.today(), None)


async def test_items_that_are_ticked_count_only_where_the_text_speaks_of_them(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    ticked = {"agreement_items": list(AGREEMENT_ITEMS), "agreement_text": "三方协议全文"}
    await file_actions.record(world.coordinator_centre, [placement], ticked)
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert {"D02", "D05"} <= set(row["broken"])
    assert row["sections"]["agreement"] == "missing"
    with pytest.raises(RefusedByLaw):
        await file_actions.move(world.coordinator_centre, placement, "agree")


async def test_training_needs_its_hours_and_a_test_that_was_passed(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    for change, said in (
        ({"training_hours": 1, "training_score": 20}, "20 of 100 points"),
        ({"training_hours": None, "training_score": 90}, "no hours"),
        ({"training_hours": 24, "training_score": None}, "no score"),
        ({"training_score": 90, "trained_by": ""}, "does not say who held it"),
    ):
        await file_actions.record(world.hr_precision, [placement], change)
        row = await file_queries.file(world.hr_precision, vault, placement)
        assert row["sections"]["training"] == "missing", change
        assert said in sentence(row["broken"]["H03"][1], "en")


async def test_what_one_coordinator_typed_is_declared_until_a_document_shows_it(
    db: Database, world: World, vault: Vault
) -> None:
    school = world.coordinator_centre
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    placement = await placed(world, round=round_id)
    await complete(world, placement)
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert {code for code, state in row["sections"].items() if state == "done"} == {
        "guides",
        "lodging",
    }
    assert "agreement" in row["only_declared"]
    said = row["declared"]["agreement_student_on"]
    person = world.coordinator_centre.person
    assert said == Declared("coordinator", clock.today(), person)
    assert for_another("agreement_student_on", said)
    assert not for_another("agreement_host_on", row["declared"]["agreement_host_on"])
    assert row["declarers"][person]

    def line(rows: list[Any], label: str) -> tuple[int, int, int, str]:
        found = next(each for each in rows if each.item.label == label)
        return found.shown, found.declared, found.total, found.kind

    whole = await queries.round_of(world.coordinator_centre, round_id)
    rows = await file_queries.by_class(
        world.coordinator_centre, vault, await placements_of(world.coordinator_centre, round_id)
    )
    lines = await checklist(world.coordinator_centre, whole, rows)
    assert line(lines, "Tripartite agreement") == (0, 1, 1, "info")
    assert line(lines, "Inspection report of new hosts") == (0, 1, 1, "info")
    assert line(lines, "Guidance by school and host") == (1, 0, 1, "ok")

    four = PROOFS["agreement"][:4]
    await file_actions.attach(school, placement, "agreement", "协议.pdf", PDF, four)
    row = await file_queries.file(school, vault, placement)
    # whether each signed by their own hand no signature shows
    assert row["sections"]["agreement"] == "declared"
    reliably = ["agreement_signed_reliably"]
    await file_actions.attach(school, placement, "agreement", "签署记录.pdf", PDF, reliably)
    rows = await file_queries.by_class(
        world.coordinator_centre, vault, await placements_of(world.coordinator_centre, round_id)
    )
    lines = await checklist(world.coordinator_centre, whole, rows)
    assert line(lines, "Tripartite agreement") == (1, 0, 1, "ok")
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert row["sections"]["agreement"] == "done"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("consents", {}),
        ("filings", {"province_consent_on": SIGNED, "province_filed_on": SIGNED}),
        ("filings", {"abroad_filed_on": SIGNED, "accompanied": True}),
        ("plan", {}),
        ("lodging", {"lodging": "outside", "lodging_guardian_on": SIGNED, "lodging_filed_on": SIGNED}),
    ],
)  # fmt: skip
async def test_a_file_proves_what_it_is_said_to_prove_and_nothing_beside_it(
    db: Database, world: World, vault: Vault, code: str, changes: dict[str, Any]
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    school = world.coordinator_centre
    if changes:
        await file_actions.record(school, [placement], changes)
    row = await file_queries.file(school, vault, placement)
    said = unproven(code, row, frozenset())
    assert len(said) > 1
    for wrong in ((), ("insured_from",)):
        with pytest.raises(Refusal) as refused:
            await file_actions.attach(school, placement, code, "a.pdf", PDF, wrong)
        assert set(refused.value.fields) == {"proves"}
    # one party's paper after the other: the section stands on the last
    for at, name in enumerate(said):
        row = await file_queries.file(school, vault, placement)
        assert row["sections"][code] == "declared"
        assert unproven(code, row, row["proven"]) == said[at:]
        kept = await file_actions.attach(school, placement, code, f"{name}.pdf", PDF, [name])
    row = await file_queries.file(school, vault, placement)
    assert row["sections"][code] == "done"
    await evidence.withdraw(school, kept)
    row = await file_queries.file(school, vault, placement)
    assert row["sections"][code] == "declared"
    # one paper that is said to prove all of them, by whom and when
    await file_actions.attach(school, placement, code, "全部.pdf", PDF, said)
    row = await file_queries.file(school, vault, placement)
    assert row["sections"][code] == "done"
    papers, bringers = await file_queries.papers(school, vault, [placement])
    newest = next(each for each in papers[placement, code] if each.name == "全部.pdf")
    assert set(newest.proves) == set(said)
    assert newest.uploaded_by == school.person
    assert bringers[newest.id] == row["declarers"][school.person]
    told = proof_words(newest, bringers)
    assert "注明，证明：" in told
    assert all(_(FIELDS[name].label) in told for name in said)


async def test_the_file_says_who_typed_whose_signature(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/placements/{placement}")).text
        assert "not by whoever signed" in page
        assert "No document shows yet: Signed by the student, Signed by the guardian." in page
        assert page.count("no document") > 5
        listed = (await browser.get("/placements")).text
        assert "complete by what is declared" in listed
