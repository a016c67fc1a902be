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
        "Reading “%(file)s” broke off twice. Copy the table into a new workbook and upload that "
        "one."
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
    "no_header": N_(
        "These columns are missing: %(missing)s. The headings seen were: %(seen)s. Use the "
        "template's headings."
    ),
}
