"""How an advertisement says that somebody is not wanted, or that only somebody is: the words of the
field, put together with the persons whom a ground is about (`discrimination`, `screening`).

All are written for text as `plainly` gives it: half width, simplified, no spaces beside Chinese.
Repeats are bounded, so that the time grows with the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ml.skills.normal import normalise

ONLY: Final = (
    r"(?<![不无主重])(?:仅限于?|只限于?|(?<![仅只])限(?:定|招|(?:性别)?为)?|限制性别为|只招收?|仅招收?|只收|仅收|只要|仅要|只考虑|只看|只接受|仅接受"
    r"|(?:只|仅)?面向|要求(?:为|是|有)?|须(?:为|是)?|必须(?:为|是)?|应为|需(?:为|是|有)?|急招|诚招|诚聘|招聘?|纯|(?<![需只必])要"
    r"|最好(?:是)?|优先(?:录用|考虑|招收?|招聘|录取|安排))"
)
"""Before the persons who alone are wanted, or wanted first."""
REFUSING: Final = (
    r"(?<!不得)(?<!不能)(?:不招[收用]?|不要(?!求)|不收(?![费取])|不录用?|(?:暂|不予?)不?考虑|不考虑|不接[受收](?!.{0,6}(?:歧视|限制))"
    r"|不面向|不适合|不需要|不欢迎|谢绝|拒绝|拒[招收]|禁招|勿招|禁止|不聘)"
)
"""Before the persons who are not wanted."""
PERSONS: Final = (
    r"(?:的|者|们|生|人员|人士|员工|学生|同学|同志|毕业生?|应聘者|求职者|报名者|考生|群众"
    r"|学历|院校|孩子|家庭|子女|女性|女士|男性|身份|地区|籍|等){0,3}"
)
REFUSED: Final = (
    rf"{PERSONS}(?:[,、]?(?:一律|均|都|概|暂|请|也)){{0,2}}(?:[勿莫](?:投递?|扰|报|应聘|打扰|来|入|试|进)|慎[投入报]|免[谈投报扰]|除外|止步|谢绝|拒绝"
    r"|不招|不要(?!求)|不收(?![费取])|不录(?!像)|不予(?:录[用取]|考虑|接收)|不考虑|不接[受收]|不看|不聘|不招用|不建议投?|不适合"
    r"|绕[行道]|就?别[来投]|[❌✖×✕])"
)
"""After the persons who are not wanted."""
FIRST: Final = rf"{PERSONS}(?:录用)?优先(?!安排|办理)"
"""After the persons who are wanted first, where the law lets nobody be preferred so."""
END: Final = r"(?=[,;。!)\n/]|$)"
BEGIN: Final = r"(?:^|(?<=[,;。(\n]))"
FORBIDDING: Final = r"(?:不得|严禁|杜绝|反对|取消|不因|不设|不以)[^,;。\n]{0,14}$"
"""Before words that are quoted to forbid them."""

_SINGLE = re.compile(r"(?<![一-鿿])[一-鿿](?:[,、./|~_*^+\-][一-鿿]){2,}(?![一-鿿])")
_BROKEN = re.compile(r"(?<=[一-鿿])[*_~|^+.、](?=[一-鿿])")
_SOUNDS: Final = (
    (re.compile(r"[蓝喃楠侽](?=[生士性])"), "男"),
    (re.compile("钕"), "女"),
    (re.compile("九八五"), "985"),
    (re.compile("二一一"), "211"),
)
"""What is written otherwise so that no screen finds it; never longer or shorter."""


def plainly(text: str) -> tuple[str, Sequence[int]]:
    """A posting without what hides its words, and where each character, and the end, stood in it.

    >>> plainly("男 士 優 先")[0], plainly("女·勿·扰")[0]
    ('男士优先', '女勿扰')
    """
    plain, places = normalise(text)
    for sound, meant in _SOUNDS:
        plain = sound.sub(meant, plain)
    gaps = {
        at for match in _SINGLE.finditer(plain) for at in range(match.start() + 1, match.end(), 2)
    } | {match.start() for match in _BROKEN.finditer(plain) if plain[match.start()] != "、"}
    kept = [at for at in range(len(plain)) if at not in gaps]
    return "".join(plain[at] for at in kept), [*(places[at] for at in kept), places[len(plain)]]
