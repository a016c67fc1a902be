"""The log as a chain: blocks of entries, each with the hash of the one before, and the first place
where the chain is broken.

A block's content is SHA-256 over its entries in order, its chain SHA-256 over the chain before it
and the content, its mark a keyed hash of the chain: who may write to the database, but does not
know the hub's secret, cannot make a chain that holds. The newest block is also named in the key
store, outside the database, so that a cut tail is found whatever its day. Readers never wait for
each other: the worker seals what stands, once a minute.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from alliance.access.tables import AccessSeal
from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault

log = logging.getLogger(__name__)
WINDOW: Final = 20_000
"""An entry whose transaction lasted is sealed later, as long as no more entries than this came
after it."""
LATE: Final = timedelta(minutes=15)
"""An entry that no block holds after so long was slipped in, or nobody seals."""
_START: Final = bytes(32)
_ENTRY: Final = (
    "id, reading, at, person, organisation, role, own, kind, number, subject, "
    "pseudonym, school, purpose, reason, page, address"
)
_LATER: Final = ("people", "marks")
"""Columns that came later: in the hash of an entry that has them, so that older blocks hold."""
_SEALED: Final = f"{_ENTRY}, {', '.join(_LATER)}"


def content_of(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """The hash of a block's entries, in the order of their numbers."""
    digest = hashlib.sha256()
    for entry in entries:
        plain = {**entry, "at": entry["at"].timestamp()}
        values = [plain[name] for name in _ENTRY.split(", ")]
        if any(plain[name] is not None for name in _LATER):
            values += [plain[name] for name in _LATER]
        digest.update(msgspec.json.encode(values) + b"\n")
    return digest.digest()


def chained(before: bytes, content: bytes, latest: datetime, entries: Sequence[int]) -> bytes:
    """The hash that binds a block to the one before."""
    tail = msgspec.json.encode([latest.timestamp(), list(entries)])
    return hashlib.sha256(before + content + tail).digest()


def mark_of(vault: Vault, chain: bytes) -> bytes:
    """The keyed hash of a block's chain."""
    return vault.mark(f"access seal {chain.hex()}")


async def seal(vault: Vault) -> int:
    """Seal the entries that no block holds yet; returns how many. The first block of a day leaves
    its predecessor in the trail.

    The key store hears of the newest block; where it knows of one that is not there, it keeps to
    that (`accept_cut`).
    """
    sealed = await _seal(vault)
    await _anchor(vault)
    return sealed


async def _anchor(vault: Vault) -> None:
    async with DB.acting_for(SYSTEM):
        last = await DB.fetch_one("select id, chain from access_seal order by id desc limit 1")
        kept = vault.keys.head()
        if await _missing(kept):
            log.error(
                "the access log was cut: the key store knows of block %s, and it is not there",
                kept.split(" ")[0],
            )
        elif last is not None and (head := f"{last['id']} {last['chain'].hex()}") != kept:
            vault.keys.keep_head(head)


async def _missing(head: str) -> bool:
    """Whether the key store names a block that the log does not have, in the open transaction."""
    if not head:
        return False
    identifier, chain = head.split(" ")
    there: bytes | None = await DB.fetch_value(
        "select chain from access_seal where id = $1", int(identifier)
    )
    return there != bytes.fromhex(chain)


async def accept_cut(vault: Vault, why: str) -> bool:
    """After a restore the newest blocks are gone: put that on record and go on from what is there;
    False where nothing is cut."""
    async with DB.acting_for(SYSTEM):
        head = vault.keys.head()
        if not await _missing(head):
            return False
        await audit.record(
            SYSTEM, "accept_cut_access", "access_seal", None, after={"head": head, "why": why}
        )
        last = await DB.fetch_one("select id, chain from access_seal order by id desc limit 1")
    vault.keys.keep_head("" if last is None else f"{last['id']} {last['chain'].hex()}")
    return True


async def _seal(vault: Vault) -> int:
    async with DB.acting_for(SYSTEM):
        # sealers wait for each other; nobody who reads does
        await DB.connection().execute("select pg_advisory_xact_lock(hashtext('access seal'))")
        last = await DB.fetch_one(
            "select id, at, chain, (select max(entries[cardinality(entries)]) from access_seal) as "
            "most from access_seal"
            " order by id desc limit 1"
        )
        floor = max(0, last["most"] - WINDOW) if last else 0
        rows = await DB.fetch(
            f"select {_SEALED} from access_entry where id in (select id from access_entry where id "
            "> $1 except"
            " select unnest(entries) from access_seal where entries[cardinality(entries)] > $1) "
            "order by id",
            floor,
        )
        if not rows:
            return 0
        now, ids = clock.now(), [row["id"] for row in rows]
        content, latest = content_of(rows), max(row["at"] for row in rows)
        chain = chained(last["chain"] if last else _START, content, latest, ids)
        await DB.insert(
            AccessSeal(
                at=now,
                entries=ids,
                latest=latest,
                content=content,
                chain=chain,
                mark=mark_of(vault, chain),
            )
        )
        if last is not None and last["at"].date() < now.date():
            await audit.record(
                SYSTEM,
                "seal_access",
                "access_seal",
                None,
                after={"seal": last["id"], "chain": last["chain"].hex()},
            )
    return len(rows)


async def broken(vault: Vault) -> str | None:
    """The first place where the log was changed, as a sentence; None when all of it holds.

    Blocks older than the log is kept may be without their entries; their chain must hold all the
    same.
    """
    async with DB.acting_for(SYSTEM):
        term = await DB.fetch_value("select reading_days('access_log')")
        kept_since = clock.now() - timedelta(days=term)
        before = _START
        for block in await DB.fetch("select * from access_seal order by id"):
            rows = await DB.fetch(
                f"select {_SEALED} from access_entry where id = any($1) order by id",
                block["entries"],
            )
            if len(rows) < len(block["entries"]) and block["latest"] >= kept_since:
                gone = sorted(set(block["entries"]) - {row["id"] for row in rows})
                return f"block {block['id']}: entry {gone[0]} is gone"
            if len(rows) == len(block["entries"]) and content_of(rows) != block["content"]:
                return (
                    f"block {block['id']}: an entry between {rows[0]['id']} and "
                    f"{rows[-1]['id']} was changed"
                )
            if (
                chained(before, block["content"], block["latest"], block["entries"])
                != block["chain"]
            ):
                return f"block {block['id']}: does not follow from the block before it"
            if mark_of(vault, block["chain"]) != block["mark"]:
                return f"block {block['id']}: was not sealed with this hub's secret"
            before = block["chain"]
        loose = await DB.fetch_value(
            "select min(id) from access_entry where at < $1 and id not in (select unnest(entries) "
            "from access_seal)",
            clock.now() - LATE,
        )
        if loose is not None:
            return f"entry {loose} stands in no block"
        chains = {
            row["id"]: row["chain"].hex()
            for row in await DB.fetch("select id, chain from access_seal")
        }
        for row in await DB.fetch(
            "select after from audit_entry where action = 'seal_access' order by id"
        ):
            left = msgspec.json.decode(row["after"])
            if chains.get(left["seal"]) != left["chain"]:
                return f"block {left['seal']}: is not the one that the audit trail names"
        if await _missing(head := vault.keys.head()):
            return (
                f"block {head.split(' ')[0]}: is not the one that the key store names; what "
                "came last was cut"
            )
    return None
