"""Tables that people bring in: uploaded, checked in the worker, looked at with every problem, then
taken over or dropped.

A room that takes tables in declares an `Intake` and keeps to itself what its columns mean: what a
row would do, what is wrong with it, how a checked table is stored. Nothing is stored before a
person has seen every problem and confirmed.
"""
