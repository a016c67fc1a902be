"""How the hub itself is doing, for whoever operates it: events, jobs, workers, times, slow
statements, figures.

Words: a *delivery* is one event for one subscriber; it is *given up* after five attempts. A job
that *failed* stays in the queue until somebody tries it again or drops it. Always: no page and no
figure of this room names a person. Look into `queries` first.
"""
