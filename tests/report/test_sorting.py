"""Pressing headers of the page's tables, in a browser where there is one."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no browser here")

# Stands in the page beside its own script, and tells by the title what it saw.
PRESS = """
const table = [...document.querySelectorAll("main table")]
  .find((one) => one.textContent.includes("Champions"));
const heads = [...table.tHead.rows[0].cells];
const seen = [];
for (const at of [0, 1, 1, 1, 0, 0]) {
  heads[at].querySelector("button").click();
  seen.push({
    at,
    sorted: heads.map((one) => one.getAttribute("aria-sort")),
    cells: [...table.tBodies[0].rows].map((row) => row.cells[at].textContent.trim()),
  });
}
heads[2].querySelector("button").focus();
document.title = JSON.stringify({ seen, focus: document.activeElement.tagName });
"""


def shown(page: Path, profile: Path) -> str:
    """The page as the browser has it when all scripts have run."""
    assert BROWSER is not None
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
        "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, timeout=100, check=True).stdout.decode()


def test_the_policy_lets_its_script_run_and_no_other(page: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        page.replace("</main>", "</main><script>document.title = 'x'</script>"), "utf-8"
    )
    found = shown(file, tmp_path / "profile")
    assert re.search(
        r'<th scope="col" class="t"[^>]*><button type="button">Segment</button></th>', found
    )
    assert "<title>x</title>" not in found


def test_headers_sort_and_say_how(page: str, tmp_path: Path) -> None:
    digest = b64encode(hashlib.sha256(PRESS.encode()).digest()).decode()
    source = html.escape(f"'sha256-{digest}'")
    allowed = page.replace("script-src ", f"script-src {source} ", 1)
    file = tmp_path / "page.html"
    file.write_text(allowed.replace("</body>", f"<script>{PRESS}</script></body>"), "utf-8")
    found = re.search(r"<title>(.*?)</title>", shown(file, tmp_path / "profile"), re.DOTALL)
    assert found
    told = json.loads(html.unescape(found[1]))
    assert told["focus"] == "BUTTON"  # headers can be reached by keyboard
    names, most, least, before, again, turned = told["seen"]
    assert names["cells"] == sorted(names["cells"])
    assert names["sorted"][:2] == ["ascending", None]
    counts = [int(cell.replace(",", "")) for cell in most["cells"]]
    assert counts == sorted(counts, reverse=True)
    assert most["sorted"][:2] == [None, "descending"]
    assert least["cells"] == most["cells"][::-1]
    assert least["sorted"][:2] == [None, "ascending"]
    assert before["sorted"] == [None] * len(before["sorted"])
    first = re.search(r"<td class=\"t\">Champions</td>\s*<td class=\"n\">.*?([\d,]+)</td>", page)
    assert first
    assert before["cells"][0] == first[1]  # as the page has them: the best first
    assert again["cells"] == names["cells"]
    assert turned["cells"] == names["cells"][::-1]
