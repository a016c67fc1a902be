"""What enterprises need filled: internship posts and jobs, from draft to closed.

Words: a *post* (岗位) has a *kind* (`internship` or `job`), a head count and, for internships, the
days it covers; its *version* grows with every change. What always holds: only a published post is
seen outside the enterprise; an internship post is published only through the gate `post.publish`;
two people who edit one post never overwrite each other unseen.
"""
