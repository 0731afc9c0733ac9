"""The Markdown as GitHub's own program reads it: a table, and nothing in it that a machine made into markup."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser

import pytest

from pepperbird.model.state import State
from pepperbird.model.text import clean
from pepperbird.report.as_md import HEADINGS
from pepperbird.report.marked import cell, ours, theirs
from pepperbird.report.render import render
from tests.support.require import oracle
from tests.support.runs import HOSTILE, ROWS, Row, a_catalog, a_run, a_site, hostile_run, hostile_site

MARKUP = (
    "*bold*", "_em_", "`code`", "``two``", "`", "a|b", "a\\|b", "\\", "a\\", "[x](http://x.lr)",
    "![i](http://x.lr/i.png)",
    "<b>x</b>", "http://x.lr/a", "www.x.lr", "a@b.lr", "@someone", "#1", "# h", "> q", "- l", "1. l", "~~s~~", "&lt;",
    "$x$",
    "<!-- c -->", ":tada:", "| --- |", "`|`", " lead", "trail ", "a\nb", "\t", "javascript:alert(1)", "$(reboot)",
)  # fmt: skip
READ = (
    "import sys, json, cmarkgfm\n"
    "print(json.dumps([cmarkgfm.github_flavored_markdown_to_html(one) for one in json.load(sys.stdin)]))"
)


class Cells(HTMLParser):
    """The tags of a page, and the text of each row's cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.rstrip("\n")


def as_github(*texts: str) -> list[Cells]:
    done = subprocess.run(
        [oracle("python"), "-c", READ], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return [Cells(page) for page in json.loads(done.stdout)]


def as_md(run: object = None) -> str:
    return render(run or a_run(), a_catalog("."), a_site(), None, "md").decode()  # type: ignore[arg-type]


def test_it_is_one_table_with_a_row_a_finding() -> None:
    (page,) = as_github(as_md())
    assert page.rows[0] == list(HEADINGS)
    assert len(page.rows) == 1 + sum(len(c.findings) for v in a_run().verdicts for c in v.clauses)
    assert {len(row) for row in page.rows} == {len(HEADINGS)}
    assert any(row[8] == 'PermitRootLogin is "yes"; allowed is prohibit-password, no' for row in page.rows)


@pytest.mark.parametrize("run", [a_run(), a_run(scope="partial"), hostile_run()], ids=["full", "partial", "hostile"])
def test_no_machine_makes_markup_or_a_link(run: object) -> None:
    (page,) = as_github(as_md(run))
    assert set(page.tags) <= {"h1", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}
    assert page.tags.count("h1") == page.tags.count("table") == 1
    assert {len(row) for row in page.rows} == {len(HEADINGS)}


def test_a_hostile_register_makes_none_either() -> None:
    (page,) = as_github(render(hostile_run(), a_catalog("."), hostile_site(), None, "md").decode())
    assert set(page.tags) <= {"h1", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}


def test_each_text_is_read_as_it_was_said() -> None:
    texts = [one for one in (*MARKUP, *HOSTILE) if len(one) < 1000]
    rows: list[Row] = [*ROWS]
    rows += [("BR-01", f"evil{n}", [("BR-01.3", State.FAIL, "", one, one, None)]) for n, one in enumerate(texts)]
    (page,) = as_github(as_md(a_run(rows=rows)))
    read = {row[1]: row[8] for row in page.rows if row[0].startswith("BR-01")}
    for number, text in enumerate(texts):
        told = read[f"evil{number}"]
        # A reader of tables looks at a backslash before a bar twice: one is one too many, and shows.
        assert re.sub(r"\\+\|", "|", told).strip() == re.sub(r"\\+\|", "|", clean(text, 1000)).strip()


def test_our_own_words_are_read_as_they_are_written() -> None:
    texts = [one for one in MARKUP if one.strip()]
    for text, page in zip(texts, as_github(*(f"| x |\n| --- |\n| {ours(one)} |" for one in texts)), strict=True):
        assert set(page.tags) - {"code"} == {"table", "thead", "tbody", "tr", "th", "td"}
        assert page.rows[1][0] == " ".join(text.split())


def test_plain_words_stay_plain() -> None:
    assert theirs("4 percent free") == "4 percent free"
    assert theirs("") == ""
    assert cell(theirs("a|b")) == "`a\\|b`"
