"""Finding skills in text: spellings, boundaries, look-alikes, negation, places."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from ml.skills import Recogniser, Skill, read_labelled, read_skills, score

ROOT = Path(__file__).parents[3]
TABLE = read_skills(ROOT / "fixtures" / "reference" / "skills.csv")
REAL = Recogniser(TABLE)
NAMES = {skill.code: skill.name_zh for skill in TABLE}
SENTENCES = read_labelled(Path(__file__).parent / "sentences.csv")
BORDERS = read_labelled(Path(__file__).parent / "borders.csv")

SMALL = Recogniser(
    [
        Skill("CAD", "制图", "CAD", ("AutoCAD", "CAD制图")),
        Skill("QMS", "质量体系", "Quality system", ("ISO9001",)),
        Skill("BILL", "开票", "Invoicing", ("issuing invoices", "invoice")),
        Skill("MOULD", "模具", "Injection mould", ("调机",), ("空调机",)),
        Skill("SPOT", "点焊", "Spot welding", ()),
        Skill("ROBOT", "机器人点焊", "Robot spot welding", ()),
        Skill("C", "C语言", "C programming", ("C++",)),
    ]
)


def wanted(text: str) -> set[str]:
    return set(SMALL.codes(text))


def test_the_held_out_half_is_recognised_as_a_reader_does() -> None:
    assert len(SENTENCES) >= 400
    half = [one for one in SENTENCES if one.marks["split"] == "test"]
    assert abs(len(half) - len(SENTENCES) / 2) <= 1
    found = score(REAL, half)
    assert found.precision >= 0.95
    assert found.recall >= 0.90


def test_mentions_end_where_a_reader_ends_them() -> None:
    assert len(BORDERS) >= 200
    halves = {
        split: score(REAL, [one for one in BORDERS if one.marks["split"] == split])
        for split in ("dev", "test")
    }
    assert halves["dev"].precision >= 0.98
    assert halves["dev"].recall >= 0.98
    assert halves["test"].precision >= 0.82
    assert halves["test"].recall >= 0.93


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("CAD：不需要", set()),
        ("CAD（不限）会开票", {"BILL"}),
        ("是否要求点焊：否；开票：是", {"BILL"}),
        ("CAD: no; invoicing: yes", {"BILL"}),
        ("点焊：无证勿扰", {"SPOT"}),
        ("CAD: no experience is too little", {"CAD"}),
        ("不需要点焊需要开票", {"BILL"}),
        ("没有点焊证不签合同", {"SPOT"}),
        ("不能不会CAD", {"CAD"}),
        ("Nobody may start without CAD", {"CAD"}),
        ("No CAD? Please do not apply.", {"CAD"}),
        ("We cannot hire anyone who does not know CAD", {"CAD"}),
    ],
)
def test_a_field_answered_with_no_and_a_demand_in_the_negative_are_told_apart(
    text: str, codes: set[str]
) -> None:
    assert wanted(text) == codes


def test_labels_are_codes_of_the_table_and_cover_every_kind() -> None:
    assert {code for one in SENTENCES for code in one.skills} <= set(NAMES)
    assert {(one.marks["language"], one.marks["kind"]) for one in SENTENCES} == {
        (language, kind) for language in ("zh", "en") for kind in ("ad", "post", "outline")
    }
    assert any(not one.skills for one in SENTENCES)


@pytest.mark.parametrize(
    "text",
    [
        "会ＣＡＤ",
        "会cad",
        "autocad熟练",
        "CAD 制图",
        "ＡｕｔｏＣＡＤ2020",
        "c a d 制图",
        "AutoCAD、Word",
        "（CAD）",
        "CADs are welcome",
    ],
)
def test_width_case_spaces_and_neighbours_do_not_matter(text: str) -> None:
    assert wanted(text) == {"CAD"}


@pytest.mark.parametrize("text", ["cadence", "scad", "cad9xa", "ISO90012", "decade", "xISO9001"])
def test_latin_spellings_are_whole_words(text: str) -> None:
    assert "CAD" not in wanted(text) or text == "cad9xa"
    assert "QMS" not in wanted(text)


@pytest.mark.parametrize("text", ["iso 9001", "ISO-9001", "ISO9001:2015", "懂iso9001体系"])
def test_letters_and_digits_join_in_any_way(text: str) -> None:
    assert wanted(text) == {"QMS"}


def test_both_englishes_hyphens_and_signs_are_one() -> None:
    assert wanted("injection molds") == wanted("injection-mould") == {"MOULD"}
    assert wanted("spot-welding") == {"SPOT"}
    assert wanted("C++ and C programming") == {"C"}


def test_a_longer_string_that_only_looks_like_it_does_not_count() -> None:
    assert wanted("空调机安装") == set()
    assert wanted("空调机旁调机") == {"MOULD"}


def test_the_longest_spelling_counts_and_what_lies_in_it_does_not() -> None:
    assert wanted("会机器人点焊") == {"ROBOT"}
    assert wanted("机器人点焊、点焊") == {"ROBOT", "SPOT"}


def test_traditional_characters_are_read() -> None:
    assert wanted("開票") == {"BILL"}
    for way in ("s2t", "s2tw", "s2hk"):
        converter = OpenCC(way)
        missed = [
            (skill.code, written)
            for skill in TABLE
            for spelling in (skill.name_zh, *skill.spellings)
            if skill.code not in REAL.codes("熟悉" + (written := converter.convert(spelling)))
        ]
        assert missed == [], way


@pytest.mark.parametrize(
    "text",
    ["会数\u200b控编程", "会数控\u00ad编程", "会数控\n编程", "PLC\nprogramming", "\ufeffPLC编程"],
)
def test_what_nobody_sees_and_ends_of_lines_do_not_part_a_word(text: str) -> None:
    assert [NAMES[code] for code in REAL.codes(text)] in (["数控编程"], ["PLC编程"])


def test_an_end_of_line_still_ends_what_is_denied() -> None:
    assert [NAMES[code] for code in REAL.codes("不要求焊工证\n数控编程")] == ["数控编程"]


@pytest.mark.parametrize(
    "text",
    [
        "spring season work",
        "picking spring onions",
        "baking soda warehouse",
        "stamping out fraud",
        "first aid kit supplier",
        "急救箱保管",
    ],
)
def test_common_words_are_no_skill(text: str) -> None:
    assert REAL.codes(text) == ()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("不要求会CAD", set()),
        ("无需CAD、开票和点焊", set()),
        ("不要求会CAD但要会开票", {"BILL"}),
        ("不要求会CAD，开票熟练", {"BILL"}),
        ("CAD不作要求", set()),
        ("CAD、开票、点焊都不要求", set()),
        ("没有点焊证的请勿投递", {"SPOT"}),
        ("不会开票者勿扰", {"BILL"}),
        ("不仅要会CAD，还要会开票", {"CAD", "BILL"}),
        ("非点焊岗位", set()),
        ("非标设备，会点焊", {"SPOT"}),
        ("免费培训点焊", {"SPOT"}),
        ("开票由财务负责", set()),
        ("不会CAD。会开票。", {"BILL"}),
        ("不要求会CAD。后期需学CAD", {"CAD"}),
        ("no CAD experience needed", set()),
        ("CAD is not required", set()),
        ("CAD, spot welding and invoicing are not required", set()),
        ("not only CAD but also invoicing", {"CAD", "BILL"}),
        ("no invoicing, but CAD", {"CAD"}),
        ("you need not know CAD; spot welding is a must", {"SPOT"}),
        ("without CAD you will not be considered", {"CAD"}),
        ("applicants without CAD are welcome", set()),
        ("neither CAD nor invoicing", set()),
        ("CAD isn't needed but invoicing is", {"BILL"}),
        ("No. 3: CAD", {"CAD"}),
        # something else is not limited, not wanted or not offered
        ("学历不限 会CAD", {"CAD"}),
        ("男女不限、会CAD", {"CAD"}),
        ("1、男女不限 2、会CAD", {"CAD"}),
        ("不上夜班 会CAD", {"CAD"}),
        ("不限男女—会CAD", {"CAD"}),
        ("CAD不限，学历不限", set()),
        ("You are not afraid of heights and have CAD experience", {"CAD"}),
        ("No weekends - CAD on day shift", {"CAD"}),
        ("with no criminal record and CAD", {"CAD"}),
        ("CAD with no overtime and spot welding", {"CAD", "SPOT"}),
        ("do not need a degree as long as they know CAD", {"CAD"}),
        ("non-smoking environment for CAD", {"CAD"}),
        ("non-CAD position", set()),
        # who does not have it is turned away
        ("无点焊证不得上岗", {"SPOT"}),
        ("严禁无点焊证作业", {"SPOT"}),
        ("没有点焊证不行", {"SPOT"}),
        ("没有点焊证的别来", {"SPOT"}),
        ("不能没有CAD经验", {"CAD"}),
        ("非持点焊证人员不得操作", {"SPOT"}),
        ("Do not apply unless you have CAD", {"CAD"}),
        ("无需点焊证", set()),
        ("严禁点焊作业", set()),
    ],
)
def test_negation_reaches_as_far_as_a_reader_takes_it(text: str, codes: set[str]) -> None:
    assert wanted(text) == codes


def test_the_business_of_the_company_is_apart() -> None:
    statuses = {span.code: span.status for span in SMALL.spans("我公司专业生产模具，招人开票")}
    assert statuses == {"MOULD": "aside", "BILL": "wanted"}
    assert wanted("清溪点焊有限公司招聘") == set()


def test_spans_stand_where_the_words_are_in_the_text_as_given() -> None:
    text = "要求：会 ＣＡＤ  制图，ISO 9001，不要求 点焊"
    assert [(text[s.start : s.end], s.code, s.status) for s in SMALL.spans(text)] == [
        ("ＣＡＤ  制图", "CAD", "wanted"),
        ("ISO 9001", "QMS", "wanted"),
        ("点焊", "SPOT", "negated"),
    ]


def test_an_exact_name_or_a_code_gives_the_code() -> None:
    assert (
        SMALL.code_of(" autocad "),
        SMALL.code_of("BILL"),
        SMALL.code_of("会CAD"),
        SMALL.code_of(""),
    ) == (
        "CAD",
        "BILL",
        None,
        None,
    )


def test_a_spelling_of_two_skills_or_a_single_character_is_refused() -> None:
    with pytest.raises(ValueError, match="spelling of A and of B"):
        Recogniser(
            [Skill("A", "焊接", "Welding", ()), Skill("B", "熔接", "Fusion", ("ＷＥＬＤＩＮＧ",))]
        )
    with pytest.raises(ValueError, match="too short"):
        Recogniser([Skill("A", "焊", "Weld", ())])
    with pytest.raises(ValueError, match="no skill"):
        Recogniser([])


def test_every_skill_of_the_table_is_found_by_each_of_its_spellings() -> None:
    missed = [
        (skill.code, spelling)
        for skill in TABLE
        for spelling in (skill.name_zh, skill.name_en, *skill.spellings)
        if skill.code not in REAL.codes(f"熟悉{spelling}，能吃苦")
    ]
    assert missed == []


def test_no_skill_is_found_in_its_own_look_alikes() -> None:
    wrong = [
        (s.code, one) for s in TABLE for one in s.exclusions if s.code in REAL.codes(f"招聘{one}")
    ]
    assert wrong == []


PIECES = st.lists(
    st.sampled_from(
        [
            "CAD",
            "开票",
            "点焊",
            "机器人",
            "，",
            "。",
            "、",
            " ",
            "不要求",
            "无",
            "但",
            "not ",
            "ＩＳＯ",
            "9001",
            "㎡",
            "①",
            "\n",
            "空调机",
            "é",
            "都不要",
            "需",
            "x",
        ]
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_spans_are_in_order_inside_the_text_and_name_their_skill(pieces: list[str]) -> None:
    text = "".join(pieces)
    spans = SMALL.spans(text)
    assert [s.start for s in spans] == sorted({s.start for s in spans})
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        assert SMALL.code_of(text[span.start : span.end]) == span.code
    assert set(SMALL.codes(text)) == {s.code for s in spans if s.status == "wanted"}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for span in REAL.spans(text):
        assert text[span.start : span.end]
