"""Every page passes every rule of axe-core in a real browser: on a desk, on a phone, in the dark.

With them come the rules on contrast (WCAG AA), of the agencies' report and of the programme office's pages alike.
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support.office import office_pages
from tests.support.reports import Made, later, long_names, nothing_found, nothing_reached
from tests.support.require import lacking
from tests.unit.report.test_report_browser import chromium

pytestmark = pytest.mark.slow

AXE = Path("/var/cache/pepperbird-axe/axe.min.js")
"""Where `tests/support/tools.sh axe` puts it."""
RUN = """<pre id="axe-says"></pre><script>
axe.run(document, {resultTypes: ["violations"]}).then(found => {
  document.getElementById("axe-says").textContent = JSON.stringify({
    version: axe.version, passes: found.passes.length,
    violations: found.violations.map(one => [one.id, one.nodes.length, one.nodes[0].html, one.nodes[0].failureSummary]),
  });
}).catch(error => {
  document.getElementById("axe-says").textContent = JSON.stringify({violations: [String(error)]});
});</script>"""
PAGES = {"later": later, "long": long_names, "fine": nothing_found, "dark": nothing_reached}
SCREENS = {
    "desk": ("--window-size=1280,1000",),
    "phone": ("--window-size=500,900",),
    "night": ("--window-size=1280,1000", "--force-dark-mode", "--blink-settings=preferredColorScheme=0"),
}


def judged(made: Made, folder: Path, *screen: str) -> dict[str, Any]:
    return judged_page(made.render("html").decode(), folder, *screen)


def judged_page(page: str, folder: Path, *screen: str) -> dict[str, Any]:
    """What axe says of the page; its policy, which lets no script run, is taken out for that."""
    if not AXE.is_file():
        lacking("axe-core (tests/support/tools.sh axe)")
    page, number = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert number == 1
    told = f"<script>{AXE.read_text(encoding='utf-8')}</script>{RUN}</body>"
    path = folder / "page.html"
    path.write_text(page.replace("</body>", told), encoding="utf-8")
    done = chromium(folder, *screen, "--virtual-time-budget=60000", "--dump-dom", path.as_uri())
    found = re.search(r'<pre id="axe-says">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stdout[-500:]
    answer: dict[str, Any] = json.loads(unescape(found[1]))
    return answer


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_rule_is_broken(name: str, tmp_path: Path) -> None:
    told = judged(PAGES[name](), tmp_path, *SCREENS["desk"])
    assert told["violations"] == []
    assert told["passes"] >= 20


@pytest.mark.parametrize("screen", ["phone", "night"])
def test_no_rule_is_broken_on_another_screen(screen: str, tmp_path: Path) -> None:
    told = judged(later(), tmp_path, *SCREENS[screen])
    assert told["violations"] == []
    assert told["passes"] >= 20


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return office_pages(tmp_path_factory.mktemp("office"))


@pytest.mark.parametrize("name", ["officer", "quarter", "quarter judged again"])
@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_no_rule_is_broken_by_the_programme_office_s_pages(
    name: str, screen: str, office: dict[str, str], tmp_path: Path
) -> None:
    told = judged_page(office[name], tmp_path, *SCREENS[screen])
    assert told["violations"] == []
    assert told["passes"] >= 20


def test_a_fault_is_found(office: dict[str, str], tmp_path: Path) -> None:
    """Were axe not to look at this page, its silence would say nothing."""
    faint = "<p id='x'>one</p><p id='x' style='color:#aaa;background:#fff'>two</p><img src='data:,'>"
    told = judged_page(office["quarter"].replace("</main>", f"{faint}</main>"), tmp_path, *SCREENS["desk"])
    assert {one[0] for one in told["violations"]} >= {"image-alt", "color-contrast"}
