"""Every update and delete knows how many rows it touched: row security swallows in silence, and what was not done is not said."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from piccolo.query.methods.update import UpdateError

from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing
from alliance.members.tables import Account
from tests.world import World

ROOT = Path(__file__).parents[2] / "alliance"
UNCHECKED = frozenset({"execute", "executemany", "execute_many"})
RETURNING = frozenset({"fetch", "fetch_one", "fetch_value", "fetchval", "fetchrow", "sweep"})
"""They say what was touched, if somebody looks."""

ANY_NUMBER = {
    "privacy.restrictions.end_of": "most requests restrict nothing, or were not granted yet",
    "privacy.holds.begin": "one that ended by itself makes room, where there is one",
    "privacy.holds.begin_for_breach": "one that ended by itself makes room, where there is one",
    "privacy.restrictions.begin": "one that ended by itself makes room, where there is one",
    "commands.restoring._settle": "a backup need not have open sessions or links",
    "forecasts.runs.actions._write": "a second attempt takes away what the first had written, if it had",
    "kit.jobs._beat": "most of the time no old beat is there to be tidied away",
    "kit.jobs._beating": "a worker may be stopped before its first beat",
    "members.erasing._restrict": "whoever is locked need not have an account",
    "members.erasing.forget_account": "an account need not have letters or links",
    "members.doors.attempts.succeeded": "the count may be forgotten already, and a known browser stands in no common queue",
    "members.doors.second_factor.confirm": "a first authenticator replaces no paper codes",
    "members.doors.second_factor.give_up": "a factor need not have paper codes",
    "members.who._actor": "another request of the session may have marked it as seen",
    "members.accounts.confirmations.carry_out": "an account that is given a role need not have an open link",
    "members.accounts.confirmations._bury": "most of the time nothing has expired",
    "members.accounts.links.begin_request": "old requests are tidied away, if there are any",
    "notices.actions.forget_notices": "nothing need have been told to whom the hub erases",
    "notices.actions.mark_read": "they may all be read already",
    "operations.jobs.tidy": "most nights little is old enough",
    "rounds.blind.give_scores": "a score that is taken back need not have been given",
    "rounds.running._write": "a second attempt takes away what the first had written, if it had",
    "orientation.actions._choose": "a new visit has no classes yet; old ones that stayed break the unique key",
    "posts.actions._want": "a new post has no specialties yet; old ones that stayed break the unique key",
    "hosts.actions._keep": "an arrangement that was never made is taken back: twice is once",
    "privacy.telling.confirm": "the first time stands, and a second one changes nothing",
    "programmes.slips.joining.add_children": "a slip may be of a child that is on the account already, and no link need be open",
    "programmes.slips.joining._part": "an account that another school made moves nowhere",
    "programmes.erasing.forget_guardian": "whoever looks after nobody has nothing to end",
}
"""Function → why any number of rows, none too, is right there."""


def beginning(node: ast.expr, constants: dict[str, str]) -> str:
    """A SQL text: a literal, a formatted one, the left of a sum, or a constant of the module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    if isinstance(node, ast.BinOp):
        return beginning(node.left, constants)
    return constants.get(node.id, "") if isinstance(node, ast.Name) else ""


def by_columns(node: ast.expr) -> bool:
    """Whether this is an update or delete of Piccolo's that returns nothing."""
    names = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        names.append(node.func.attr)
        node = node.func.value
    return names[-1:] in (["update"], ["delete"]) and "where" in names and "returning" not in names


def changes(path: Path) -> Iterator[tuple[str, str, bool]]:
    """(function, method, whether its result is thrown away) of every update and delete of a module."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: beginning(node.value, {})
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for function in [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]:
        awaited = [node.value for node in ast.walk(function) if isinstance(node, ast.Expr)]
        thrown = {id(node.value) for node in awaited if isinstance(node, ast.Await)}
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
                sql = " ".join(beginning(call.args[0], constants).lower().split())
                late = sql.startswith("with ") and (" update " in sql or " delete from " in sql)
                if sql.startswith(("update ", "delete from ")) or late or by_columns(call.args[0]):
                    yield function.name, call.func.attr, id(call) in thrown
        for lone in awaited:
            if isinstance(lone, ast.Await) and by_columns(lone.value):
                yield function.name, "execute", True


def test_every_update_and_delete_knows_how_many_rows_it_touched() -> None:
    unchecked, any_number = [], set()
    for path in sorted(ROOT.glob("**/*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        # a key store is no table of the hub, and has no row security that swallows
        for function, method, thrown in (
            changes(path) if not {"migrations", "keys"} & set(path.parts) else ()
        ):
            where = f"{module}.{function}"
            if method in UNCHECKED:
                unchecked.append(f"{where}: use DB.change, or DB.sweep with a reason in ANY_NUMBER")
            elif method in RETURNING and thrown:
                any_number.add(where)
    assert unchecked == []
    assert any_number == set(ANY_NUMBER), "say why in ANY_NUMBER, or look at the number"


async def test_a_change_that_row_security_swallows_is_refused_and_nothing_is_kept(
    db: Database, world: World
) -> None:
    mine, theirs = world.hr_hotel.account, world.hr_precision.account
    with pytest.raises(Missing):
        async with db.acting_for(world.hr_hotel):
            await db.change("update account set language = 'en' where id = $1", theirs)
    with pytest.raises(Conflict):
        async with db.acting_for(world.hr_hotel):
            await db.change(
                "update account set language = 'en' where id = any($1)", [mine, theirs], expect=2
            )
    async with db.acting_for(world.hr_hotel):
        assert await db.sweep("update account set language = 'en' where id = $1", theirs) == 0
        with pytest.raises(Missing):
            await db.change(Account.update({Account.language: "en"}).where(Account.id == theirs))
        with pytest.raises(UpdateError):
            await db.sweep(Account.update({Account.language: "en"}))
        assert await db.change("update account set language = 'zh' where id = $1", mine) == 1
        assert await db.fetch_value("select language from account where id = $1", mine) == "zh"
