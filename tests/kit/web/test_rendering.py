"""Templates compiled the hub's way show what Jinja's own environment shows."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from alliance.kit.language import speaking
from alliance.kit.web import pages

FILES = {
    "parts.html": """
{% macro mark(text, kind=none) -%}<b{{ " class=" ~ kind if kind }}>{{ text }}</b>{%- endmacro %}
{% macro framed(title, class="wide") %}<div class="{{ class }}">{{ title }}{{ caller() }}{{ _("yes") }}</div>{% endmacro %}
""",
    "bare.html": "<title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}{{ self.title() }}",
    "included.html": '{{ _("yes") }}{{ row.name }}',
    "page.html": """{% extends layout %}{% from "parts.html" import mark, framed as framing %}
{% block title %}{{ _("yes") }} & {{ row.name }}{% endblock %}
{% block content %}
{{ _("yes") }} {{ _("not in any catalogue: <b> %(n)s", n="<i>") }} {{ _("100%% of <b>") }} {{ _(word) }}
{{ ngettext("%(n)s post", "%(n)s posts", 2, n=2) }} {{ _("yes") if row.n else _("no") }} {{ _("yes") ~ " <" ~ row.name }}
{{ mark(row.name) }}{{ mark(_("yes"), kind="a&b") }}{{ mark(**{"text": "<"}) }}{{ mark(*["<"]) }}
{% call framing(_("no"), class="x") %}{{ mark(row.name) }}{% include "included.html" %}{% endcall %}
{% for key, value in row.items() %}{{ loop.index }}{{ loop.cycle("odd", "even") }} {{ key }}={{ value }}{% else %}nothing{% endfor %}
{{ row["items"] }} {{ row.get("name") }} {{ row.missing is defined }} {{ row.none }} {{ safe }} {{ row.name | upper | e }} {{ 1.5 }}
{% set seen = [] %}{% do seen.append(row.n) %}{{ seen }} {{ taking("<x>") }} {% filter upper %}{{ row.name }}{% endfilter %}
{% endblock %}""",
}


@jinja2.pass_context
def taking(context, text):
    return f"{context['word']}{text}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("chosen", ["zh", "en"])
def test_a_page_shows_what_jinja_itself_would_show(folder, chosen):
    ours = pages.environment(folder)
    plain = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    plain.globals = ours.globals
    ours.globals["taking"] = taking
    row = {"name": '<张三> & "co" \'s', "n": 3, "items": "of the row", "none": None}
    context = {"layout": "bare.html", "row": row, "word": "no", "safe": Markup("<hr>")}
    with speaking(chosen):
        shown = ours.get_template("page.html").render(context)
        assert shown == plain.get_template("page.html").render(context)
    assert ("是" in shown) == (chosen == "zh")
    assert "<张三>" not in shown


def test_a_page_speaks_the_language_of_each_reader_in_turn(folder):
    ours = pages.environment(folder)
    row = {"name": "", "n": 0, "items": "", "none": ""}
    said = []
    for chosen in ("zh", "en", "zh"):
        with speaking(chosen):
            said.append(ours.get_template("included.html").render(row=row))
    assert said == ["是", "yes", "是"]


def test_a_name_that_nobody_gave_fails(folder):
    with pytest.raises(jinja2.UndefinedError):
        pages.environment(folder).get_template("included.html").render(row={"n": 1})
