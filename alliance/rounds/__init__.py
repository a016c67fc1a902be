"""Seasons of matching: rounds, students' lists, runs, proposals with reasons, publication.

Words: a *round* (安置批次) belongs to the school that opened it; a *preference* (志愿) is one post
on a student's list; a *run* computes *proposals* (拟安置), which the coordinator decides;
publishing turns decided proposals into *placements*.

What always holds: one run of a round at a time (unique index); in `publishing`, hosts are locked
before caps are judged, so that two schools never fill one place.

Where to look: `actions` sets rounds up, `students` keeps their lists, `running` does what
the worker does, `deciding` and `publishing` what the coordinator does with the outcome; `matching/`
is pure.
"""
