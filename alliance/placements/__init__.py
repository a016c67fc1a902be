"""From preferences to placements: rounds, students' lists, runs of the matching, proposals with reasons, the ledger.

Words: a *round* (安置批次) belongs to the school that opened it; a *preference* (志愿) is one post on a student's list; a
*run* computes *proposals* (拟安置), which the coordinator decides; publishing turns decided proposals into *placements*.

What always holds (in the database): a student has one placement at a time; the ledger of interns per post and day
follows placements by trigger; one run of a round at a time. In `publishing`: hosts are locked before caps are judged, so
two schools never fill one place.

Where to look: `actions` sets rounds up, `preferences` keeps students' lists, `running` does what the worker does,
`deciding` and `publishing` what the coordinator does with the outcome, `scoring` is the published order of students.
"""
