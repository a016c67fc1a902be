"""What shuts people out of a posting, by ground: a table of patterns, each with the law that forbids
it (rule J01).

A pattern names the words that shut out ("女勿扰", "限本地户口"), never the bare word: the same word
stands in innocent text ("男女不限", "女装样衣", "乙肝疫苗接种点"). The ways to refuse and to prefer
are said once (`refusing`); a ground adds its persons. Text is read as `refusing.plainly` writes it,
quoted as it stands in the posting. No law that we found forbids a plain upper age, so only limits
that differ between women and men are named; a preference for minorities or disabled people is asked
for by law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import msgspec

from alliance.regulation.refusing import (
    BEGIN,
    END,
    FIRST,
    FORBIDDING,
    ONLY,
    PERSONS,
    REFUSED,
    REFUSING,
    plainly,
)
from alliance.regulation.screening import ORIGIN, SEX_EN
from alliance.regulation.text import Text


class Ground(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A ground on which the law forbids to shut people out."""

    name: str
    title: Text
    citation: Text
    since: date
    pattern: str
    needs: str = ""
    """What the words themselves, with six characters before, must also have."""
    lawful: str = "(?!)"
    """What makes the same words lawful where it stands in their sentence."""

    @cached_property
    def found(self) -> re.Pattern[str]:
        """The pattern, compiled once."""
        return re.compile(self.pattern, re.IGNORECASE)


_OF_SEX: Final = (
    r"(?:的)?(?:用品|护肤|化妆|美妆|美容|服装|服饰|内衣|鞋|箱?包|手袋|配饰|饰品|西[装服]|衬衫|[tT]恤|腕表|健康|保健|理发|发型|科|医院|病房"
    r"|浴室|更衣[室柜]?|宿舍|公寓|卫生间|厕所|时装|皮具|剃须|生殖|专科|频道|产品|会所|监狱)"
)
"""Goods, rooms and departments for a sex, whose staff may be anybody."""
_WOMAN: Final = rf"(?:(?:女性|女生|女士|女工|女同志|女员工|女职工|女孩子?|小姐姐|妹子)(?!{_OF_SEX})|女(?![性生士工同员孩职]|[装鞋款子]|浴|宿|式|包|士?西|{_OF_SEX}))"
_MAN: Final = rf"(?:(?:男性|男生|男士|男工|男同志|男普工|男员工|男职工|小哥哥|汉子)(?!{_OF_SEX})|男(?![性生士工同普员职]|[装鞋款子]|浴|宿|式|包|女|童|{_OF_SEX}))"
_SEX: Final = rf"(?:{_WOMAN}|{_MAN})"
_PLACES: Final = r"(?:东北|河南|河北|山东|山西|安徽|江西|湖南|湖北|四川|贵州|云南|广西|广东|福建|浙江|江苏|甘肃|新疆|西藏|青海|宁夏|陕西|内蒙古?|海南|重庆)"
_REGISTERED: Final = r"(?:户口|户籍)"
_LOCAL: Final = (
    rf"(?:本地|本市|本县|本省|本区|当地|城镇|城市|农村|非农业?|{_PLACES}|[一-鿿]{{2,4}}[县市区省])"
)
_ELSEWHERE: Final = r"(?:外地|外省|外县|外市|外来|外乡|农村)"
_STATE: Final = r"(?:已婚|未婚|已育|未育|单身|离异|丧偶)"
_EXPECTING: Final = r"(?:孕妇|怀孕|怀有身孕|孕期|哺乳期|备孕|带小?孩子?|有小?孩子?(?:要带)?)"
_DISEASE: Final = r"(?:乙[\W]?肝|丙肝|甲肝|肝炎|大三阳|小三阳|澳抗|HBV|艾滋病?|HIV|梅毒|性病|肺?结核|新冠|传染性?疾?病)"
_CARRYING: Final = (
    r"(?:病毒|表面抗原)?(?:携带|感染|阳性|康复|确诊|大三阳|小三阳)?(?:者|人员|患者|病人|病史|史)?"
)
_DISABLED: Final = r"(?:(?:肢体|听力|视力|智力|身体(?:有)?)?残(?:疾|障)(?:证)?|肢残|聋哑|盲人|听障|视障|智障|听力障碍|视力障碍|腿脚不便|行动不便|口吃|结巴)"
_SCHOOL: Final = (
    r"(?:(?:大专|本科|专科)(?:以下)?|中专|职校|职高|职中|高中|中职|技校|高职|专科|高专|职业学校|职业院校|自考|成教|成人教育|函授|非全日制|非统招|专升本"
    r"|民办(?:院校|高校)?|二本|三本)"
)
_BELOW: Final = r"(?:大专以下|本科以下|中专|职校|职高|职中|中职|技校|高职|专科|高专|职业学校|职业院校|自考|成教|成人教育|函授|非全日制|非统招|专升本|民办(?:院校|高校)?|二本|三本)"
_ELITE: Final = r"(?:985|211|双一流|c9|名校|一本|重点(?:大学|本科|院校|高校)|统招(?:全日制|本科)?|全日制统招|第一学历)"
_SIGN: Final = r"[鼠牛虎兔龙蛇马羊猴鸡狗猪]"
_STARS: Final = r"(?:(?:白羊|金牛|双子|巨蟹|狮子|处女|天秤|天蝎|射手|摩羯|水瓶|双鱼)座)"
_BLOOD: Final = r"(?:(?:AB|A|B|O)型血?)"
_FAMILY: Final = r"(?:单亲|离异家庭|离婚家庭|父母(?:离异|离婚)|独生子女?|孤儿|贫困(?:生|家庭)|(?:家庭)?经济困难|农民家庭)"
_YEARS: Final = r"(?:\d{2}|[二三四五六]十[一二三四五六七八九]?|十[六七八九])"
_AGES: Final = rf"(?:年龄|不超过|限|放宽[至到]|[≤<:在为])*{_YEARS}(?:周?岁)?(?:(?:[-–—~～至到]|以上){_YEARS}(?:周?岁)?)?(?:以下|以内|之间)?(?![\d名人间码元款米斤厘个位件号])"
_EACH: Final = r"(?:[性生士工]|职工|员工)?(?:年龄)?"

