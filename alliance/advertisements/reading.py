"""One row of an uploaded table as an advertisement: pure, with every problem by row and column."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast

import msgspec
from stdnum.cn import uscc

from alliance.advertisements.columns import COLUMNS, SENTENCES
from alliance.advertisements.skills.vocabulary import LONGEST, MOST_LISTED, read_skills
from alliance.advertisements.titles.vocabulary import LISTED, TitleReader
from alliance.kit.forms import one_line, several_lines
from alliance.kit.sheets import (
    Cell,
    Header,
    normalise,
    unguarded,
)
from alliance.kit.sheets.cells import DayError, read_day
from ml.skills import Recogniser

HUB = "hub"
"""The source of the hub's own job posts."""
SEVERAL = {"若干", "若干名", "不限", "不限人数", "人数不限", "多", "数", "多名", "several"}
NEGOTIABLE = {"", "面议", "薪资面议", "工资面议", "待遇面议", "可面议", "面谈", "negotiable"}
OLDEST = date(2000, 1, 1)
LONGEST_TEXT = 4000
LONGEST_NAME = 120
_RANGE = re.compile(
    r"(\d+(?:\.\d+)?)([kK千万]?)(?:[-~–至](\d+(?:\.\d+)?)([kK千万]?))?(?:元)?(?:/?月)?"
)
_HEADS = re.compile(
    r"(?P<about>约|大约|至少|不少于)?(?P<low>\d{1,6})(?:\.0+)?[人名个位]?"
    r"(?:[-~–—至到](?P<high>\d{1,6})[人名个位]?)?(?P<more>以上|左右|\+|余|多)?[人名个位]?(?:以上|左右)?"
)
_BY_DAY = re.compile(r"[/每一]?(?:天|日|小时|时|h|hour|day)$|^(?:日薪|时薪|每天|每日|每小时|一天)")
_UNITS = {"": 1, "k": 1000, "K": 1000, "千": 1000, "万": 10000}


