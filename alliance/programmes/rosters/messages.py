"""What is said about a cell of a class register that cannot be used, and whether it keeps the row
out."""

from __future__ import annotations

from typing import Literal

from alliance.kit.language import N_
from alliance.kit.sheets.messages import REMARKS

Severity = Literal["error", "warning"]

SEVERITY: dict[str, Severity] = dict.fromkeys(
    (
        "class_filled_down",
        "town_unknown",
        "identity_area_unlisted",
        "grade_in_words",
        "guardian_second",
        "row_repeated",
        "note_skipped",
        "phone_of_whom",
        "elsewhere",
        *REMARKS,
    ),
    "warning",
)

TEMPLATES = REMARKS | {
    "missing": N_("%(column)s is empty. Fill it in, or delete the row if it is not a student."),
    "number_duplicate": N_(
        "Student number %(value)s stands in rows %(rows)s. A number belongs to one student: "
        "correct or delete all but one."
    ),
    "number_malformed": N_(
        "“%(value)s” is not a student number: 4 to 24 letters and digits are expected. Type it as "
        "in the school register."
    ),
    "number_damaged": N_(
        "Excel shortened this student number to %(value)s. Format the column as text and type the "
        "number again."
    ),
    "name_malformed": N_(
        "“%(value)s” is not a name. Write the name as on the identity card, without numbers or "
        "signs."
    ),
    "identity_duplicate": N_(
        "Identity number %(value)s stands in rows %(rows)s. Check which student it belongs to."
    ),
    "identity_length": N_(
        "The identity number %(value)s has %(length)s characters; 18 are expected. Copy it again "
        "from the card."
    ),
    "identity_characters": N_(
        "The identity number %(value)s holds other signs than digits and a last X. Copy it again "
        "from the card."
    ),
    "identity_damaged": N_(
        "Excel has changed the last digits of this identity number (%(value)s). Format the column "
        "as text and "
        "enter the number again; the lost digits cannot be restored."
    ),
    "identity_check_digit": N_(
        "The last digit of identity number %(value)s does not fit the others, so a digit is wrong. "
        "Compare it with the card."
    ),
    "identity_birth_date": N_(
        "Digits 7 to 14 of identity number %(value)s (%(digits)s) are not a day of the calendar. "
        "Compare it with the card."
    ),
    "identity_place": N_(
        "Identity number %(value)s begins with %(digits)s; no province has that code. Compare it "
        "with the card."
    ),
    "document_unknown": N_(
        "“%(value)s” is no kind of document that is taken. Write 身份证, 居住证 (Hong Kong, Macau, "
        "Taiwan), 外国人永久居留身份证 or 护照, or leave the cell empty for an identity card."
    ),
    "document_mismatch": N_(
        "The number %(value)s belongs to another kind of document than 证件类型 says: %(kind)s. "
        "Correct whichever is wrong."
    ),
    "passport_malformed": N_(
        "“%(value)s” is not a passport number: 6 to 12 letters and digits are expected. Copy it "
        "again from the passport."
    ),
    "foreign_malformed": N_(
        "“%(value)s” is not the number of a permanent residence card: 18 digits that begin with 9, "
        "or three letters and twelve digits. Copy it again from the card."
    ),
    "said_elsewhere": N_(
        "%(column)s is empty, and this document does not say it. Fill it in, the birthday with "
        "year, month and day."
    ),
    "identity_area_unlisted": N_(
        "The list of area codes does not have %(digits)s, with which identity number %(value)s "
        "begins. New districts are not in it yet; otherwise compare the number with the card."
    ),
    "age_unlikely": N_(
        "By the identity number this student is %(age)s years old; students are at least "
        "%(youngest)s and at "
        "most 60. Check the number."
    ),
    "sex_unknown": N_("“%(value)s” is not a sex. Write 男 or 女, or leave the cell empty."),
    "sex_mismatch": N_(
        "The sex “%(value)s” contradicts the identity number. Correct whichever is wrong."
    ),
    "born_unreadable": N_("“%(value)s” is not a birth date. Write it like 2010-03-05."),
    "born_two_digit_year": N_(
        "“%(value)s” has no full year. Write all four digits of the year, like 2010-03-05."
    ),
    "born_mismatch": N_(
        "The birth date “%(value)s” contradicts the identity number, which says %(expected)s. "
        "Correct whichever is wrong."
    ),
    "class_unknown": N_(
        "The school has no class “%(value)s”. Use a name of its class list (such as %(examples)s), "
        "or add the class first."
    ),
    "class_filled_down": N_(
        "Rows %(first)s to %(last)s name no class; the one above was taken: %(value)s. Check that "
        "this is right."
    ),
    "specialty_unknown": N_(
        "“%(value)s” is neither a name nor a code of a specialty. Use the catalogue's name or "
        "six-digit code."
    ),
    "specialty_mismatch": N_(
        "Class %(name)s belongs to %(expected)s, not to “%(value)s”. Correct the class or the "
        "specialty."
    ),
    "entry_year_unreadable": N_("“%(value)s” is not an entry year. Write it like 2025 or 2025级."),
    "entry_year_mismatch": N_(
        "Class %(name)s entered in %(expected)s, not in “%(value)s”. Correct the class or the year."
    ),
    "town_unknown": N_(
        "No town of the county is named in “%(value)s”. The student is taken in without a town, so "
        "distances stay unknown."
    ),
    "phone_malformed": N_(
        "“%(value)s” is not a mobile number: 11 digits that start with 1 are expected, %(length)s "
        "were found."
    ),
    "grade_malformed": N_(
        "“%(value)s” is not a grade. Write a number from 0 to 100, or leave the cell empty."
    ),
    "grade_in_words": N_(
        "“%(value)s” is a grade in words. The student is taken in without a grade; write a number "
        "from 0 to 100 if it is to count."
    ),
    "guardian_second": N_(
        "This row names a second guardian of the student in row %(first)s. The first one was "
        "taken; another can be invited on the student's page."
    ),
    "row_repeated": N_("This row repeats row %(first)s. The student was taken once."),
    "note_skipped": N_("This row was taken for a note or a total, not for a student: “%(value)s”."),
    "phone_of_whom": N_(
        "“%(column)s” stands beside the guardian and was read as the student's own phone. If it is "
        "the guardian's, head it 监护人电话."
    ),
    "state_unknown": N_(
        "“%(value)s” is no state of a student. Write 在籍, 休学, 退学, 毕业 or 转学."
    ),
    "grade_range": N_("The grade %(value)s is outside 0 to 100. Correct it."),
    "elsewhere": N_(
        "The same identity number is on the register of %(school)s too. Clarify where the student "
        "is before either school places them; both are told."
    ),
    "identity_taken": N_(
        "This identity number belongs to student %(other)s already. Check which number is right."
    ),
    "identity_changed": N_(
        "Another identity number is stored for this student number. If it was corrected, change it "
        "on the student's page."
    ),
    "erased": N_(
        "This student's personal data were erased. Give a returning student a new number."
    ),
    "restricted_use": N_(
        "The use of this student's data is restricted at their own wish, so this row changes "
        "nothing. Take it out of the list, or"
        " ask the student to lift the restriction."
    ),
    "restricted": N_(
        "This student's data are kept by law only. Give a returning student a new number."
    ),
}