_PROMOTION: Final = "《就业促进法》（2015年修正）"
_WOMEN: Final = Text(
    "Employment Promotion Law, art. 27; Law on the Protection of Women (2022), art. 43",
    f"{_PROMOTION}第二十七条；《妇女权益保障法》（2022年修订）第四十三条",
)
_MARKETS: Final = "《人力资源市场暂行条例》"

GROUNDS: Final[tuple[Ground, ...]] = (
    Ground(
        name="sex",
        title=Text("sex", "性别"),
        citation=_WOMEN,
        since=date(2008, 1, 1),
        lawful="禁忌|井下|女职工劳动保护|第?四级(?:体力)?劳动|四级体力",
        pattern=rf"{ONLY}{_SEX}(?!女)|{_SEX}{REFUSED}|{REFUSING}{_SEX}|{_SEX}{FIRST}|以{_SEX}为主|适合{_SEX}(?={PERSONS}(?:应聘|报名|来做|[,。;\n]|$))"
        rf"|不(?:含|包括){_SEX}|(?:要求|条件):{_SEX}(?!女|男|不限|[、/和均])|性别(?:要求)?:?(?:限|为)?[男女]性?(?![女性]?[、/和均]|女|不限)|{BEGIN}{_SEX}岗|{BEGIN}{_SEX}(?=,(?:年龄:?)?\d{{2}})|\d{{2}}周?岁(?:以下|以内)?,{_SEX}{END}"
        rf"|(?<![室厕间所舍装款鞋浴区店科])[(](?:仅?限)?[男女][性生士]?(?:优先)?[)]"
        rf"|{SEX_EN}|\b(?:fe)?male candidates only\b|\b(?:ladies|gentlemen|girls|boys|guys) (?:only|preferred)\b"
        r"|\b(?:looking for|hiring|seeking|wanted|need)(?: an?)?:? (?:fe)?males?\b(?! (?:connectors?|threads?|or))",
    ),
    Ground(
        name="marriage",
        title=Text("marriage and birth", "婚育"),
        citation=_WOMEN,
        since=date(2008, 1, 1),
        pattern=rf"(?:{ONLY}|无){_STATE}(?!{_STATE}?(?:公寓|宿舍|[均都皆]))|{_STATE}{{1,2}}(?:[^,;。\n均都皆]{{0,5}})?(?:{REFUSED}|优先)"
        rf"|{BEGIN}{_STATE}{{1,2}}(?:女[性生]?|男[性生]?)?{END}(?!,?{_STATE})|婚[姻否育](?:状况|情况|要求)?:?(?:须|需|限|要求)?:?{_STATE}(?![/、,]?(?:{_STATE}|[均都皆]))"
        rf"|结婚了?(?:{REFUSED}|{FIRST})|{_EXPECTING}{REFUSED}|{REFUSING}{_EXPECTING}|已婚已育(?!均|都|皆|不限)"
        r"|[一二两三四五\d]年[内后]?(?:无|没有?|暂无|不得?|不能|不准).{0,4}(?:生育|怀孕|结婚|要孩子|备孕|生子)"
        r"|(?:没有|暂?无|不打算|不准备|没打算)要?(?:二[胎孩]|三[胎孩]|生育|怀孕|结婚|备孕|孩子)的?(?:打算|计划|安排|想法)"
        r"|承诺.{0,8}不(?:生育|怀孕|结婚)|不(?:生育|怀孕|结婚)(?:协议|承诺)"
        r"|(?<!不)(?:入职|体检|须|需|必须|要求)(?:(?![不无])[^,;。\n]){0,6}(?:孕检|验孕|妊娠(?:测试|检查))"
        r"|(?:孩子|小孩|子女).{0,5}(?:岁|上学|大了)(?:以上)?的?优先",
    ),
    Ground(
        name="household",
        title=Text("household registration and origin", "户籍与籍贯"),
        citation=Text(
            "Employment Promotion Law, arts. 3, 31; Interim Regulations on Human-Resource Markets (2018), art. 11",
            f"{_PROMOTION}第三条、第三十一条；{_MARKETS}第十一条",
        ),
        since=date(2008, 1, 1),
        pattern=rf"{ONLY}(?:为|是|有|具有|持有?)?{_LOCAL}(?:{_REGISTERED}|籍|生源|人(?![才员]))|非{_LOCAL}(?:{_REGISTERED}|籍|生源){REFUSED}"
        rf"|(?:{_LOCAL}|{_ELSEWHERE})(?:{_REGISTERED}|籍)(?:{REFUSED}|{FIRST})|(?:本地|{_ELSEWHERE})(?:务工)?(?:人员|人(?!才))(?:{REFUSED}|优先(?!安排))"
        rf"|{BEGIN}(?:(?:本地|本市|本县|城镇){_REGISTERED}|本地人){END}|(?<![不无])(?:仅限|只限|(?<![仅只])限)(?:本地|本市|本县){END}|{REFUSING}外地{END}|{REFUSING}(?:外地人|{_PLACES}(?:籍|人|的))|{_PLACES}(?:籍|人|的){REFUSED}"
        rf"|{_REGISTERED}(?:要求|性质|所在地)?:(?:限|为|须)?{_LOCAL}(?![、/和]|均|都)|{_REGISTERED}担保|(?:仅限|只限|(?<![不无])限|只招|仅招|只收|只要|须为|必须为)[一-鿿]{{2,4}}{_REGISTERED}"
        r"|(?<!填写)(?<!填报)(?<!登记)(?<!注明)(?<!提供)籍贯(?!不限|不作|无要求|等?信息|等?资料|栏|[一均都]?律?不限):?",
    ),
    Ground(
        name="disease",
        title=Text("carrying a disease", "携带病原"),
        citation=Text("Employment Promotion Law, art. 30", f"{_PROMOTION}第三十条"),
        since=date(2008, 1, 1),
        pattern=rf"{_DISEASE}{_CARRYING}(?:{REFUSED})|{REFUSING}{_DISEASE}|(?<!有)(?:无|没有|未患|未得过|非)(?:任何|其他)?{_DISEASE}(?!的?(?:要求|限制|歧视|检测))"
        r"|(?<![不无毋])(?<!不得)(?:需|须|(?<!不)要求|必须)(?![^,。;]{0,4}(?:不查|不做|不含|不得|禁止))(?:查|检查|提供)?.{0,4}(?:乙肝|两对半)(?:五项|检查|阴性)?"
        r"|(?:乙肝|两对半|澳抗|表面抗原)(?:五项|检查|检测|结果)?.{0,3}(?:阴性|正常|合格)|(?<!不)(?:含|包括|包含|加查)(?:乙肝|两对半)"
        rf"|不得有(?:任何)?{_DISEASE}"
        r"|(?:阳性|携带|感染)者?,?不录|\bHIV[- ]positive (?:people|persons?|applicants?|candidates?)? ?(?:need not apply|not accepted|excluded)",
    ),
    Ground(
        name="disability",
        title=Text("disability", "残疾"),
        citation=Text(
            "Employment Promotion Law, art. 29; Law on the Protection of Disabled Persons (2008), arts. 3, 38",
            f"{_PROMOTION}第二十九条；《残疾人保障法》（2008年修订）第三条、第三十八条",
        ),
        since=date(2008, 1, 1),
        pattern=rf"{_DISABLED}人?{REFUSED}|{REFUSING}(?:身体)?{_DISABLED}|(?<!有)(?<!不限)(?:无|没有)(?:任何|身体|肢体|其他)?(?:残疾|残障|身体缺陷|缺陷)|四肢健全"
        r"|\b(?:no|not hiring) (?:disabled|handicapped)\b|\bdisabled (?:people|persons?|applicants?|candidates?)? ?(?:need not apply|not accepted|excluded)",
    ),
    Ground(
        name="origin",
        title=Text("people, race and religion", "民族、种族、宗教信仰"),
        citation=Text(
            "Employment Promotion Law, arts. 3, 28; Labour Law, art. 12",
            f"{_PROMOTION}第三条、第二十八条；《劳动法》第十二条",
        ),
        since=date(1995, 1, 1),
        pattern=ORIGIN,
    ),
    Ground(
        name="age",
        title=Text("age limits that differ between women and men", "男女年龄要求不同"),
        citation=Text(
            "Law on the Protection of Women (2022), art. 43 (5)",
            "《妇女权益保障法》（2022年修订）第四十三条第五项",
        ),
        since=date(2023, 1, 1),
        needs="[岁龄≤<]|以下|以内|不超过|under|below|age",
        lawful="退休",
        pattern=rf"男{_EACH}(?P<men>{_AGES})[,、;/。]?女{_EACH}(?!(?P=men))(?:{_AGES}|不限)|女{_EACH}(?P<women>{_AGES})[,、;/。]?男{_EACH}(?!(?P=women))(?:{_AGES}|不限)"
        rf"|[男女]{_EACH}不限[,、;/][男女]{_EACH}{_AGES}|(?P<one>{_AGES})(?:的)?[男女][性生]?[,、;/](?!(?P=one))(?:{_AGES})(?:的)?[男女]"
        rf"|女{_EACH}(?:限|不超过){_YEARS}周?岁(?!以上)"
        r"|\b(?:wo)?men (?:under|below|up to|aged?) (?P<en>\d+)\W{1,3}(?:and )?(?:wo)?men (?:under|below|up to|aged?) (?!(?P=en))\d+",
    ),
    Ground(
        name="school",
        title=Text("kind of school", "毕业学校类型"),
        citation=Text(
            "Vocational Education Law (2022), art. 53", "《职业教育法》（2022年修订）第五十三条"
        ),
        since=date(2022, 5, 1),
        pattern=rf"{_BELOW}(?:[、,/]?{_SCHOOL}){{0,4}}{REFUSED}|{REFUSING}(?:招收)?{_BELOW}|{ONLY}{_ELITE}(?!不限)|{_ELITE}(?:[、,/和]{_ELITE}){{0,3}}(?:高校|院校|大学|本科)?(?:毕业生?)?优先"
        rf"|{_ELITE}(?:[、,/]{_ELITE}){{0,3}}(?:高校|院校|大学)?(?:本科|硕士)?(?:毕业|及?以上){END}|{BEGIN}统招(?:全日制)?本科{END}|第一学历(?:须|需|必须|要求|为|:).{{0,2}}(?:统招|全日制|本科)"
        rf"|非{_ELITE}(?:[、,/]{_ELITE}){{0,3}}(?:高校|院校)?{REFUSED}",
    ),
    Ground(
        name="family",
        title=Text("family", "家庭出身"),
        citation=Text(
            "Interim Regulations on Human-Resource Markets (2018), arts. 11, 24",
            f"{_MARKETS}第十一条、第二十四条",
        ),
        since=date(2018, 10, 1),
        pattern=rf"{_FAMILY}{REFUSED}|{REFUSING}{_FAMILY}|非单亲|(?:{ONLY})家庭和睦|(?:{ONLY})双亲",
    ),
    Ground(
        name="birth sign",
        title=Text("birth sign or blood group", "属相、星座、血型"),
        citation=Text(
            "Interim Regulations on Human-Resource Markets (2018), art. 24", f"{_MARKETS}第二十四条"
        ),
        since=date(2018, 10, 1),
        pattern=rf"属{_SIGN}(?:[、和及]?属?{_SIGN}){{0,11}}(?:{REFUSED}|{FIRST})|(?:{ONLY}|{REFUSING})属{_SIGN}|(?:属相|生肖|星座)(?!不限|主题|号)(?:要求|[:]|.{{0,3}}勿|不合|相冲|限)"
        rf"|(?:{ONLY}|{REFUSING}){_STARS}(?!(?:椅|灯|酒店|主题))|{_STARS}(?:[、和及]{_STARS}){{0,11}}(?:{REFUSED}|{FIRST})|{ONLY}{_BLOOD}(?:或{_BLOOD})?|(?<![a-z]){_BLOOD}(?:或{_BLOOD})?(?:{REFUSED}|{FIRST})"
        r"|八字.{0,8}(?:相合|不合|相冲|优先)",
    ),
    Ground(
        name="build",
        title=Text("build", "身高、相貌"),
        citation=Text(
            "Interim Regulations on Human-Resource Markets (2018), art. 24", f"{_MARKETS}第二十四条"
        ),
        since=date(2018, 10, 1),
        pattern=r"(?<!测量)(?<!可调)(?<!调节)身高(?!不限|体重测|测量|尺)(?:要求|不低于|不得低于|须|需|应|达到?|在|:)*(?:\d{1,3}(?:\.\d+)?(?:米|cm|厘米)?|一米.?)(?:及?以上)?|五官端正|(?:相貌|容貌|长相)(?:端正|姣好|甜美|好|要求)"
        r"|颜值(?:高|在线|要求)|(?:形象[好佳]|气质佳?|个[头子]|[男女][性生]?)[,、]?(?:净?身?高)?1\.?[5-9]\d?(?:米|cm|厘米)?(?:以上|及以上)|体重(?:要求|不超过|不高于|低于|在|:)+\d|身材(?:苗条|高挑|匀称|好)",
    ),
)
"""The grounds, in the order in which a finding names them."""


