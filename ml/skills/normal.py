"""One form for all ways to write the same characters, with the way back to the text as it was
given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

CJK = "\u3400-\u9fff"

# written traditionally → as the table writes it: only characters that occur in names of skills or
# around them
_TRADITIONAL = dict(
    zip(
        "電車銑數機圖證護術壓線綫銲試驗測檢編製產業務設計務員開發網絡絡實驗標註診斷輸養藥療復軟體資訊庫運營銷導遊講"
        "廚點麵飯衛潔環裝飾築礎鋼筋樑橋樓層漿軸軌貨倉儲輪駕駛執照飛無須會計帳稅單據財銀險賬報關關語歐盤陳櫃顧顏",
        "电车铣数机图证护术压线线焊试验测检编制产业务设计务员开发网络络实验标注诊断输养药疗复软体资讯库运营销导游讲"
        "厨点面饭卫洁环装饰筑础钢筋梁桥楼层浆轴轨货仓储轮驾驶执照飞无须会计账税单据财银险账报关关语欧盘陈柜顾颜",
        strict=True,
    )
)
_ALIKE = {
    "’": "'",
    "‘": "'",
    "`": "'",
    "·": "、",
    "•": "、",
    "・": "、",
    "‧": "、",
    "∙": "、",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
}


class _Characters(dict[int, str]):
    """Code point → its one form, worked out when first met; never longer than one character, so
    that places stay."""

    def __missing__(self, point: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(point)).lower()
        form = plain if len(plain) == 1 else chr(point)
        form = _ALIKE.get(form, _TRADITIONAL.get(form, form))
        self[point] = form
        return form


_CHARACTERS = _Characters()
# most texts hold nothing else to change, and replacing these is far quicker than looking at every
# character
_COMMON = tuple(zip("，：；（）！？　", ",:;()!? ", strict=True))
_RARE = re.compile(f"[^\x00-\x7f、。{CJK}]|[`{''.join(_TRADITIONAL)}]")
# spaces that separate nothing: beside Chinese, and between single letters as in "S M T"
_LOOSE = re.compile(
    rf"(?<=[{CJK}、])[^\S\n]+|[^\S\n]+(?=[{CJK}、])|(?<=(?<![a-z0-9])[a-z]) (?=[a-z](?![a-z0-9]))"
)


def normalise(text: str) -> tuple[str, Sequence[int]]:
    """The text in half width, lower case and simplified characters, without spaces beside Chinese;
    and for each of its characters, and one past the last, the position in the text as given.

    >>> normalise("ＣＡＤ 製圖")[0]
    'cad制图'
    """
    plain = text
    for wide, narrow in _COMMON:
        plain = plain.replace(wide, narrow)
    if _RARE.search(plain):
        plain = plain.translate(_CHARACTERS)
    else:
        plain = plain.lower()
    if " " not in plain and "\t" not in plain:
        return plain, range(len(plain) + 1)
    gaps = [match.span() for match in _LOOSE.finditer(plain)]
    if not gaps:
        return plain, range(len(plain) + 1)
    parts: list[str] = []
    places: list[int] = []
    begin = 0
    for first, last in [*gaps, (len(plain), len(plain))]:
        parts.append(plain[begin:first])
        places += range(begin, first)
        begin = last
    return "".join(parts), [*places, len(plain)]
