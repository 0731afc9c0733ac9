"""Working papers of an audit: for each sampled verdict what was run and said, how it was judged, and room to write.

Everything comes from the record of the run and the content that it keeps; nothing is asked of anybody again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pepperbird.collect.frame import function_of, remote_command
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.run import Run
from pepperbird.model.verdict import Finding, Verdict
from pepperbird.observe.observe import observe
from pepperbird.report.as_xlsx import Cell, Column, Sheet
from pepperbird.scan.sample import HOW
from pepperbird.trust.canonical import sha256

_AUDITOR = tuple(
    Column(title, 22, blank=True) for title in ("Done again by", "On", "Result", "Agrees (yes, no)", "Remarks")
)
_VERDICT = (
    Column("No", 5), Column("Agency", 12), Column("Control", 10), Column("Statement", 60), Column("Asset", 18),
    Column("Kind", 16), Column("Tier", 12), Column("Verdict", 14), Column("Decided by", 12), Column("Assurance", 12),
    Column("Judged at", 22), *_AUDITOR,
)  # fmt: skip
_FINDING = (
    Column("No", 5), Column("Clause", 10), Column("Check", 26), Column("About", 24), Column("Finding", 14),
    Column("What was seen", 60), Column("What should be", 40), Column("Rule", 60), Column("Parameters", 30),
    Column("Why it is not known", 40), Column("How it was found out", 40), Column("Read at", 22), *_AUDITOR,
)  # fmt: skip
_COMMAND = (
    Column("No", 8), Column("Endpoint", 24), Column("Asked", 30), Column("Host key shown", 30), Column("Started", 22),
    Column("Probe", 26), Column("Exact command", 50), Column("With sudo", 50), Column("Exit status", 10),
    Column("What was said", 80), Column("On standard error", 40), Column("SHA-256 of what was said", 30), *_AUDITOR,
)  # fmt: skip
_FACT = (Column("Endpoint", 24), Column("Collector", 18), Column("Field", 24), Column("Value", 100))


@dataclass(frozen=True, slots=True)
class Drawn:
    """The sample and how it was drawn: `out_of` verdicts, which are those of `which`."""

    verdicts: Sequence[Verdict]
    seed: str
    out_of: int
    which: str


def working_papers(run: Run, catalog: Catalog, drawn: Drawn) -> list[Sheet]:
    """The sheets: about, sample, findings, commands, facts, and the whole program line by line."""
    papers = _Papers(run, catalog, drawn)
    program = catalog.programs.get("shell", b"").decode("utf-8", "replace").split("\n")
    return [
        Sheet("About", (Column("What", 30), Column("Value", 110)), list(papers.about())),
        Sheet("Sample", _VERDICT, list(papers.verdicts())),
        Sheet("Findings", _FINDING, list(papers.findings())),
        Sheet("Commands", _COMMAND, list(papers.commands())),
        Sheet("Facts", _FACT, list(papers.facts())),
        Sheet("Program", (Column("Line", 8), Column("Text", 140)), list(enumerate(program, 1))),
    ]


class _Papers:
    def __init__(self, run: Run, catalog: Catalog, drawn: Drawn) -> None:
        self.run, self.catalog, self.drawn = run, catalog, drawn
        self.endpoints = {one.id: one for one in run.plan.endpoints}
        self.assets = {(one.agency, one.id): one for one in run.plan.assets}
        self.numbered = list(enumerate(drawn.verdicts, 1))

    def about(self) -> Iterator[tuple[Cell, ...]]:
        run, record = self.run, self.run.record
        yield "Run", run.id
        yield "Began, ended", f"{run.at}, {run.ended}"
        yield "Content, its digest", run.digests.content
        yield "Program, its digest", sha256(self.catalog.programs.get("shell", b""))
        yield "Engine", run.digests.engine
        yield "Verdicts, their digest", run.digests.verdicts
        yield "Checkpoint of the ledger", str(record) if record else "not recorded"
        yield "Signed by the key", (record.key if record else "") or "unsigned"
        yield "Drawn", f"{len(self.drawn.verdicts)} out of {self.drawn.out_of} verdicts ({self.drawn.which})"
        yield "Seed", self.drawn.seed
        yield "How it was drawn", HOW
        yield "To verify the record", f"pepperbird audit pack {run.id}, then pepperbird verify on your own machine"

    def verdicts(self) -> Iterator[tuple[Cell, ...]]:
        for number, one in self.numbered:
            yield (
                number, one.agency, one.control, self.catalog.controls[one.control].statement, one.asset, one.kind,
                one.tier, str(one.state), one.decided_by, str(one.assurance), one.at, *_blank(),
            )  # fmt: skip

    def findings(self) -> Iterator[tuple[Cell, ...]]:
        for number, verdict in self.numbered:
            for one in (finding for clause in verdict.clauses for finding in clause.findings):
                gap = f"{one.gap.reason}: {one.gap.detail}" if one.gap else ""
                yield (
                    number, one.clause, one.check, one.subject, str(one.state), one.message, one.expected,
                    self._rule(one), self._parameters(verdict), gap, one.source, one.read_at, *_blank(),
                )  # fmt: skip

    def _rule(self, finding: Finding) -> str:
        check = self.catalog.checks.get(finding.check)
        if check is None:
            return ""
        parts = {
            "for each": f"{check.for_each.name} in {check.for_each.source}" if check.for_each else None,
            "where": check.for_each.where if check.for_each else None,
            "applies": check.applies,
            "could have seen": check.sees.expect if check.sees else None,
            "expect": check.expect,
            "percent": check.quota.min_pass_percent if check.quota else None,
            "at least": check.quota.min_pass if check.quota else None,
        }
        return "\n".join(f"{name}: {text}" for name, text in parts.items() if text)

    def _parameters(self, verdict: Verdict) -> str:
        tier = next(tier for tier in self.run.plan.baselines if tier == verdict.tier)
        params = self.catalog.baselines[self.run.plan.baselines[tier]].controls[verdict.control].params
        return "\n".join(f"{name}: {json.dumps(value)}" for name, value in sorted(params.items()))

    def _asked(self) -> Iterator[tuple[tuple[int, ...], EndpointPlan, str]]:
        """(sample numbers, endpoint, probe) of every probe behind a sampled finding."""
        found: dict[tuple[str, str], list[int]] = {}
        for number, verdict in self.numbered:
            for endpoint in self._endpoints(verdict):
                planned = {call.id for call in self.endpoints[endpoint].probes}
                for probe in sorted(_probes(verdict) & planned):
                    found.setdefault((endpoint, probe), []).append(number)
        for (endpoint, probe), numbers in sorted(found.items()):
            yield tuple(dict.fromkeys(numbers)), self.endpoints[endpoint], probe

    def _endpoints(self, verdict: Verdict) -> list[str]:
        """Where what is known of the asset was asked: its own endpoint and that of the machine it stands on."""
        asset = self.assets.get((verdict.agency, verdict.asset))
        if asset is None:
            return []
        host = self.assets.get((verdict.agency, asset.host or ""))
        found = [asset.endpoint, host.endpoint if host else None]
        return [one for one in dict.fromkeys(found) if one is not None and one in self.endpoints]

    def commands(self) -> Iterator[tuple[Cell, ...]]:
        for numbers, endpoint, probe in self._asked():
            transcript = self.run.transcripts[endpoint.id]
            call = next(one for one in endpoint.probes if one.id == probe)
            output = transcript.probes.get(probe)
            access = endpoint.access
            who = f"{access.user}@{access.at}" if access.user else access.at
            yield (
                ", ".join(map(str, numbers)), endpoint.id, f"{access.via} {who}",
                str(transcript.connection.get("host_key_fingerprint") or ""), transcript.started, probe,
                self._command(endpoint, call), "\n".join(call.commands),
                output.exit_status if output else None, *_said(transcript, probe), *_blank(),
            )  # fmt: skip

    def _command(self, endpoint: EndpointPlan, call: ProbeCall) -> str:
        program = self.catalog.programs.get(endpoint.family, b"")
        if endpoint.family == "powershell":
            return f"function {function_of(call.id)} of the kit"
        if endpoint.family != "shell":
            texts = json.loads(program).get(call.id.partition(".")[0], {})
            return str(texts.get(call.id.partition(".")[2], ""))
        words = [function_of(call.id), *(json.dumps(one) for one in call.args)]
        start = next(
            (n for n, line in enumerate(program.split(b"\n"), 1) if line.startswith(f"{words[0]}()".encode())), 0
        )
        return f"{' '.join(words)}\n(the sheet Program from line {start}, run by: {remote_command(len(program))})"

    def facts(self) -> Iterator[tuple[Cell, ...]]:
        wanted: dict[str, set[str]] = {}
        for _, endpoint, probe in self._asked():
            wanted.setdefault(endpoint.id, set()).add(probe.partition(".")[0])
        for name, namespaces in sorted(wanted.items()):
            seen = observe(self.catalog, self.endpoints[name], self.run.transcripts[name]).facts
            for namespace in sorted(namespaces):
                fields = seen.get(namespace)
                for field, value in sorted(fields.items()) if isinstance(fields, dict) else [("", fields)]:
                    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
                    yield name, namespace, field, text


def _probes(verdict: Verdict) -> set[str]:
    """The probes that the sources of its findings name: `sshd.daemons, storage.mounts on moh/srv/ssh`."""
    sources = {finding.source for clause in verdict.clauses for finding in clause.findings}
    return {probe for source in sources for probe in source.partition(" on ")[0].split(", ")}


def _said(transcript: Transcript, probe: str) -> tuple[Cell, ...]:
    output = transcript.probes.get(probe)
    if output is None:
        return transcript.gap.detail if transcript.gap else "nothing", "", ""
    texts = (one.decode("utf-8", "replace") for one in (output.stdout, output.stderr))
    return (*texts, sha256(output.stdout))


def _blank() -> tuple[Cell, ...]:
    return (None,) * len(_AUDITOR)
