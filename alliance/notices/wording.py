"""Notices in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from alliance.kit.language import N_, _, day, language
from alliance.members.accounts import telling
from alliance.regulation import RULES, title_of_rule

KINDS: Final = {
    "findings_opened": N_("%(what)s no longer meets: %(rules)s."),
    "findings_opened_many": N_("%(things)s things of yours no longer meet rules: %(rules)s."),
    "findings_found": N_("%(what)s does not meet: %(rules)s."),
    "findings_found_many": N_("%(things)s things of yours do not meet rules: %(rules)s."),
    "findings_ahead": N_("%(what)s: to be done before %(day)s: %(rules)s."),
    "findings_ahead_many": N_(
        "%(things)s things of yours have something to be done, the first before %(day)s: %(rules)s."
    ),
    "findings_late": N_("%(what)s: late since %(day)s: %(rules)s."),
    "findings_late_many": N_("%(things)s things of yours are late since %(day)s: %(rules)s."),
    "consent_refused": N_(
        "The student or guardian no longer consents to a placement at %(what)s. The placement may "
        "not go on; the file says what to do."
    ),
    "consent_gone": N_(
        "The consent to a placement was refused or taken back. The placement may not go on until "
        "that is settled."
    ),
    "filing_confirmed": N_("A filing that you entered is confirmed; it counts from now on."),
    "filing_refused": N_("A filing that you entered was refused; the page says why."),
    "filing_revoked": N_("A filing that you entered was revoked; the page says why."),
    "request_accepted": N_("A request about your data was granted; it is being carried out."),
    "request_refused": N_(
        "A request about your data was refused; the answer says why, and where to complain."
    ),
    "request_done": N_("A request about your data is done; the answer is there."),
    "consent_of_child": N_("Your child agreed to a use of data that takes effect once you agree."),
    "consent_of_guardian": N_("A guardian agreed to a use of data that takes effect once you do."),
}
"""Kind → its sentence (`account`: those of `members.accounts.telling`); a list in `rules` is said
by the rules' ids and titles."""


def sentence(kind: str, params: Mapping[str, Any]) -> str:
    """What a notice says."""
    if kind == "account":
        return telling.sentence(params["what"], params["by"], params["role"])
    said = dict(params)
    if "rules" in params:
        named = [
            f"{rule} {title_of_rule(rule, language())}" for rule in params["rules"] if rule in RULES
        ]
        said["rules"] = _("; ").join(named)
    if "day" in params:
        said["day"] = day(date.fromisoformat(params["day"]))
    words = KINDS[kind]
    return _(words, **said)
