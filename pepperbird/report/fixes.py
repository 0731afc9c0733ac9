"""The fix of a finding, and a script that never holds an observed value as text.

A script may read `$SUBJECT`. It is set in front of the script as one quoted shell word, and only where the subject is
plain text that shows itself as it is; else it is left out with a remark.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from pepperbird.model.catalog import Catalog
from pepperbird.model.check import Fix, FixVariant
from pepperbird.model.text import clean
from pepperbird.model.verdict import Finding
from pepperbird.report.facts import SHORT
from pepperbird.report.gaps import DOCUMENT

MAX_SUBJECTS = 20
SUBJECT = "SUBJECT"


@dataclass(frozen=True, slots=True)
class Subjects:
    """`lines` set the variable, one line per subject; `remark` says what was left out, '' where nothing was."""

    lines: tuple[str, ...]
    remark: str


def fix_of(catalog: Catalog, finding: Finding) -> Fix | None:
    """What to do about a finding: the fix of its check, or handing in its document. None where there is none."""
    check = catalog.checks.get(finding.check)
    if check is not None:
        return check.fix
    if finding.check != DOCUMENT or finding.control not in catalog.controls:
        return None
    for leaf in catalog.controls[finding.control].leaves:
        if leaf.id == finding.clause and leaf.document is not None:
            paper = leaf.document
            text = (
                f"Write “{paper.title}” with these parts: {', '.join(paper.sections)}. Have it signed by "
                f"{' and '.join(paper.signers)}, and hand it in for review."
            )
            return Fix(text=text, effort="days", cost="none", owner="management", risk="none")
    return None


def scripts_of(fix: Fix) -> str:
    """Every script of a fix and its variants, one after the other."""
    every: tuple[Fix | FixVariant, ...] = (fix, *fix.variants.values())
    parts = [part for one in every for part in (one.shell, one.verify, one.undo_shell)]
    return "\n".join(part for part in parts if part)


def subjects_for(script: str, subjects: Sequence[str]) -> Subjects:
    """How to set `$SUBJECT` for a script that reads it; nothing where it does not."""
    if f"${SUBJECT}" not in script and f"${{{SUBJECT}}}" not in script:
        return Subjects((), "")
    named = [subject for subject in dict.fromkeys(subjects) if subject]
    plain = [subject for subject in named if is_plain(subject)]
    lines = tuple(f"{SUBJECT}={shlex.quote(subject)}" for subject in plain[:MAX_SUBJECTS])
    remarks = []
    if len(named) > len(plain):
        remarks.append(
            f"{len(named) - len(plain)} not written here, because the name holds characters that are not safe to "
            "paste: type it on the machine itself"
        )
    if len(plain) > MAX_SUBJECTS:
        remarks.append(f"{len(plain) - MAX_SUBJECTS} more are in the JSON report")
    return Subjects(lines, "; ".join(remarks))


def is_plain(text: str) -> bool:
    """True where the text shows itself as it is, so that what is read is what is pasted."""
    return bool(text) and text.isascii() and clean(text, SHORT) == text
