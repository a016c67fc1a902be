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
        "The consent to a placement no longer stands. The placement may not go on until "
        "that is settled."
    ),
    "filing_confirmed": N_("A filing that you entered is confirmed; it counts from now on."),
    "filing_refused": N_("A filing that you entered was refused; the page says why."),
    "filing_revoked": N_("A filing that you entered was revoked; the page says why."),
    "student_elsewhere": N_(
        "A student of yours is on the register of %(what)s with the same identity number. Clarify "
        "with that school where the student is before either places them."
    ),
    "child_added": N_("A child at %(school)s is on your account now."),
    "child_taken_off": N_(
        "%(school)s took a child off your account. Ask there if that was a mistake."
    ),
    "guardian_joined": N_(
        "A guardian put your student on an account that they use for a child at another school. "
        "No school makes slips for it alone."
    ),
    "guardian_shared": N_(
        "A guardian of a student of yours uses the account for a child at another school too. No "
        "school makes slips for it alone."
    ),
    "guardian_left": N_(
        "A guardian took a student of yours off their account and reads nothing about them any "
        "more. Look who looks after the student."
    ),
    "request_accepted": N_("A request about your data was granted; it is being carried out."),
    "request_refused": N_(
        "A request about your data was refused; the answer says why, and where to complain."
    ),
    "request_done": N_("A request about your data is done; the answer is there."),
    "consent_of_child": N_("Your child agreed to a use of data that takes effect once you agree."),
    "round_rules": N_("The rules of %(round)s changed; read why, and answer if you want to."),
    "round_closed_early": N_(
        "The lists of %(round)s closed earlier than announced; the page says why. What is saved "
        "counts; ask the coordinator if something is missing."
    ),
    "round_result": N_("The result of %(round)s is out; the page says which and why."),
    "placed_later": N_("A place was found: %(post)s at %(host)s. The file says when and why."),
    "swapped": N_(
        "The place was changed with another student: it is now %(post)s at %(host)s. The file "
        "says why; consents and agreement are asked for anew."
    ),
    "swap_undone": N_("A change of places was taken back: it is again %(post)s at %(host)s."),
    "swapped_here": N_(
        "Another student comes to %(post)s: two students changed places after publication. The "
        "file of the new one begins empty."
    ),
    "swap_undone_here": N_(
        "A change of places at %(post)s was taken back: the student of before comes again, with "
        "the file as it was."
    ),
    "post_closed": N_(
        "%(host)s closed %(post)s, which is in %(round)s and on %(lists)s lists. Nobody is placed "
        "there any more."
    ),
    "post_paused": N_(
        "%(host)s paused %(post)s, which is in %(round)s and on %(lists)s lists. Nobody is placed "
        "there until it is resumed."
    ),
    "post_offered": N_(
        "%(host)s offers %(post)s again, which is in %(round)s and on %(lists)s lists."
    ),
    "post_fewer": N_(
        "%(post)s of %(host)s has %(after)s places instead of %(before)s; it is in %(round)s and "
        "on %(lists)s lists."
    ),
    "post_changed": N_("%(host)s changed %(post)s, which is in %(round)s."),
    "listed_closed": N_(
        "%(host)s closed %(post)s, which is on the list of preferences. Nobody is placed there "
        "any more; look whether another post is wanted."
    ),
    "listed_paused": N_(
        "%(host)s paused %(post)s, which is on the list of preferences. Nobody is placed there "
        "until it is resumed."
    ),
    "listed_offered": N_("%(host)s offers %(post)s again, which is on the list of preferences."),
    "listed_fewer": N_(
        "%(post)s of %(host)s, which is on the list of preferences, has %(after)s places instead "
        "of %(before)s."
    ),
    "listed_changed": N_(
        "%(host)s changed %(post)s, which is on the list of preferences. Read it again."
    ),
    "post_change_asked": N_(
        "%(host)s asks to change %(post)s, on which your school counts. It waits for your answer."
    ),
    "post_change_agreed": N_("All schools agreed to your change of %(post)s. Carry it out now."),
    "post_change_refused": N_("A school did not agree to your change of %(post)s; it says why."),
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
