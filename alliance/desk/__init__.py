"""What spans domains for one person: the home page with what waits today, the menu, the search.

Words: a *task* is one row of "waiting for me": a count that links to exactly the things it counts.
"""
