"""The folder in which all processes of one machine keep their figures; imports nothing, because it
comes before all else."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client decides by this variable when it is imported."""


def share(folder: Path) -> None:
    """Let this process and those that it starts keep their figures in a folder, and forget those of
    processes long gone.

    Has to be called before `alliance.kit.showing.figures` is imported.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        if not is_alive(file):
            file.unlink(missing_ok=True)
    os.environ[FOLDER] = str(folder)


def is_alive(file: Path) -> bool:
    """Whether the process whose figures lie in a file still lives."""
    pid = file.stem.rpartition("_")[2]
    return pid.isdecimal() and Path(f"/proc/{pid}").exists()
