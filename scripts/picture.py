"""Draws docs/report.png and docs/report-zh.png: what the README shows of a report on the demo shop.

    python scripts/picture.py

Needs Chromium (`apt-get install chromium fonts-noto-cjk`), named by --chromium where it isn't found.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH = 1120
MOST = 300_000  # bytes; a README is read over slow lines, too
# Their heights end below the headline.
PICTURES = {"en": ("report.png", 1332), "zh": ("report-zh.png", 1246)}


def main() -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    parser.add_argument("--chromium", default=found, help="the browser that draws")
    browser = parser.parse_args().chromium
    if browser is None:
        parser.error("no Chromium found: --chromium PATH")
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        userops("demo", str(shop), at=folder)
        for language, (name, height) in PICTURES.items():
            userops("report", "--quiet", "--lang", language, "-o", f"{language}.html", at=shop)
            draw(browser, shop / f"{language}.html", ROOT / "docs" / name, height)


def userops(*arguments: str, at: str | Path) -> None:
    """Run a command in a folder."""
    subprocess.run(
        [sys.executable, "-m", "userops", *arguments], cwd=at, check=True, capture_output=True
    )


def draw(browser: str, page: Path, picture: Path, height: int) -> None:
    """The top of a page as a picture."""
    subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",  # which root can't have, and the page is our own
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            f"--window-size={WIDTH},{height}",
            f"--user-data-dir={page.parent / 'browser'}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )
    size = picture.stat().st_size
    if size > MOST:
        sys.exit(f"{picture}: {size:,} bytes, over {MOST:,}: make it smaller")
    print(f"{picture.relative_to(ROOT)}: {size:,} bytes")


if __name__ == "__main__":
    main()
