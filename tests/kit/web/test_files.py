"""Tables for the reader's disk."""

from __future__ import annotations

import io
import threading

from openpyxl import load_workbook

from alliance.kit.language import _, speaking
from alliance.kit.web import files


async def test_a_table_is_made_and_written_beside_the_loop_in_the_readers_language():
    made_in = []

    def rows():
        for number in range(3):
            made_in.append(threading.get_ident())
            yield [_("yes"), number]

    with speaking("zh"):
        workbook = await files.table(["a", "n"], rows(), "表")
        text = await files.table(["a", "n"], rows(), "表", "csv")
    assert len(made_in) == 6
    assert threading.get_ident() not in made_in
    assert [
        [cell.value for cell in row] for row in load_workbook(io.BytesIO(workbook.content)).active
    ] == [
        ["a", "n"],
        ["是", 0],
        ["是", 1],
        ["是", 2],
    ]
    assert text.content.decode("utf-8-sig").splitlines() == ["a,n", "是,0", "是,1", "是,2"]
    assert text.headers["content-disposition"].endswith("filename*=UTF-8''%E8%A1%A8.csv")
