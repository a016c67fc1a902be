"""What the screens on words stop, and the innocent text that they leave alone."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.regulation import AGREEMENT_ITEMS, HAZARDS, INSPECTION_ITEMS, PROVINCES, gate
from alliance.regulation.discrimination import words_of
from alliance.regulation.screening import UNLAWFUL_CLAUSES, VENUE_NAMES
from tests.regulation.lawful import TODAY, changed

SHUTS_OUT = (
    """
只招汉族|仅限汉族学生|限汉族|汉族优先|要求汉族，女|须为汉族男性|不招少数民族|不要回族|谢绝维吾尔族同学报名|少数民族勿投|藏族学生除外
回族、维族人员一律不要|不接受藏族、彝族学生|民族：汉族|民族要求：汉|不招信教人员|有宗教信仰者勿扰|不接受宗教信仰|无宗教信仰|要求无宗教信仰
无宗教信仰者优先|限基督教徒|穆斯林免谈|佛教徒优先|信教者不予录用|不信教者优先|外教限白人|不招黑人|白人优先|限男|女性优先|已婚已育
Han Chinese only|No Muslims|Ethnic minorities need not apply|Christians preferred|must be a Christian|White teachers only|Black applicants not accepted
must have no religion|Caucasians preferred|Men only|Females preferred|no ethnic minorities|must be Han Chinese|Hui applicants excluded
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
INNOCENT = (
    """
民族不限|不限民族|不限汉族、少数民族|民族要求：不限|宗教信仰：不限|各民族学生均可报名|同等条件下少数民族优先|懂少数民族语言者优先|不得仅限汉族
不仅限汉族|无宗教信仰要求|无民族、宗教信仰限制|有无宗教信仰均可|本岗位对民族、宗教信仰不作要求|不得有民族、种族、性别、宗教歧视|拒绝少数民族歧视
不接受宗教信仰歧视|民族团结教育基地讲解|尊重少数民族风俗习惯|回族餐厅面点制作|清真食品加工，须尊重穆斯林饮食习惯|民族舞蹈教学|宗教文化景区讲解
汉族、土家族、苗族民俗讲解|限白族扎染工艺|限土家族织锦工艺|为回族同学不收费提供清真餐|诚信教育培训|自信教学，不信教条|师傅教徒弟，一对一指导|轨道教育装备
跆拳道教学|黑人牙膏陈列|根据顾客肤色选择粉底|上班族早餐制作|不要水族箱清洗经验|拒绝家族式管理|家族企业不要求经验|只要工作认真|限 18 岁以上|不要求经验
No religious belief required|All ethnic groups are welcome|People of every religion are welcome|Minority languages preferred|Minorities welcome
Fluent in Tibetan preferred|Asian cuisine only|ink: black only|shirts must be white|White goods repair|Female connectors only|Muslim food counter
no minorities are excluded|Human resources|Handles only|The menu is in Han characters
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
VENUES = (
    """
清溪夜色酒吧|蓝调KTV|量贩ktv|清溪大浪淘沙洗浴中心|金色年华夜总会|好声音歌厅|清溪歌舞厅|极速网吧|天天网咖|银河电子游戏厅|欢乐电玩城|良子足浴店
清溪酒吧管理有限公司|Blue Night Club|Galaxy Karaoke|Star Internet Café|Qingxi Cocktail Bar
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
NO_VENUES = (
    """
清溪精密制造有限公司|清溪湖宾馆|清溪酒店管理有限公司|清溪洗浴用品厂|好运酒吧设备有限公司|网吧管理软件公司|互联网吧台家具厂|清溪酒吧台制造厂|卫浴洁具有限公司
清溪书吧|清溪水吧餐饮|清溪海滨浴场救生|清溪网络科技有限公司|清溪游戏软件开发有限公司|Qingxi Steel Bar Works|Barcode Systems|Karaoke Equipment Manufacturing
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("text", SHUTS_OUT)
def test_what_shuts_people_out_breaks_j01_and_is_quoted(text: str) -> None:
    (found,) = gate(
        "post.publish", changed(conditions={"text": f"数控车削操作\n{text}\n质量自检"}), TODAY
    )
    assert found.rule == "J01"
    assert str(found.numbers["words"]).split("、")[0] in text


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_text_passes(text: str) -> None:
    assert words_of(text) == ()


@given(
    st.lists(st.sampled_from(INNOCENT), min_size=1, max_size=6),
    st.sampled_from(["\n", "。", "；", ". "]),
)
def test_innocent_sentences_stay_innocent_together(sentences: list[str], between: str) -> None:
    assert words_of(between.join(sentences)) == ()


@given(
    st.sampled_from(SHUTS_OUT), st.lists(st.sampled_from(INNOCENT), max_size=4), st.integers(0, 4)
)
def test_innocent_sentences_hide_nothing(text: str, around: list[str], place: int) -> None:
    assert words_of("\n".join([*around[:place], text, *around[place:]]))


@given(
    st.text(
        alphabet="民族汉回藏宗教信徒不限仅只要招收无有者优先勿投，。、 abMuslimonly", max_size=60
    )
)
def test_a_screen_finds_pieces_of_the_text_itself(text: str) -> None:
    assert all(words and words in text for words in words_of(text))
    for pattern in (UNLAWFUL_CLAUSES, VENUE_NAMES):
        assert re.compile(pattern).groups == 0
        assert all(found and found in text for found in re.findall(pattern, text))


@pytest.mark.parametrize(
    "piece", ["汉族、", "汉族的者", "不招", "汉族和回族", "no muslims ", "酒吧"]
)
def test_long_text_takes_no_long_time(piece: str) -> None:
    began = time.process_time()
    words_of(piece * 4000)
    re.findall(VENUE_NAMES, piece * 4000)
    assert time.process_time() - began < 5


def test_the_catalogues_own_words_shut_nobody_out() -> None:
    for names in (HAZARDS, INSPECTION_ITEMS, AGREEMENT_ITEMS, PROVINCES):
        for name in names.values():
            assert words_of(f"{name.zh}\n{name.en}") == ()
            assert not re.search(VENUE_NAMES, f"{name.zh}\n{name.en}")


@pytest.mark.parametrize("name", VENUES)
def test_a_venue_is_known_by_its_name(name: str) -> None:
    (found,) = gate("host.use", changed(host={"name": name}), TODAY)
    assert found.rule == "E05"


@pytest.mark.parametrize("name", NO_VENUES)
def test_other_names_pass(name: str) -> None:
    assert gate("host.use", changed(host={"name": name}), TODAY) == ()
