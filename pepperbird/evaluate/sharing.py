"""Equal texts of verdicts made one object: most findings of a nation say the same few hundred sentences.

Verdicts come from another process one asset at a time, each with its own copy of every text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pepperbird.model.gap import Gap
from pepperbird.model.verdict import ClauseResult, Finding, Verdict


class Sharing:
    """The texts and Gaps that verdicts have in common, for as long as these are gathered."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._gaps: dict[Gap, Gap] = {}

    def of(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Equal verdicts, whose texts and Gaps are those of the ones before wherever these said the same."""
        return [replace(one, clauses=tuple(map(self._clause, one.clauses))) for one in verdicts]

    def _clause(self, one: ClauseResult) -> ClauseResult:
        return replace(one, clause=self._text(one.clause), findings=tuple(map(self._finding, one.findings)))

    def _finding(self, one: Finding) -> Finding:
        text = self._text
        return Finding(
            one.agency, one.control, one.asset, text(one.clause), text(one.check), text(one.subject), one.state,
            text(one.message), text(one.expected), text(one.source), self._gap(one.gap), one.read_at,
        )  # fmt: skip

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)

    def _gap(self, gap: Gap | None) -> Gap | None:
        return None if gap is None else self._gaps.setdefault(gap, gap)
