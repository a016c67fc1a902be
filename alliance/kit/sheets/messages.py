"""What is said of a table that cannot be read; apart from the reading, so that the child process
needs no catalogue."""

from __future__ import annotations

from alliance.kit.language import N_

MESSAGES = {
    "too_large": N_(
        "The file is larger than %(limit)s MB. Split it, or remove pictures and empty sheets."
    ),
    "not_spreadsheet": N_(
        "“%(file)s” is not a spreadsheet the hub can read. Open it in Excel or WPS and save it as "
        ".xlsx."
    ),
    "old_xls": N_(
        "“%(file)s” is in the old .xls format. Open it in Excel or WPS, save it as .xlsx and "
        "upload that file."
    ),
    "encrypted": N_(
        "“%(file)s” is protected by a password. Remove the password, save and upload it again."
    ),
    "unpacks_too_large": N_(
        "“%(file)s” unpacks to far more data than a table needs. Copy the table into a new "
        "workbook."
    ),
    "too_heavy": N_(
        "“%(file)s” takes more memory or time to read than a table needs. Copy the table into a "
        "new workbook."
    ),
    "gave_up": N_(
        "Reading “%(file)s” broke off again and again. Copy the table into a new workbook and "
        "upload that one."
    ),
    "unknown_encoding": N_(
        "The text of “%(file)s” cannot be read. Save it as CSV UTF-8 or as .xlsx."
    ),
    "empty": N_(
        "“%(file)s” holds no rows. Check that the table is on the first sheet and save it again."
    ),
    "no_such_sheet": N_("There is no sheet “%(sheet)s”. The workbook has: %(seen)s."),
    "too_many_rows": N_("The table has more than %(limit)s rows. Split it into several files."),
    "too_many_columns": N_(
        "The table has more than %(limit)s columns. Delete the columns that are not needed."
    ),
    "too_many_cells": N_(
        "The table has more than %(limit)s cells. Delete the columns that are not needed, or split "
        "the table."
    ),
    "merged_too_large": N_(
        "“%(file)s” merges whole rows or columns. Undo those merged cells and save it again."
    ),
    "stray_quote": N_(
        "In row %(row)s a quotation mark opens or closes where no cell begins or ends, so that "
        "cells and rows behind it would be lost. Delete it, or save the table as .xlsx."
    ),
    "heading_twice": N_(
        "The heading “%(heading)s” stands twice, in columns %(columns)s of row %(row)s. Give each "
        "column a heading of its own; of two tables beside each other put one below the other."
    ),
    "heading_moved": N_(
        "The headings stand again in row %(row)s, in another order than in row %(above)s. Put the "
        "columns of both parts into one order, or upload the parts one by one."
    ),
    "no_header": N_(
        "These columns are missing: %(missing)s. The headings seen were: %(seen)s. Use the "
        "template's headings."
    ),
}

REMARKS = {
    "sheet_unread": N_(
        "The sheet “%(sheet)s” (filled rows: %(rows)s) was not read; only “%(read)s” was. If it "
        "belongs to the table, put its rows below those, or upload it as a file of its own."
    ),
    "sheet_hidden": N_(
        "The hidden sheet “%(sheet)s” (filled rows: %(rows)s) was not read; only “%(read)s” was."
    ),
    "formula_empty": N_(
        "Rows %(rows)s: the formula has no stored value, so the cell was read as empty. Open the "
        "file in Excel or WPS, save it and upload it again."
    ),
    "cell_error": N_(
        "Rows %(rows)s: the cell shows an error (%(shown)s) and was read as empty. Type what "
        "belongs there."
    ),
    "rows_above": N_(
        "Rows %(rows)s stand above the headings and were not read. If they belong to the table, "
        "put them below."
    ),
    "column_unknown": N_(
        "“%(column)s” is none of the columns that are taken in; its %(count)s filled cells were "
        "not read."
    ),
    "column_unheaded": N_(
        "Column %(column)s has no heading; %(count)s filled cells from row %(row)s on were not "
        "read. Give it a heading, or check whether the row slipped to the right."
    ),
    "column_second": N_(
        "“%(column)s” was not read, because “%(taken)s” stands for the same and was taken."
    ),
}
"""What is said of something that a table holds and that was not read; each is a warning."""
