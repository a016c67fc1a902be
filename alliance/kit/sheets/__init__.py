"""Tables that people upload: spreadsheets and separated text, as real offices make them.

Reading forgives what keeps the meaning (title rows, merged cells, full-width digits, four
encodings), names what it does not take (`Remark`) and refuses with a sentence that says what to do.
Nothing here knows what the columns mean.

A file is hostile until it was read: `reading.read_table` has a process of its own parse it, within
limits, that holds no secret and can open neither file nor socket. `parsing` and what it needs
import nothing heavy, so that this process starts fast. Which file is plainly no table
`plain.refuse_plainly` tells without parsing.
"""

from alliance.kit.sheets.header import (
    Column,
    Header,
    find_header,
    heading_key,
    repeats_heading,
    unread,
)
from alliance.kit.sheets.model import (
    Cell,
    Limits,
    Remark,
    Sheet,
    SheetError,
    normalise,
    unguarded,
)

__all__ = [
    "Cell",
    "Column",
    "Header",
    "Limits",
    "Remark",
    "Sheet",
    "SheetError",
    "find_header",
    "heading_key",
    "normalise",
    "repeats_heading",
    "unguarded",
    "unread",
]
