"""What gates found, and what lifts a rule: evaluations, filings and overrides, standing findings, evidence.

Words: a *judgement* is what a gate says of some subjects; an *evaluation* is a judgement kept with the facts and the version
of the rules, so that an old decision can be read again; a *filing* (备案) of a school or host and an *override* of the
authority lift only the rules they name, for the subject and days they name; a *standing finding* is a rule that is broken
now for something that goes on.

What always holds: a gate that refuses leaves an evaluation behind; a filing is revoked, never changed (trigger); evidence is
withdrawn, never changed (trigger); one open standing finding per gate, subject and rule (unique index).
"""