@lru_cache(256)
def shut_out(text: str) -> tuple[tuple[Ground, str], ...]:
    """What in a posting shuts people out: ground and words as they stand in it, in the order of the
    grounds.

    >>> [(ground.name, words) for ground, words in shut_out("普工，女·勿·扰")]
    [('sex', '女·勿·扰')]
    """
    plain, places = plainly(text)
    return tuple(
        (ground, text[places[begin] : places[end - 1] + 1])
        for ground in GROUNDS
        for begin, end in _meant(ground, plain)
    )


def grounds_of(text: str) -> tuple[Ground, ...]:
    """The grounds on which a posting shuts people out."""
    return tuple(dict.fromkeys(ground for ground, _words in shut_out(text)))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a posting that shut people out, each once."""
    return tuple(dict.fromkeys(words for _ground, words in shut_out(text)))


def shuts_out(text: str | None) -> bool:
    """Whether a posting shuts people out; one without text does not."""
    return text is not None and bool(shut_out(text))


def _meant(ground: Ground, plain: str) -> Iterator[tuple[int, int]]:
    """Where the words of a ground stand, but where they are forbidden or the law has them so."""
    for match in ground.found.finditer(plain):
        begin, end = match.span()
        around = plain[max(plain.rfind(stop, 0, begin) for stop in "。;\n") + 1 : _next(plain, end)]
        if (
            not re.search(FORBIDDING, plain[max(0, begin - 20) : begin])
            and not re.search(ground.lawful, around)
            and re.search(ground.needs, plain[max(0, begin - 6) : end], re.IGNORECASE)
        ):
            yield begin, end


def _next(plain: str, at: int) -> int:
    """Where the sentence ends that goes on at a place."""
    ends = [place for stop in "。;\n" if (place := plain.find(stop, at)) >= 0]
    return min(ends, default=len(plain))
