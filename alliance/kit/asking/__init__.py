"""What a room asks of rooms further down, which fill these registries when the hub is wired: who
still needs a thing (`holders`), what a thing is (`subjects`), whose data are restricted
(`restrictions`).

Facts for gates and what is watched have registries of their own in `compliance`.
"""
