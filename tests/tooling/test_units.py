"""The units of systemd: they start what exists, come back for ever, and may do no more than they need."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alliance.__main__ import main

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_service_starts_a_command_of_the_hub_comes_back_and_is_confined(
    unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # as the module's own documentation does it
    read.read(unit)
    service = read["Service"]
    with pytest.raises(SystemExit) as told:
        main([*service["ExecStart"].split("alliance ")[-1].split(), "--help"])
    assert told.value.code == 0, capsys.readouterr().err
    if service["Type"] == "oneshot":
        assert unit.with_suffix(".timer").exists(), (
            "it runs when its time comes, and says by its exit code how that went"
        )
    else:
        assert (service["Restart"], read["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    assert (
        service["NoNewPrivileges"] == service["ProtectHome"] == service["PrivateDevices"] == "true"
    )
    assert service["ProtectSystem"] == "strict"
    assert service["User"] == "alliance"


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="no systemd-analyze here: sudo apt-get install systemd",
)
def test_systemd_finds_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    copies = []
    for unit in UNITS:
        text = (
            unit.read_text()
            .replace("/opt/alliance/.venv/bin/python", sys.executable)
            .replace("/opt/alliance", str(ROOT))
        )
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *copies], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for copy in copies:
        exposed = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=25", copy],
            capture_output=True,
            text=True,
            check=False,
        )
        assert exposed.returncode == 0, exposed.stdout.splitlines()[-1:]
