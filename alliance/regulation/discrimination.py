"""What shuts people out of a posting, by ground: a table of patterns, each with the law that forbids
it (rule J01).

A pattern names the words that shut out ("女勿扰", "限本地户口"), never the bare word: the same word
stands in innocent text ("男女不限", "女装样衣", "乙肝疫苗接种点"). No pattern has a capturing group;
repeats are bounded. A plain upper age is not forbidden by any law that we found, so only limits that
differ between women and men are; a preference for minorities or disabled people is asked for by law.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import msgspec

from alliance.regulation.screening import ORIGIN, SEX_EN
from alliance.regulation.text import Text


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """A ground on which the law forbids to shut people out."""

    name: str
    title: Text
    citation: Text
    since: date
    pattern: str


_ONLY: Final = r"(?<!不)(?<!无)(?:仅限于?|只限于?|限定为?|限招?|只招收?|仅招收?|只收|只要|只考虑|只看|要求为?|须为|必须为|必须是|应为|需为|招聘?)"
_REFUSED: Final = (
    r"(?:者|的|人员|人士|员工|学生|同学|同志|毕业生|应聘者|学历){0,2}"
    r"(?:一律|均|都|概)?(?:请?勿(?:投递?|扰|报|应聘)|慎投|免谈|免投|除外|不招|不要(?!求)|不收(?!费)|不录用?|不予(?:录用|考虑)|不考虑|不接受|请?绕(?:行|道)|不看|就?别(?:来|投)了?|不接收)"
)
_REFUSING: Final = r"(?:不招收?|不要(?!求)|不收(?!费)|谢绝|拒招|不录用|不考虑|不接收|不接受(?!.{0,6}(?:歧视|限制)))"
_OF_SEX: Final = (
    r"(?:的)?(?:用品|护肤|化妆|美妆|美容|服装|服饰|内衣|鞋|箱?包|配饰|饰品|西装|衬衫|腕表|健康|保健|理发|发型|科|医院|病房"
    r"|浴室|更衣室?|宿舍|公寓|卫生间|厕所|时装|皮具|剃须|生殖|专科|频道|产品|会所)"
)
"""Goods, rooms and departments for a sex, whose staff may be anybody."""
_WOMAN: Final = rf"(?:(?:女性|女生|女士|女工|女同志|女员工|女孩)(?!{_OF_SEX})|女(?![性生士工同员孩]|[装鞋款职子]|浴|宿|式|包|士?西|{_OF_SEX}))"
_MAN: Final = rf"(?:(?:男性|男生|男士|男工|男同志|男普工|男员工)(?!{_OF_SEX})|男(?![性生士工同普员]|[装鞋款子]|浴|宿|式|包|女|{_OF_SEX}))"
_SEX: Final = rf"(?:{_WOMAN}|{_MAN})"
_PLACES: Final = r"(?:东北|河南|河北|山东|山西|安徽|江西|湖南|湖北|四川|贵州|云南|广西|广东|福建|浙江|江苏|甘肃|新疆|西藏|青海|宁夏|陕西|内蒙古?|海南|重庆)"
_HOUSEHOLD: Final = r"(?:户口|户籍)"
_LOCAL: Final = r"(?:本地|本市|本县|本省|本区|城镇|城市|清溪|[\u4e00-\u9fa5]{2,4}[县市区省])"
_LIVER: Final = r"(?:乙肝|肝炎|大三阳|小三阳|艾滋病?|HIV|梅毒|传染病)"
_CARRIER: Final = r"(?:病毒)?(?:携带|感染)?(?:者|人员|患者|病史|大三阳|小三阳)?"
_DISABLED: Final = r"(?:(?:肢体|听力|视力)?残(?:疾|障)(?:人|者|人员|人士)?|聋哑人?|盲人)"
_SCHOOL: Final = r"(?:大专(?:以下)?|中专|职校|职高|中职|技校|高职|专科|职业学校|职业院校)(?:生|毕业生|学生|学历)?"
_ELITE: Final = (
    r"(?:985|211|双一流|一本|重点大学|名校|985/211|统招全日制|全日制统招|第一学历为?全日制)"
)
_SIGN: Final = r"[鼠牛虎兔龙蛇马羊猴鸡狗猪]"
_STARS: Final = r"(?:白羊|金牛|双子|巨蟹|狮子|处女|天秤|天蝎|射手|摩羯|水瓶|双鱼)座"

GROUNDS: Final[tuple[Ground, ...]] = (
    Ground(
        name="sex",
        title=Text("sex", "性别"),
        citation=Text(
            "Employment Promotion Law, art. 27; Law on the Protection of Women (2022), art. 43",
            "《就业促进法》第二十七条；《妇女权益保障法》（2022年修订）第四十三条",
        ),
        since=date(2008, 1, 1),
        pattern=rf"{_ONLY}{_SEX}(?!女)|{_SEX}{_REFUSED}|{_REFUSING}{_SEX}|{_SEX}优先"
        rf"|性别(?:要求)?[:：]\s*[男女](?![女性]?[、/和均]|不限)|(?i:{SEX_EN}|\b(?:fe)?male candidates only\b)",
    ),
    Ground(
        name="marriage",
        title=Text("marriage and birth", "婚育"),
        citation=Text(
            "Employment Promotion Law, art. 27; Law on the Protection of Women (2022), art. 43",
            "《就业促进法》第二十七条；《妇女权益保障法》（2022年修订）第四十三条",
        ),
        since=date(2008, 1, 1),
        pattern=rf"(?:{_ONLY}|无)(?:已婚|未婚|已育|未育|单身|离异)(?!已婚|未婚|均|都)"
        rf"|(?:已婚|未婚|已育|未育|单身|离异|备孕|结婚了?)(?:已育|未育)?(?:女性|女士|男性|人士|者|的)?(?:{_REFUSED}|优先)"
        r"|已婚已育(?!均|都|不限)|[一二两三四五\d]年内?(?:无|没有|暂无|不得?|不能).{0,4}(?:生育|怀孕|结婚|要孩子|备孕)",
    ),
    Ground(
        name="household",
        title=Text("household registration and origin", "户籍与籍贯"),
        citation=Text("Employment Promotion Law, arts. 3, 31", "《就业促进法》第三条、第三十一条"),
        since=date(2008, 1, 1),
        pattern=rf"{_ONLY}(?:为|是)?{_LOCAL}(?:{_HOUSEHOLD}|人(?!才|员))|非{_LOCAL}{_HOUSEHOLD}{_REFUSED}"
        rf"|(?:{_LOCAL}|农村|外地|外省){_HOUSEHOLD}者?(?:{_REFUSED}|优先)|(?:本地|外地|外省|外来)(?:务工)?(?:人员|人(?!才))(?:{_REFUSED}|优先(?!安排))"
        rf"|{_REFUSING}(?:外地人|{_PLACES}(?:籍|人))|(?:{_PLACES})(?:籍|人){_REFUSED}|(?<!填写)(?<!填报)(?<!登记)(?<!注明)(?<!提供)籍贯(?!不限|不作|无要求|等?信息|等?资料|栏|[一均都]?律?不限)[:：]?",
    ),
    Ground(
        name="disease",
        title=Text("carrying a disease", "携带病原"),
        citation=Text("Employment Promotion Law, art. 30", "《就业促进法》第三十条"),
        since=date(2008, 1, 1),
        pattern=rf"{_LIVER}{_CARRIER}{_REFUSED}|{_REFUSING}{_LIVER}|(?<![不无毋])(?<!不得)(?:需|须|(?<!不)要求|必须)(?![^，。；]{{0,4}}(?:不查|不做|不含|不得|禁止))(?:查|检查|提供)?.{{0,4}}(?:乙肝|两对半)"
        r"(?:五项|检查|阴性)?|两对半.{0,4}(?:阴性|正常)",
    ),
    Ground(
        name="disability",
        title=Text("disability", "残疾"),
        citation=Text(
            "Employment Promotion Law, art. 29; Law on the Protection of Disabled Persons (2008), art. 38",
            "《就业促进法》第二十九条；《残疾人保障法》（2008年修订）第三十八条",
        ),
        since=date(2008, 1, 1),
        pattern=rf"{_DISABLED}{_REFUSED}|{_REFUSING}{_DISABLED}|(?<!有)无(?:任何|肢体)?残疾|四肢健全",
    ),
    Ground(
        name="origin",
        title=Text("people, race and religion", "民族、种族、宗教信仰"),
        citation=Text(
            "Employment Promotion Law, arts. 3, 28; Labour Law, art. 12",
            "《就业促进法》第三条、第二十八条；《劳动法》第十二条",
        ),
        since=date(1995, 1, 1),
        pattern=ORIGIN,
    ),
    Ground(
        name="age",
        title=Text("age limits that differ between women and men", "男女年龄要求不同"),
        citation=Text(
            "Law on the Protection of Women (2022), art. 43",
            "《妇女权益保障法》（2022年修订）第四十三条",
        ),
        since=date(2023, 1, 1),
        pattern=r"女性?[:：]?(?:不超过|限)?\s*\d{2}\s*周?岁(?:以下|以内)?[，,、；; ]{1,2}男性?[:：]?(?:\s*\d{2}|不限)"
        r"|男性?[:：]?(?:不超过|限)?\s*\d{2}\s*周?岁(?:以下|以内)?[，,、；; ]{1,2}女性?[:：]?(?:\s*\d{2}|不限)",
    ),
    Ground(
        name="school",
        title=Text("kind of school", "毕业学校类型"),
        citation=Text(
            "Vocational Education Law (2022), art. 53", "《职业教育法》（2022年修订）第五十三条"
        ),
        since=date(2022, 5, 1),
        pattern=rf"{_SCHOOL}{_REFUSED}|{_REFUSING}{_SCHOOL}|{_ONLY}{_ELITE}|{_ELITE}(?:高校|院校|大学)?(?:毕业生)?优先"
        rf"|要求第一学历|非{_ELITE}(?:高校|院校)?(?:不看|{_REFUSED})",
    ),
    Ground(
        name="birth sign",
        title=Text("birth sign or blood group", "属相、星座、血型"),
        citation=Text(
            "Interim Regulations on Human-Resource Markets (2018), art. 24",
            "《人力资源市场暂行条例》第二十四条",
        ),
        since=date(2018, 10, 1),
        pattern=rf"属{_SIGN}(?:[、和及]?属?{_SIGN}){{0,11}}{_REFUSED}|{_ONLY}属{_SIGN}"
        rf"|(?:属相|生肖|星座)(?!不限|主题|号)(?:要求|[:：]|.{{0,3}}勿|不合|相冲|限)|{_ONLY}{_STARS}|{_STARS}{_REFUSED}|{_REFUSING}{_STARS}|{_REFUSING}属{_SIGN}|{_STARS}优先"
        rf"|{_ONLY}(?:AB|A|B|O)型(?:或(?:AB|A|B|O)型)?血?",
    ),
    Ground(
        name="build",
        title=Text("build", "身高、相貌"),
        citation=Text(
            "Interim Regulations on Human-Resource Markets (2018), art. 24",
            "《人力资源市场暂行条例》第二十四条",
        ),
        since=date(2018, 10, 1),
        pattern=r"(?<!测量)(?<!可调)(?<!调节)身高(?!不限|体重测|测量|尺)[:：]?\s*(?:要求|不低于|须|需|应|达|在)?\s*(?:\d|一米|1米)|五官端正|相貌(?:端正|姣好)",
    ),
)
"""The grounds, in the order in which a finding names them."""
DISCRIMINATION: Final = "|".join(ground.pattern for ground in GROUNDS)
"""What shuts people out, whatever the ground."""


def grounds_of(text: str) -> tuple[Ground, ...]:
    """The grounds on which a posting shuts people out."""
    return tuple(ground for ground in GROUNDS if re.search(ground.pattern, text))
