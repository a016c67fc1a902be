"""One student at one post between two dates: the placement, its file, changes to it. Knows no
round.

Words: a *placement* (安置) has *segments* (轮转段); its *file* collects what the law asks before a
student may go on post.

What always holds (in the database): a student has one placement at a time; the ledger of interns
per post and day follows placements by trigger.

Where to look: `judging` says what a file lacks, `arranging` enters what a student found, `facts`
tells gates of them.
"""
