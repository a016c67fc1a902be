"""Words that pages of host files share: where a page is, the state of a part, the result of a
check."""

from __future__ import annotations

from typing import Any

from alliance.hosts.model import CONCLUSIONS, HOSPITAL_KINDS, STATES, Part
from alliance.kit.language import _, day, language
from alliance.kit.web.pages import Crumb, WebRequest
from alliance.regulation import CONDITIONS


def crumbs(request: WebRequest, *more: Crumb) -> list[Crumb]:
    """Where a page of the host files is; HR has one file and no list."""
    return [*([] if request.user.role == "hr" else [(_("Host files"), "/hosts")]), *more]


def part_text(part: Part) -> str:
    """State of a part in words, with its day where it has one."""
    if part.state == "expiring":
        return _("expires %(day)s", day=day(part.until))
    if part.state == "expired":
        return _("expired %(day)s", day=day(part.until))
    text = STATES[part.state]
    return _(text)


def result_text(check: dict[str, Any]) -> str:
    """The result of a check in words."""
    kind, details = check["kind"], check["details"]
    if kind == "conditions":
        missing = [
            getattr(text, language())
            for code, text in CONDITIONS.items()
            if code not in details.get("met", ())
        ]
        if not missing:
            return _("All %(n)s conditions are met", n=len(CONDITIONS))
        return _("Missing: %(what)s", what=("、" if language() == "zh" else ", ").join(missing))
    if kind == "hospital":
        text = HOSPITAL_KINDS.get(details.get("kind", ""), HOSPITAL_KINDS["other"])
        return _(text)
    good, bad = CONCLUSIONS[kind]
    if kind == "safety" and details.get("violation"):
        return _("Violation on %(day)s", day=details["violation"])
    return _(good) if check["good"] else _(bad)
