"""The front-end files: pinned by hash, named without addresses, and complete for what the templates load."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tooling import frontend

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = re.compile(r"""static\(\s*["']([^"']+)["']\s*\)""")


def locked() -> dict[str, dict[str, object]]:
    packages: dict[str, dict[str, object]] = json.loads(
        (ROOT / "package-lock.json").read_text("utf-8")
    )["packages"]
    return {path: entry for path, entry in packages.items() if path}


def test_the_lock_file_names_no_address_to_load_from() -> None:
    assert not [path for path, entry in locked().items() if "resolved" in entry]


def test_every_locked_package_carries_its_hash() -> None:
    assert locked()
    assert not [
        path
        for path, entry in locked().items()
        if not str(entry.get("integrity", "")).startswith("sha512-")
    ]


def test_package_json_pins_exact_versions_that_the_lock_has() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted == {name: locked()[f"node_modules/{name}"]["version"] for name in wanted}


def test_every_vendor_file_that_a_template_loads_is_copied() -> None:
    copied = {*frontend.FILES, *(f"{family}/font.css" for family in frontend.FONTS)}
    loaded = {
        path.removeprefix("vendor/")
        for template in TEMPLATES
        for path in STATIC.findall(template.read_text("utf-8"))
        if path.startswith("vendor/")
    }
    assert loaded
    assert loaded <= copied


def test_a_font_sheet_names_only_slices_that_lie_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "packages" / "@fontsource" / "plain"
    (source / "files").mkdir(parents=True)
    (source / "files" / "plain-4-400-normal.woff2").write_bytes(b"slice")
    (source / "LICENSE").write_text("OFL")
    (source / "400.css").write_text(
        "@font-face { src: url(./files/plain-4-400-normal.woff2) format('woff2'),"
        " url(./files/plain-4-400-normal.woff) format('woff'); }"
    )
    monkeypatch.setattr(frontend, "PACKAGES", tmp_path / "packages")
    monkeypatch.setattr(frontend, "VENDOR", tmp_path / "vendor")
    frontend.copy_font("plain", (400,))
    sheet = (tmp_path / "vendor" / "plain" / "font.css").read_text()
    assert re.findall(r"url\(([^)]+)\)", sheet) == ["./files/plain-4-400-normal.woff2"]
    assert (
        tmp_path / "vendor" / "plain" / "files" / "plain-4-400-normal.woff2"
    ).read_bytes() == b"slice"


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
def test_a_template_holds_nothing_that_the_content_policy_refuses(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", text)


def test_every_style_sheet_and_script_of_our_own_that_a_template_loads_is_there() -> None:
    own = {
        path
        for template in TEMPLATES
        for path in STATIC.findall(template.read_text("utf-8"))
        if not path.startswith("vendor/")
    }
    assert own
    assert not [path for path in own if not (ROOT / "alliance" / "static" / path).is_file()]
