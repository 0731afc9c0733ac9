"""The fixes that ship, held to one style: they parse in every shell, begin with what to do, and blame nobody."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from pepperbird.bundle.fixes import SCRIPTS, fix_issues
from pepperbird.bundle.sources import read_sources
from pepperbird.model.check import Check
from tests.support.require import require

ROOT = Path(__file__).parents[2]
CHECKS: dict[str, Check] = {name: part.value for name, part in sorted(read_sources(ROOT).checks.items())}
SHELLS = {"dash": ["dash", "-n"], "bash": ["bash", "-n"], "busybox": ["busybox", "sh", "-n"]}
VERBS = {
    "Add", "Agree", "Archive", "Ask", "Bind", "Check", "Copy", "Dump", "Encrypt", "Expect", "Fetch", "Find", "Give",
    "Install", "Keep", "Leave", "Load", "Look", "Make", "Mend", "Move", "Name", "Order", "Plan", "Put", "Raise",
    "Remove", "Say", "Scrub", "Set", "Start", "Stop", "Switch", "Take", "Tell", "Turn", "Use", "Write",
}  # fmt: skip
BLAMING = re.compile(r"\b(simply|obviously|of course|careless|negligen\w+|stupid|your fault)\b", re.I)
LONGEST = {"text": 1000, "warning": 400, "shows": 300, "undo": 300}
FOR_NOBODY = re.compile(r"\bpepperbird ALL\b|/work/|example\.(com|org|gov)")


def scripts(language: str = "") -> Iterator[tuple[str, str]]:
    """Every script by its name; only those of a language where one is named."""
    for name, check in CHECKS.items():
        if language and check.fix.language != language:
            continue
        for which, one in (("", check.fix), *check.fix.variants.items()):
            for field in SCRIPTS:
                text = getattr(one, field)
                if text:
                    yield f"{name} {which} {field}".replace("  ", " "), text


def prose() -> Iterator[tuple[str, str, str]]:
    for name, check in CHECKS.items():
        for which, one in (("", check.fix), *check.fix.variants.items()):
            for field in LONGEST:
                text = getattr(one, field)
                if text:
                    yield f"{name} {which}".strip(), field, text


def test_no_fix_has_a_fault() -> None:
    assert [str(issue) for issue in fix_issues(ROOT)] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_parses(shell: str) -> None:
    require(shell)
    found = dict(scripts("sh"))
    assert len(found) > 150
    wrong = {}
    for name, text in found.items():
        done = subprocess.run(SHELLS[shell], input=text, capture_output=True, text=True, timeout=10, check=False)
        if done.returncode or done.stderr:
            wrong[name] = done.stderr
    assert wrong == {}


def test_every_script_for_windows_parses() -> None:
    found = dict(scripts("powershell"))
    assert len(found) >= 10
    parser = Parser(Language(tree_sitter_powershell.language()))
    assert [name for name, text in found.items() if parser.parse(text.encode()).root_node.has_error] == []
    assert parser.parse(b"Get-Volume | (").root_node.has_error


def test_every_text_begins_with_what_to_do() -> None:
    first = {where: text.split()[0].strip(",:") for where, field, text in prose() if field == "text"}
    assert {where: word for where, word in first.items() if word not in VERBS} == {}


def test_texts_are_short_enough_to_be_read() -> None:
    assert {where: len(text) for where, field, text in prose() if len(text) > LONGEST[field]} == {}


def test_nobody_is_blamed() -> None:
    told = {where: BLAMING.findall(text) for where, _, text in prose()}
    told |= {f"{name} why": BLAMING.findall(check.why) for name, check in CHECKS.items()}
    assert {where: words for where, words in told.items() if words} == {}


def test_no_account_or_host_that_is_not_there_is_named() -> None:
    everything = [*scripts(), *((where, text) for where, _, text in prose())]
    assert [where for where, text in everything if FOR_NOBODY.search(text)] == []


def test_what_is_put_aside_is_what_is_put_back() -> None:
    """A copy under /root/before is made once, before the first change, under the name of its check."""
    for where, text in scripts():
        check = where.split()[0]
        for copy in re.findall(r"/root/before/([a-z.-]+)\.tar", text):
            assert copy == check, where
        if "tar -cf" in text:
            assert f"[ -e /root/before/{check}.tar ] ||" in text, where


def test_titles_and_reasons_are_sentences_about_what_should_be() -> None:
    for name, check in CHECKS.items():
        assert not check.title.endswith("."), name
        assert check.why.endswith("."), name
        assert len(check.title) <= 110, name
