"""What PostgreSQL would plan anew at every statement."""

from __future__ import annotations


async def test_functions_that_row_security_asks_keep_their_plans(db):
    # a body in SQL that runs with its owner's rights cannot become part of the statement: it is planned for each that calls it
    async with db.transaction():
        rows = await db.fetch(
            "select distinct p.proname from pg_policy r join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = r.oid"
            " and d.refclassid = 'pg_proc'::regclass join pg_proc p on p.oid = d.refobjid join pg_language l on l.oid = p.prolang"
            " where p.prosecdef and l.lanname = 'sql'"
        )
    assert [row["proname"] for row in rows] == []
