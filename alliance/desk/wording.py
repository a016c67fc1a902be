"""What the home page says of the audit trail."""

from __future__ import annotations

from alliance.kit.language import N_

ACTIONS = {
    "create_post": N_("A post was drafted"),
    "change_post": N_("A post was changed"),
    "publish_post": N_("A post was published"),
    "close_post": N_("A post was closed"),
    "create_round": N_("A round was prepared"),
    "change_round": N_("A round's settings were changed"),
    "open_round": N_("A round was opened for preferences"),
    "close_round": N_("A round's preferences were closed"),
    "reopen_round": N_("A round was reopened for preferences"),
    "request_run": N_("A run of the matching was started"),
    "accept_proposals": N_("Proposals were accepted"),
    "override_proposal": N_("A proposal was decided otherwise"),
    "publish_round": N_("A round was published"),
    "confirm_import": N_("Students were imported"),
    "confirm_advertisements": N_("A table of advertisements was taken over"),
    "request_forecast": N_("A forecast run was started"),
    "change_factor": N_("A factor of need was changed"),
    "record_staff": N_("A staff count was entered"),
}
"""Audit actions that the home page tells, in words."""
