"""The summary fits a terminal, says the same as the rest, and passes on nothing that acts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.model.run import Run
from pepperbird.model.site import Site
from pepperbird.model.text import clean
from pepperbird.report.render import render
from tests.support.runs import a_catalog, a_run, a_site, hostile_run, hostile_site


def as_text(run: Run, site: Site | None = None) -> str:
    return render(run, a_catalog("."), site or a_site(), None, "text").decode()


@pytest.mark.parametrize("run", [a_run(), a_run(scope="partial"), hostile_run()], ids=["full", "partial", "hostile"])
def test_lines_are_short_and_plain(run: Run) -> None:
    lines = as_text(run).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < 120
    assert all(clean(line, 200) == line for line in lines)


def test_standing_comes_first_then_what_to_do_then_what_was_not_seen() -> None:
    text = as_text(a_run())
    places = [
        text.index(part) for part in ("Grade E", "Stage: Seen", "Assets", "Five things", "What could not be seen")
    ]
    assert places == sorted(places)
    assert "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T" in text


def test_a_partial_run_says_so_and_names_no_grade() -> None:
    text = as_text(a_run(scope="partial"))
    assert "Only a part was looked at: 1 asset (db1)." in text
    assert "Grade" not in text


def test_nothing_to_do_and_nothing_hidden_is_said_in_words() -> None:
    passing = ("IS-21", "app1", [("IS-21.1", a_run().verdicts[0].state.PASS, "", "nothing pending", "in time", None)])
    text = as_text(a_run(rows=[passing]))
    assert "Nothing that was seen asks for a fix." in text
    assert "Everything that was asked was answered." in text


def test_several_agencies_begin_with_an_overview() -> None:
    run = a_run()
    both = replace(run, plan=replace(run.plan, agencies=("moh", "mof")))
    lines = as_text(both).splitlines()
    assert lines[0].startswith("2 agencies")
    assert any(line.startswith("  Ministry of Health") and " E  " in line for line in lines[:5])
    assert max(map(len, lines)) <= 100


def test_a_hostile_register_cannot_act_either() -> None:
    lines = as_text(hostile_run(), hostile_site()).splitlines()
    assert max(map(len, lines)) <= 100
    assert all(clean(line, 200) == line for line in lines)
