"""Rows of the policy table for notices."""

from alliance.kit.policy import EVERYONE

POLICY = {"notices": EVERYONE}
