"""The page is whole, ordered for a screen reader, readable in its colours, and passes on nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from pepperbird.errors import ContentError, UsageError
from pepperbird.model.state import State
from pepperbird.report.as_html import prose
from pepperbird.report.render import render
from tests.support.reports import later
from tests.support.runs import HOSTILE, a_catalog, a_run, a_site, hostile_run, hostile_site

ROOT = Path(__file__).parents[3]
VOID = frozenset({"meta", "br", "rect", "line", "polyline", "circle", "path"})
LANDMARKS = ("header", "nav", "main", "footer")
RUNS = {"full": a_run(), "partial": a_run(scope="partial"), "hostile": hostile_run(), "empty": a_run(rows=())}


@cache
def as_html(name: str) -> str:
    if name == "later":
        return later().render("html").decode()
    site = hostile_site() if name == "hostile" else a_site()
    return render(RUNS[name], a_catalog(str(ROOT)), site, None, "html").decode()


class Page(HTMLParser):
    """Elements in order, text as read, and every element that was not closed as it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(params=[*sorted(RUNS), "later"])
def page(request: pytest.FixtureRequest) -> Page:
    return Page(as_html(request.param))


def test_elements_close_as_they_were_opened(page: Page) -> None:
    assert (page.wrong, page.open) == ([], [])


def test_landmarks_stand_once_and_sections_are_named(page: Page) -> None:
    assert all(len(page.named(mark)) == 1 for mark in LANDMARKS)
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert all(section["aria-labelledby"] in ids for section in page.named("section"))
    links = [attributes["href"] or "" for attributes in page.named("a")]
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_ids_are_used_once(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_head_has_its_scope(page: Page) -> None:
    assert all(head.get("scope") in ("row", "col") for head in page.named("th"))


def test_tables_stay_tables_where_a_phone_shows_them_as_blocks(page: Page) -> None:
    roles = {"table": {"table"}, "tr": {"row"}, "td": {"cell"}, "th": {"rowheader", "columnheader"}}
    for tag, allowed in roles.items():
        assert all(attributes.get("role") in allowed for attributes in page.named(tag))


def test_nothing_is_loaded_and_nothing_runs(page: Page) -> None:
    allowed = {
        "html", "head", "meta", "title", "style", "body", "a", "header", "nav", "main", "footer", "section", "article",
        "div", "span", "p", "h1", "h2", "h3", "h4", "h5", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption",
        "thead", "tbody", "tr", "th", "td", "time", "details", "summary", "pre", "code", "b", "strong", "small", "br",
        "i", "figure", "figcaption", "svg", "defs", "pattern", "line", "rect", "polyline", "circle", "g", "path",
        "text", "desc",
    }  # fmt: skip
    assert {tag for tag, _ in page.tags} <= allowed
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("style", "src", "srcdoc", "action") for name in attributes)
    policy = next(meta["content"] for meta in page.named("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert (policy or "").startswith("default-src 'none'; style-src 'sha256-")


def test_hostile_text_is_shown_and_cannot_act() -> None:
    raw = as_html("hostile")
    assert len(raw) < 1_000_000
    assert "<script" not in raw and "<img" not in raw
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\ud800-\udfff\ufeff]", raw)
    assert "{{ 7*7 }}" in raw
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in raw
    assert "&amp;lt;b&amp;gt;" in raw
    text = Page(raw).text
    assert "\\x1b]0;owned\\x07" in text and "a\\u202egnp.exe" in text


def test_a_hostile_subject_is_no_part_of_a_script() -> None:
    page = as_html("hostile")
    scripts = [Page(found).text for found in re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)]
    lines = [line for script in scripts for line in script.splitlines()]
    reboot = [line for line in lines if "reboot" in line]
    assert reboot == ["SUBJECT='/srv/da ta'\"'\"'; reboot; '\"'\"'$(reboot)`reboot`'"]
    unsafe = [text for text in HOSTILE if any(ord(char) < 32 or ord(char) > 126 for char in text)]
    assert not any(text[:12] in script for text in unsafe for script in scripts)
    assert "not safe to paste" in page.replace("\n", " ")


def test_a_partial_run_says_so_on_top_and_gives_no_agency_figures() -> None:
    text = Page(as_html("partial")).text
    assert text.index("Partial run.") < text.index("By asset") < text.index("to do now")
    assert not any(words in text for words in ("By standard", "Coverage ", "To reach grade", "worth"))


def test_empty_parts_are_said_in_words() -> None:
    text = Page(as_html("empty")).text
    for words in (
        "Nothing that was seen asks for a fix.", "Nothing that was seen fails.",
        "Everything that was asked was answered.", "Nothing passes in full yet.", "No asset of this agency was judged",
    ):  # fmt: skip
        assert words in text


def test_each_fail_is_told_with_what_was_seen_expected_and_how() -> None:
    text = Page(as_html("full")).text
    for words in (
        'PermitRootLogin is "yes"; allowed is prohibit-password, no', "prohibit-password or no",
        "IS-20.1 decides",
        "sshd -T | grep -i permitrootlogin", "On Red Hat Enterprise Linux 7",
        "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T",
        "Disaster recovery plan", "needs the restic collector", "Ports are sealed and logged", "23 December 2026",
    ):  # fmt: skip
        assert words.casefold() in text.casefold()


def test_a_fail_that_stands_from_before_is_told_with_what_mends_it() -> None:
    run = a_run()
    dark = next(one for one in run.posture if (one.control, one.asset) == ("DS-12", "old1"))
    before = replace(dark, control="DR-01", state=State.FAIL, failing_since="2026-10-02T00:00:00Z")
    posture = tuple(one for one in run.posture if one.control != "DR-01")
    standing = replace(run, posture=(*posture, before), verdicts=tuple(v for v in run.verdicts if v.control != "DR-01"))
    text = Page(render(standing, a_catalog(str(ROOT)), a_site(), None, "html").decode()).text
    assert "old1: fails since 2 October 2026; this run could not look again" in text
    assert "Follow the fix of each check." in text


def test_backticks_become_code_and_are_escaped() -> None:
    assert str(prose("set `a<b` now")) == "set <code>a&lt;b</code> now"
    assert str(prose("one ` alone <i>")) == "one ` alone &lt;i&gt;"


def test_missing_templates_are_told() -> None:
    with pytest.raises(ContentError, match="templates"):
        render(a_run(), a_catalog("/nowhere"), a_site(), "moh", "html")


def test_a_page_is_for_one_agency() -> None:
    run = a_run()
    both = replace(run, plan=replace(run.plan, agencies=("moh", "mof")))
    with pytest.raises(UsageError, match="one agency"):
        render(both, a_catalog(str(ROOT)), a_site(), None, "html")


def _palettes() -> Iterator[dict[str, str]]:
    style = (ROOT / "reports/html/report.css").read_text()
    for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        yield dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", list(_palettes()), ids=["light", "dark"])
def test_every_text_colour_has_contrast_on_every_ground(palette: dict[str, str]) -> None:
    for text in ("ink", "soft", "link", "pass", "fail", "unseen", "mark"):
        for ground in ("page", "panel", "code"):
            low, high = sorted((_luminance(palette[text]), _luminance(palette[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
