"""Passing gates: evaluations, standing findings and their review, the board.

Words: a *judgement* is what a gate says of some subjects; an *evaluation* is a judgement kept with
the facts and the version of the rules, so that an old decision can be read again; a *standing
finding* is a rule that is broken now for something that goes on.

What always holds: a gate that refuses leaves an evaluation behind; one open standing finding per
gate, subject and rule (unique index).
"""
