"""The page that compares what somebody typed with what a colleague saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from litestar.response import Template

from alliance.kit.forms import Form
from alliance.kit.problems import ChangedMeanwhile, version_of
from alliance.kit.web.pages import Crumb, WebRequest, page


def compared(
    request: WebRequest,
    conflict: ChangedMeanwhile,
    form: Form,
    *,
    title: str,
    back: str,
    crumbs: list[Crumb],
    labels: Mapping[str, str],
    say: Callable[[str, str], str] = lambda _name, value: value,
) -> Template:
    """Both versions beside each other by field; what was typed goes along, to be saved over theirs.

    `say` words the value of a field that holds a code.
    """
    present = Form.showing(conflict.present)
    differences = [
        (label, say(name, present.value(name)), say(name, form.value(name)))
        for name, label in labels.items()
        if present.value(name) != form.value(name).strip()
    ]
    return page(
        request,
        "layout/compared.html",
        status=409,
        crumbs=crumbs,
        title=title,
        sentence=conflict.sentence,
        path=request.url.path,
        back=back,
        seen=version_of(conflict.present),
        typed=[(name, form.value(name)) for name in labels],
        differences=differences,
    )
