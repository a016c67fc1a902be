"""Where the texts of the law were opened, in November 2026: public copies, none of them the
ministry's own file."""

from __future__ import annotations

from typing import Final

from alliance.regulation.text import Text

SOURCES: Final = {
    "copy": Text(
        "a copy of arts. 2, 16 and 18 of the Provisions of 2021, word for word (estsglobal)",
        "2021版《规定》第2、16、18条原文转载（estsglobal）",
    ),
    "college": Text(
        "a college in Xinjiang, quoting art. 7 of the Provisions", "新疆交职院，引用《规定》第7条"
    ),
    "school": Text(
        "a school's page on host lists and on filing (lnczzx)",
        "学校关于单位名单及备案的网页（lnczzx）",
    ),
    "shaanxi": Text(
        "Shaanxi's detailed rules, which repeat the Provisions", "陕西省实施细则（重申《规定》）"
    ),
    "detailed": Text(
        "a province's detailed rules of 2024, which repeat the Provisions (gocodog)",
        "2024年省级实施细则（重申《规定》，gocodog）",
    ),
    "hainan": Text("Hainan's rules, which repeat the Provisions", "海南省规定（重申《规定》）"),
    "press": Text(
        "press of 22 January 2022 on the Provisions (gyxww)",
        "2022年1月22日有关《规定》的新闻（gyxww）",
    ),
    "paper": Text(
        "The Paper on the model agreement and the 27 prohibitions",
        "澎湃新闻，关于协议示范文本与27个不得",
    ),
    "annex": Text(
        "the checklist annexed to a school's notice: eight before, three throughout, two in time "
        "(ynny)",
        "学校通知附件“八个事先、三个全程、两个及时”（ynny）",
    ),
    "study": Text(
        "a study of how internships are filed (hanspub)", "关于实习备案的研究文章（hanspub）"
    ),
    "reading": Text("a reading of art. 18 (imlaw)", "对第18条的解读（imlaw）"),
    "statute": Text(
        "the statute's own text, in a public collection of laws", "法律法规原文（公开法律文本库）"
    ),
    "minors": Text(
        "the Provisions on the Special Protection of Juvenile Workers, in full, from two copies",
        "《未成年工特殊保护规定》全文（两处转载）",
    ),
    "older": Text(
        "the repealed Provisions of 2016 or an older notice with the same wording",
        "已废止的2016版《规定》或更早通知中的相同表述",
    ),
    "template": Text(
        "a form derived from the official model agreement", "由官方示范协议文本衍生的表格"
    ),
    "derived": Text("our own reasoning from the articles that are cited", "由所引条文推导"),
}
"""What `Rule.read` names. Text that only memory has names nothing: then the rule is not
verified."""
