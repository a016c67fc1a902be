"""Occupations of advertisements whose source gives no code: what the county confirmed for a title,
else what is read of it."""
