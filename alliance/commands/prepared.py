"""The web application of this environment, made when this module is imported: once, in the process
that the others are forked from, so that a web process that replaces a dead one serves at once.

Nothing of it belongs to a loop or holds a connection before its lifespan begins.
"""

from __future__ import annotations

import gc

import alliance.kit.edge.serving  # noqa: F401 - imported for the forked processes
from alliance.app import create_app
from alliance.commands.ground import application_dsn
from alliance.commands.serving import DEMO_FILE
from alliance.settings import read_settings

_SETTINGS = read_settings()
APPLICATION = create_app(
    _SETTINGS,
    application_dsn(_SETTINGS),
    demo=_SETTINGS.home / DEMO_FILE if _SETTINGS.dsn is None else None,
)

# what stands now stays: the collector of a web process looks at what its pages make, never for a
# quarter of a second at all that was imported
gc.collect()
gc.freeze()
