"""The page that compares what somebody typed with what a colleague saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    return compared_page(
        request,
        conflict,
        title=title,
        back=back,
        crumbs=crumbs,
        typed=[
            ("seen", version_of(conflict.present)),
            *((name, form.value(name)) for name in labels),
        ],
        differences=[
            (label, say(name, present.value(name)), say(name, form.value(name)))
            for name, label in labels.items()
            if present.value(name) != form.value(name).strip()
        ],
    )


def compared_page(
    request: WebRequest,
    conflict: ChangedMeanwhile,
    *,
    title: str,
    back: str,
    crumbs: list[Crumb],
    typed: Sequence[tuple[str, str]],
    differences: Sequence[tuple[str, str, str]],
) -> Template:
    """The same where a room words its fields itself: `typed` is sent again to the same address,
    `differences` are label, theirs and mine."""
    return page(
        request,
        "layout/compared.html",
        status=409,
        crumbs=crumbs,
        title=title,
        sentence=conflict.sentence,
        path=request.url.path,
        back=back,
        typed=typed,
        differences=differences,
    )
