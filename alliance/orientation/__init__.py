"""Orientation visits (认识实习): a class visits a host, without a placement of its students.

What always holds: a visit stands in nobody's occupancy; its gate is `visit.hold`.
"""
