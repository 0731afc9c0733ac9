"""What of a report's list of things to do is shell, by the machine that it is typed on: the base of what is exported.

Only the content's own texts; a subject travels beside them as a value, and only where it shows itself as it is and
could not be taken for an option. What is left out is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pepperbird.model.check import Fix, Risk
from pepperbird.model.state import AssetKind, State
from pepperbird.model.text import clean
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts, name
from pepperbird.report.fixes import SUBJECT, is_plain, scripts_of
from pepperbird.report.view import ReportView, Todo

Which = Literal["shell", "verify", "undo_shell"]
SYSTEM = """\
. /etc/os-release 2>/dev/null
if [ -e /etc/synoinfo.conf ]; then echo dsm
else case " ${ID-} ${ID_LIKE-} ${VERSION_ID-}" in
  *rhel*" 7"* | *centos*" 7"*) echo el7 ;;
  *rhel*" "[89]* | *rhel*" "[1-9][0-9]* | *fedora*) echo el8 ;;
  *) echo other ;;
esac; fi"""
"""Shell that names the kind of system that it runs on, as the variants of fixes name them."""
MOST = 200
"""Subjects of one fix on one machine."""
_FIRST = re.compile(r"[A-Za-z0-9/_.]")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_GROUPS = frozenset({"all", "ungrouped", "localhost"})
"""What Ansible takes for more, or for another, than a machine of that name."""
_ELSEWHERE = frozenset({AssetKind.S3_BUCKET, AssetKind.WINDOWS_SERVER})
CALM: tuple[Risk, ...] = ("none", "reload")


@dataclass(frozen=True, slots=True)
class Job:
    """One fix on one machine. `subjects` is None where the fix asks for none; `left` says what was left out."""

    number: int
    title: str
    control: str
    check: str
    due: str
    fix: Fix
    subjects: tuple[str, ...] | None
    left: str

    @property
    def calm(self) -> bool:
        """True where nothing is interrupted, no data touched and nothing to be warned of: it may run with others."""
        return self.fix.risk in CALM and self.fix.warning is None

    @property
    def one_line(self) -> str:
        """What it is, for a comment or a name."""
        return clean(f"{self.title} ({self.control})" + (f", by {self.due}" if self.due else ""), 300)

    def commands(self, which: Which, system: str = "") -> str | None:
        """The commands to mend, to verify or to undo, on one of `fix.variants` or ('') on others; None for none."""
        text = getattr(self.fix, which)
        if system:
            variant = self.fix.variants[system]
            nothing_to_undo = which == "undo_shell" and variant.undo is not None
            text = getattr(variant, which) or (None if nothing_to_undo else text)
        return text.strip("\n") if text else None


@dataclass(frozen=True, slots=True)
class Host:
    """One machine, by its name in the register, with its jobs in the order of the report."""

    name: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Scripts:
    """`by_hand` names, in words, what the report asks for and no script does."""

    view: ReportView
    hosts: tuple[Host, ...]
    by_hand: tuple[str, ...]


def scripts(facts: AgencyFacts) -> Scripts:
    """Everything that can be typed, by machine; each thing to do keeps its number in the report."""
    view = build(facts)
    machine = _machines(facts)
    by_host: dict[str, list[Job]] = {}
    by_hand = []
    failed = _failed(facts)
    for todo in view.todos:
        places = failed.get((todo.control, todo.check), {})
        for asset in dict.fromkeys(place.asset for place in todo.places):
            host = machine.get(asset, "")
            if todo.fix.shell is None or todo.fix.language != "sh" or not host:
                by_hand.append(f"{todo.number}. {todo.title} ({asset}): {_why(todo, host)}")
                continue
            by_host.setdefault(host, []).append(_job(todo, places.get(asset, ())))
    hosts = tuple(Host(one, tuple(_merged(jobs))) for one, jobs in sorted(by_host.items()))
    return Scripts(view, hosts, tuple(by_hand))


def _machines(facts: AgencyFacts) -> dict[str, str]:
    """By the shown name of an asset, the machine on which its fixes are typed; nothing where there is none."""
    found = {}
    for asset in facts.assets.values():
        host = asset.host or asset.id
        judged = facts.assets.get(host)
        known = judged is not None and judged.kind not in _ELSEWHERE
        if known and _SLUG.fullmatch(host) and host not in _GROUPS:
            found[name(asset.id)] = host
    return found


def _failed(facts: AgencyFacts) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    """The subjects that fail as they are, by control and check and the shown name of the asset."""
    found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for one in facts.findings():
        if one.state is State.FAIL:
            places = found.setdefault((one.control, one.check), {})
            places[name(one.asset)] = (*places.get(name(one.asset), ()), one.subject)
    return found


def _job(todo: Todo, failed: tuple[str, ...]) -> Job:
    subjects: tuple[str, ...] | None = None
    left = ""
    if _asks(scripts_of(todo.fix)):
        named = [one for one in dict.fromkeys(failed) if one]
        plain = [one for one in named if is_plain(one) and _FIRST.match(one)]
        subjects = tuple(plain[:MOST])
        if len(named) > len(subjects):
            left = f"{len(named) - len(subjects)} of {len(named)} names are not here: they are not safe to hand to a "
            left += "command, or are too many; see the report and type them on the machine itself"
    return Job(todo.number, todo.title, todo.control, todo.check, todo.due, todo.fix, subjects, left)


def _merged(jobs: list[Job]) -> Iterator[Job]:
    """One job a number: what several assets of a machine ask for is done once, for all their subjects."""
    by_number: dict[int, list[Job]] = {}
    for job in jobs:
        by_number.setdefault(job.number, []).append(job)
    for number in sorted(by_number):
        same = by_number[number]
        first = same[0]
        subjects = None
        if first.subjects is not None:
            subjects = tuple(dict.fromkeys(one for job in same for one in job.subjects or ()))
        left = "; ".join(dict.fromkeys(job.left for job in same if job.left))
        yield Job(number, first.title, first.control, first.check, first.due, first.fix, subjects, left)


def _asks(script: str) -> bool:
    return f"${SUBJECT}" in script or f"${{{SUBJECT}}}" in script


def _why(todo: Todo, host: str) -> str:
    if todo.fix.shell is None:
        return "no commands; see the report"
    if todo.fix.language != "sh":
        return f"commands for {todo.fix.language}; see the report"
    return "" if host else "not a machine of the register that commands can be typed on; see the report"
