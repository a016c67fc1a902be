"""A class register as schools keep it, read into students: every row either understood or
explained.

Pure: no database, no clock. What the county knows (its classes, specialties, towns) and the day
come in as `Reference`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar, cast

from alliance.kit.sheets import (
    Cell,
    Header,
    Sheet,
    find_header,
    heading_key,
    normalise,
    repeats_heading,
    unguarded,
    unread,
)
from alliance.programmes.rosters.cells import (
    CellError,
    read_birth,
    read_entry_year,
    read_grade,
    read_name,
    read_number,
    read_phone,
    read_sex,
    read_state,
)
from alliance.programmes.rosters.documents import read_document, read_kind
from alliance.programmes.rosters.messages import SEVERITY
from alliance.programmes.rosters.model import (
    COLUMNS,
    KnownClass,
    Problem,
    Reference,
    Roster,
    RosterRow,
)

# PIPL 28: the data of children below 14 needs rules of its own; no student of these schools is that
# young
YOUNGEST = 14
OLDEST = 60
_NOTE = re.compile(
    r"(注|备注|附注|说明|填表|填报|制表|审核|复核|合计|总计|共计|小计|总人数|联系人|负责人|班主任|日期|经办|单位\(?盖章|"
    r"note|total|prepared by|checked by)",
    re.IGNORECASE,
)
Found = TypeVar("Found")
_FILLED_DOWN = ("class", "specialty", "entry_year")


def masked(identity: str) -> str:
    """An identity number with its middle hidden.

    >>> masked("500000201003050126")
    '500000********0126'
    """
    if len(identity) >= 15:
        return identity[:6] + "*" * (len(identity) - 10) + identity[-4:]
    return identity[:2] + "*" * max(0, len(identity) - 2)


def parse_roster(sheet: Sheet, reference: Reference) -> Roster:
    """Read a register: one `RosterRow` per student, one `Problem` per cell that cannot be used.

    Rows of notes, totals, repeated headings and blanks are skipped and counted. An empty class,
    specialty or entry year below a filled one is taken from above where the format cannot hold
    merged cells (text files), with a warning. What the file holds besides is a warning too.

    Raises:
        SheetError: "no_header" when 学号, 姓名, 身份证号 or 班级 is missing; "heading_twice",
        "heading_moved".
    """
    header = find_header(sheet, COLUMNS, reference.headings)
    reading = _Reading(header, reference, fill_down=not sheet.fills_merged)
    for remark in unread(sheet, header):
        reading.problems.append(
            Problem(remark.row, remark.column, "", remark.code, "warning", remark.values)
        )
    reading.ask_whose_phone()
    repeats = repeats_heading(sheet, header)
    for row, cells in sheet.numbered(header.last_row + 1):
        if repeats(row, cells):
            reading.skipped += 1
        else:
            reading.read(row, cells)
    reading.join_repeated()
    reading.find_duplicates()
    reading.report_filled()
    wrong = {problem.row for problem in reading.problems if problem.is_error}
    problems = sorted(reading.problems, key=lambda problem: problem.row)
    good = [student for student in reading.students if student.row not in wrong]
    return Roster(good, problems, header.last_row, reading.skipped)


def _class_key(text: object) -> str:
    return re.sub(r"[\s()\-_]", "", normalise(text)).casefold()


class _Reading:
    """One pass over the rows: collects students, problems and where every number was seen."""

    def __init__(self, header: Header, reference: Reference, *, fill_down: bool) -> None:
        self.header = header
        self.reference = reference
        self.fill_down = fill_down
        self.classes = {_class_key(known.name): known for known in reference.classes}
        self.specialty_codes = {
            _class_key(name): code for code, name in reference.specialties.items()
        }
        self.above: dict[str, Cell] = {}
        self.seen: dict[str, list[tuple[int, str]]] = {"number": [], "identity_number": []}
        self.students: list[RosterRow] = []
        self.problems: list[Problem] = []
        self.filled: list[tuple[int, int, Cell]] = []
        self.skipped = 0

    def report(self, row: int, name: str, value: object, code: str, /, **values: object) -> None:
        shown = normalise(value)
        shown = masked(shown) if name == "identity_number" else shown[:60]
        column = self.header.headings.get(
            name, next(c.spellings[0] for c in COLUMNS if c.name == name)
        )
        self.problems.append(Problem(row, column, shown, code, SEVERITY.get(code, "error"), values))

    def read(self, row: int, cells: Sequence[Cell]) -> None:
        """Read one row of the table."""
        found = {
            column.name: cast(Cell, unguarded(self.header.cell(cells, column.name)))
            for column in COLUMNS
        }
        if (note := self._note(cells, found)) is not None:
            self.skipped += 1
            if note:
                self.problems.append(Problem(row, "", note[:60], "note_skipped", "warning"))
            return
        self._fill_down(row, found)
        number = self._cell(row, "number", found, read_number)
        name = self._cell(row, "name", found, read_name)
        kind = self._cell(row, "document", found, read_kind)
        identity = self._cell(
            row,
            "identity_number",
            found,
            lambda cell: read_document(cell, kind, self.reference.on_day),
        )
        if number:
            self.seen["number"].append((row, number))
        if identity:
            self.seen["identity_number"].append((row, identity.number))
        sex = self._cell(row, "sex", found, read_sex)
        birthday: date | None = None
        months = heading_key(self.header.headings.get("born")) == "出生年月"
        born = self._cell(row, "born", found, lambda cell: read_birth(cell, month_only=months))
        if identity:
            if sex and identity.sex and sex != identity.sex:
                self.report(row, "sex", found["sex"], "sex_mismatch")
            if not identity.area_listed:
                self.report(
                    row,
                    "identity_number",
                    identity.number,
                    "identity_area_unlisted",
                    digits=identity.number[:6],
                )
            if born and identity.born and not born.agrees(identity.born):
                self.report(
                    row, "born", found["born"], "born_mismatch", expected=identity.born.isoformat()
                )
            sex, birthday = identity.sex or sex, identity.born or (born.day if born else None)
            for column, known_now in (("sex", sex), ("born", birthday)):
                # what was typed and refused is told already
                if known_now is None and (column == "born" or not normalise(found[column])):
                    self.report(row, column, "", "said_elsewhere")
            age = YOUNGEST if birthday is None else age_on(birthday, self.reference.on_day)
            if not YOUNGEST <= age <= OLDEST:
                self.report(
                    row,
                    "identity_number",
                    identity.number,
                    "age_unlikely",
                    age=age,
                    youngest=YOUNGEST,
                )
        known = self._known_class(row, found)
        self._check_specialty(row, found, known)
        self._check_entry_year(row, found, known)
        town = self._town(row, found)
        phone = self._cell(row, "phone", found, read_phone) or ""
        guardian_phone = self._cell(row, "guardian_phone", found, read_phone) or ""
        guardian = self._cell(row, "guardian_name", found, read_name) or ""
        grade = self._cell(row, "grade", found, read_grade)
        state = self._cell(row, "state", found, read_state)
        if number and name and identity and known and sex and birthday:
            self.students.append(
                RosterRow(
                    number=number,
                    name=name,
                    identity_number=identity.number,
                    sex=sex,
                    born=birthday,
                    class_name=known.name,
                    specialty_code=known.specialty_code,
                    entry_year=known.entry_year,
                    town_code=town,
                    phone=phone,
                    guardian_name=guardian,
                    guardian_phone=guardian_phone,
                    grade=grade,
                    state=state,
                    row=row,
                )
            )

    def ask_whose_phone(self) -> None:
        """Warn of a phone that is headed as anybody's and stands right of the guardian's name, with
        no other phone of a guardian."""
        at = self.header.positions
        if (
            "guardian_phone" not in at
            and "phone" in at
            and at["phone"] - 1 == at.get("guardian_name")
            and not re.search("学生|本人|student", self.header.headings["phone"].casefold())
        ):
            self.report(self.header.last_row, "phone", "", "phone_of_whom")

    def join_repeated(self) -> None:
        """Take a student once whose rows say the same, as merged cells do over two guardians."""
        first: dict[tuple[str, str], RosterRow] = {}
        kept = []
        for student in self.students:
            key = student.number, student.identity_number
            same = first.setdefault(key, student)
            if same is student:
                kept.append(student)
                continue
            alike = replace(
                student, guardian_name=same.guardian_name, guardian_phone=same.guardian_phone
            )
            if alike != same:
                kept.append(student)
                continue
            code = "row_repeated" if student == same else "guardian_second"
            shown = student.guardian_name or student.guardian_phone
            self.report(student.row, "guardian_name", shown, code, first=same.row)
            for seen in self.seen.values():
                seen[:] = [(row, value) for row, value in seen if row != student.row]
        self.students = kept

    def find_duplicates(self) -> None:
        """Report a student or identity number that stands in several rows, in each of them, naming
        the others."""
        for name, seen in self.seen.items():
            rows: dict[str, list[int]] = {}
            for row, value in seen:
                rows.setdefault(value, []).append(row)
            for value, places in rows.items():
                if len(places) > 1:
                    listed = ", ".join(map(str, places[:10]))
                    for row in places:
                        self.report(
                            row,
                            name,
                            value,
                            f"{name.removesuffix('_number')}_duplicate",
                            rows=listed,
                        )

    def _note(self, cells: Sequence[Cell], found: Mapping[str, Cell]) -> str | None:
        """The text of a row of notes or totals, nothing of a blank one; None for a student."""
        texts = list(dict.fromkeys(text for text in map(normalise, cells) if text))
        if not texts:
            return ""
        identity = normalise(found["identity_number"])
        name, number = normalise(found["name"]), normalise(found["number"])
        if sum(c.isdigit() for c in identity) >= 6 and identity != texts[0]:
            return None
        if name and name != number and re.fullmatch(r"[0-9A-Za-z-]{4,24}", number):
            # a class 注塑1班 begins as a note does, and its student has a number and a name
            return None
        alone = len(texts) == 1 and (len(texts[0]) > 12 or name == number)
        return " ".join(texts) if alone or _NOTE.match(texts[0]) is not None else None

    def _fill_down(self, row: int, found: dict[str, Cell]) -> None:
        for name in _FILLED_DOWN:
            if normalise(found[name]):
                self.above[name] = found[name]
            elif self.fill_down and name in self.above:
                found[name] = self.above[name]
                if name == "class":
                    self._note_filled(row, found[name])

    def _note_filled(self, row: int, value: Cell) -> None:
        first, last, above = self.filled[-1] if self.filled else (row, row, None)
        # as text, because not every cell can be compared (a signalling "not a number")
        if last == row - 1 and normalise(above) == normalise(value):
            self.filled[-1] = (first, row, value)
        else:
            self.filled.append((row, row, value))

    def report_filled(self) -> None:
        """One warning for each run of rows whose class was taken from above."""
        for first, last, value in self.filled:
            self.report(first, "class", value, "class_filled_down", first=first, last=last)

    def _cell(
        self, row: int, name: str, found: Mapping[str, Cell], read: Callable[[Cell], Found]
    ) -> Found | None:
        """The cell as `read` understands it; None when it is empty (a problem only if required) or
        refused."""
        if not normalise(found[name]):
            if any(column.name == name and column.required for column in COLUMNS):
                self.report(row, name, "", "missing")
            return None
        try:
            return read(found[name])
        except CellError as refused:
            self.report(row, name, found[name], refused.code, **refused.values)
            return None

    def _known_class(self, row: int, found: Mapping[str, Cell]) -> KnownClass | None:
        if not normalise(found["class"]):
            self.report(row, "class", "", "missing")
            return None
        known = self.classes.get(_class_key(found["class"]))
        if known is None:
            listed = "、".join(known.name for known in self.reference.classes[:3]) or "–"
            self.report(row, "class", found["class"], "class_unknown", examples=listed)
        return known

    def _check_specialty(
        self, row: int, found: Mapping[str, Cell], known: KnownClass | None
    ) -> None:
        text = normalise(found["specialty"])
        if not text:
            return
        digits = re.search(r"\d{6}", text)
        code = self.specialty_codes.get(_class_key(text))
        if code is None and digits and digits.group() in self.reference.specialties:
            code = digits.group()
        if code is None:
            self.report(row, "specialty", text, "specialty_unknown")
        elif known and code != known.specialty_code:
            expected = self.reference.specialties.get(known.specialty_code, known.specialty_code)
            self.report(
                row, "specialty", text, "specialty_mismatch", name=known.name, expected=expected
            )

    def _check_entry_year(
        self, row: int, found: Mapping[str, Cell], known: KnownClass | None
    ) -> None:
        year = self._cell(row, "entry_year", found, read_entry_year)
        if year is not None and known and year != known.entry_year:
            expected = known.entry_year
            self.report(
                row,
                "entry_year",
                found["entry_year"],
                "entry_year_mismatch",
                name=known.name,
                expected=expected,
            )

    def _town(self, row: int, found: Mapping[str, Cell]) -> str | None:
        text = normalise(found["town"]).replace(" ", "")
        if not text:
            return None
        if text in self.reference.towns:
            return text
        for code, name in sorted(self.reference.towns.items(), key=lambda town: -len(town[1])):
            short = re.sub(r"(街道|镇|乡)$", "", name)
            if name in text or (len(short) >= 2 and text == short):
                return code
        self.report(row, "town", text, "town_unknown")
        return None


def age_on(born: date, on_day: date) -> int:
    """Whole years between a birthday and a day."""
    return on_day.year - born.year - ((on_day.month, on_day.day) < (born.month, born.day))