class Known(msgspec.Struct, frozen=True):
    """What an import may refer to: codes of the catalogues, towns by name, members by credit code
    and by name; of `ended` occupations the last day and the code that stands for them today, if
    there is one; without a recogniser skills stay as they are listed, without titles an occupation
    that is not given stays open."""

    occupations: frozenset[str]
    industries: frozenset[str]
    towns: Mapping[str, str]
    members_by_code: Mapping[str, str]
    members_by_name: Mapping[str, str]
    member_industries: Mapping[str, str]
    hub_names: frozenset[str] = frozenset({HUB, "枢纽", "产教联盟枢纽"})
    recogniser: Recogniser | None = None
    ended: Mapping[str, tuple[date, str | None]] = {}
    titles: TitleReader | None = None


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one cell; `row` counts as in the file, `code` is a key of
    `columns.SENTENCES`, `told` what its sentence says besides."""

    row: int
    column: str
    value: str
    code: str
    told: Mapping[str, str] = {}

    @property
    def is_error(self) -> bool:
        """Whether it keeps the row out."""
        return SENTENCES[self.code][0] == "error"


class Advertisement(msgspec.Struct, frozen=True, kw_only=True):
    """A readable row. `employer_key` is the same for all spellings of one employer, `identity` for
    one advertisement of one source, `digest` for the same content."""

    row: int
    source: str
    identity: str
    digest: str
    published: date
    enterprise: str | None
    enterprise_name: str
    employer_key: str
    title: str
    text: str
    occupation: str | None
    industry: str | None
    skills: tuple[str, ...]
    skill_origins: tuple[str, ...]
    heads: int
    several: bool
    pay_low: Decimal | None
    pay_high: Decimal | None
    town: str | None
    url: str
    occupation_origin: str = LISTED
    occupation_guesses: tuple[str, ...] = ()


class Reader:
    """Reads one row; collects its problems."""

    def __init__(self, header: Header, known: Known, today: date) -> None:
        self.header = header
        self.known = known
        self.today = today
        self.names = {column.name: column.spellings[0] for column in COLUMNS}
        self.problems: list[Problem] = []
        self.row = 0

    def problem(self, column: str, code: str, value: object = "", **told: str) -> None:
        heading = self.header.headings.get(column, self.names[column])
        self.problems.append(Problem(self.row, heading, str(value)[:80], code, told))

    def read(self, number: int, cells: list[Cell]) -> Advertisement | None:
        """The advertisement of a row, None where an error keeps it out; problems are added to
        `problems`."""
        self.row = number
        before = len(self.problems)
        cells = [cast(Cell, unguarded(cell)) for cell in cells]
        text = {name: normalise(self.header.cell(cells, name)) for name in self.names}
        # compared as above, kept as somebody wrote it: full-width punctuation, lines of a long text
        title, words = (_as_written(self.header.cell(cells, name)) for name in ("title", "text"))
        employer = _as_written(self.header.cell(cells, "enterprise"))
        published = self._day(self.header.cell(cells, "published"), text["published"])
        enterprise, name = self._employer(text["enterprise"], text["code"])
        self._required(text)
        source = self._source(text["source"])
        occupation = self._occupation(text["occupation"])
        heads = self._heads(text["heads"])
        several = heads is not None and not any(c.isdigit() for c in text["heads"])
        pay_low, pay_high = self._pay(text["pay"])
        town = self._town(text["place"])
        industry = self._industry(text["industry"], enterprise)
        url = self._url(text["url"])
        if (
            published is None
            or heads is None
            or any(problem.is_error for problem in self.problems[before:])
        ):
            return None
        key = f"member:{enterprise}" if enterprise else employer_key(name)
        identity = hash_of(
            source, url or "|".join((key, text["title"], published.isoformat(), text["place"]))
        )
        listed = tuple(
            dict.fromkeys(
                part for part in re.split(r"[、,，;；|/]+", text["skills"]) if part.strip()
            )
        )
        if len(listed) > MOST_LISTED or any(len(skill.strip()) > LONGEST for skill in listed):
            self.problem("skills", "skills_cut", limit=str(MOST_LISTED), longest=str(LONGEST))
        listed = tuple(skill.strip()[:LONGEST] for skill in listed)[:MOST_LISTED]
        if len(words) > LONGEST_TEXT:
            self.problem("text", "text_cut", words[:20] + "…", limit=str(LONGEST_TEXT))
        if len(one_line(employer)) > LONGEST_NAME:
            self.problem(
                "enterprise", "enterprise_cut", employer[:20] + "…", limit=str(LONGEST_NAME)
            )
        digest = hash_of(
            published.isoformat(),
            key,
            text["title"],
            text["text"],
            occupation or "",
            industry or "",
            "|".join(listed),
            "several" if several else str(heads),
            text["pay"],
            town or "",
        )
        skills, origins = read_skills(
            self.known.recogniser, listed, text["title"], text["text"][:LONGEST_TEXT]
        )
        return Advertisement(
            row=number,
            source=source,
            identity=identity,
            digest=digest,
            published=published,
            enterprise=enterprise,
            enterprise_name=(one_line(employer) or name)[:LONGEST_NAME],
            employer_key=key,
            title=one_line(title)[:120],
            text=words[:LONGEST_TEXT],
            occupation=occupation,
            industry=industry,
            skills=skills,
            skill_origins=origins,
            heads=heads,
            several=several,
            pay_low=pay_low,
            pay_high=pay_high,
            town=town,
            url=url,
        )

    def _required(self, text: dict[str, str]) -> None:
        for column in ("title", "source"):
            if not text[column]:
                self.problem(column, "missing")
        if len(text["title"]) > 120:
            self.problem("title", "title_long", text["title"][:20] + "…")

    def _day(self, cell: Cell, text: str) -> date | None:
        if not text:
            self.problem("published", "missing")
            return None
        try:
            day = read_day(cell)
        except DayError:
            self.problem("published", "day_unreadable", text)
            return None
        if day > self.today:
            self.problem("published", "day_future", text)
        elif day < OLDEST:
            self.problem("published", "day_old", text)
        return day

    def _employer(self, name: str, code: str) -> tuple[str | None, str]:
        code = code.replace(" ", "").upper()
        if code and not uscc.is_valid(code):
            self.problem("code", "code_invalid", code)
        if not name and not code:
            self.problem("enterprise", "missing")
        member = self.known.members_by_code.get(code) or self.known.members_by_name.get(
            employer_key(name)
        )
        return member, name or code

    def _source(self, text: str) -> str:
        if text.casefold() in self.known.hub_names:
            self.problem("source", "source_reserved", text)
        elif len(text) > 40:
            self.problem("source", "source_long", text)
        return text

    def _occupation(self, text: str) -> str | None:
        if not text:
            if self.known.titles is None:
                self.problem("occupation", "occupation_missing")
            return None
        if text not in self.known.occupations:
            self.problem("occupation", "occupation_unknown", text)
        elif text in self.known.ended:
            last, present = self.known.ended[text]
            since = (last + timedelta(days=1)).isoformat()
            if present is None:
                self.problem("occupation", "occupation_ended", text, since=since)
            else:
                self.problem(
                    "occupation", "occupation_replaced", text, since=since, present=present
                )
        return text

    def _heads(self, text: str) -> int | None:
        if not text:
            self.problem("heads", "missing")
            return None
        if re.sub("[人名个位]$", "", text) in SEVERAL or text in SEVERAL:
            self.problem("heads", "heads_several", text)
            return 1
        digits = _HEADS.fullmatch(text.replace(" ", ""))
        if digits is None or not 1 <= int(digits["low"]) <= int(digits["high"] or 9999) <= 9999:
            self.problem("heads", "heads_unreadable", text)
            return None
        if digits["about"] or digits["high"] or digits["more"]:
            self.problem("heads", "heads_range", text, heads=digits["low"])
        return int(digits["low"])

    def _pay(self, text: str) -> tuple[Decimal | None, Decimal | None]:
        plain = text.replace(",", "").replace(" ", "")
        if plain in NEGOTIABLE:
            return None, None
        found = _RANGE.fullmatch(plain)
        try:
            if found is None:
                raise InvalidOperation
            low, low_unit, high, high_unit = found.groups()
            # 4-6千 means 4000 to 6000
            first = Decimal(low) * _UNITS[low_unit or (high_unit or "")]
            last = first if high is None else Decimal(high) * _UNITS[high_unit or low_unit or ""]
        except InvalidOperation:
            code = "pay_by_day" if _BY_DAY.search(plain) else "pay_unreadable"
            self.problem("pay", code, text)
            return None, None
        if not first <= last < 10**7:
            self.problem("pay", "pay_unreadable", text)
            return None, None
        return first, last

    def _town(self, text: str) -> str | None:
        if not text:
            return None
        town = self.known.towns.get(text) or next(
            (code for name, code in self.known.towns.items() if name in text), None
        )
        if town is None:
            self.problem("place", "place_unknown", text)
        return town

    def _industry(self, text: str, enterprise: str | None) -> str | None:
        of_member = self.known.member_industries.get(enterprise or "")
        if not text:
            return of_member
        code = text.upper().split(" ")[0]
        if code not in self.known.industries:
            self.problem("industry", "industry_unknown", text)
            return of_member
        return code

    def _url(self, text: str) -> str:
        if text and not re.fullmatch(r"https?://\S{3,490}", text):
            self.problem("url", "url_unreadable", text)
            return ""
        return text


def _as_written(cell: Cell) -> str:
    return several_lines(cell) if isinstance(cell, str) else normalise(cell)


def employer_key(name: str) -> str:
    """One spelling for all of an employer's name: without spaces, brackets and the words for a
    limited company.

    >>> employer_key("云岭精密制造（有限公司）") == employer_key(" 云岭精密制造 有限责任公司")
    True
    """
    plain = re.sub(r"[\s()（）\[\]【】·.,，。-]", "", normalise(name)).casefold()
    return re.sub(r"(股份有限公司|有限责任公司|有限公司|公司)$", "", plain)[:120]


def sentence_values(problem: Problem) -> Mapping[str, Any]:
    """What fills the places of a problem's sentence."""
    return {"column": problem.column, "value": problem.value, "row": problem.row, **problem.told}


def hash_of(*parts: str) -> str:
    """A fingerprint of these parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
