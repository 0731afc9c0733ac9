"""A control, check or collector as text to read in a terminal: what it says, where it is used, what it is held to."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from pepperbird.bundle.compiling import facts_read
from pepperbird.errors import UsageError
from pepperbird.expression.scope import Scope
from pepperbird.expression.template import readable
from pepperbird.model.catalog import Catalog
from pepperbird.model.check import Check, Fix
from pepperbird.model.collector import Collector
from pepperbird.model.policy import Clause, Control
from pepperbird.model.state import Tier
from pepperbird.model.text import clean

_STRICTER = {"max": "smaller is stricter", "min": "larger is stricter", "order": "later on its scale is stricter"}


def describe(catalog: Catalog, name: str) -> list[str]:
    """Lines about what is called `name`. Raises UsageError with names that are near."""
    if name in catalog.controls:
        lines = _control(catalog, catalog.controls[name])
    elif name in catalog.checks:
        lines = _check(catalog, catalog.checks[name])
    elif name in catalog.collectors:
        lines = _collector(catalog, catalog.collectors[name])
    else:
        known = [*catalog.controls, *catalog.checks, *catalog.collectors]
        near = difflib.get_close_matches(name, known, 5, 0.5)
        advice = f"did you mean {', '.join(near)}?" if near else "give a control (DS-12), a check or a collector"
        raise UsageError(f"nothing is called {clean(name, 80)!r}; {advice}")
    return [clean(line, 2000) for text in lines for line in text.splitlines() or [""]]


def _control(catalog: Catalog, control: Control) -> Iterator[str]:
    yield f"{control.id}  {control.title}"
    yield ""
    yield control.statement
    yield ""
    yield f"severity    {control.severity}: {control.severity_why}"
    yield f"why         {control.rationale}"
    yield f"applies to  {', '.join(control.applies_to)}"
    yield f"file        {catalog.sources[control.id]}"
    yield f"waivable    {'yes' if control.waivable else 'no'}"
    yield ""
    yield "Clauses"
    for clause in control.clauses:
        if clause.any_of is not None:
            yield "  one of these suffices:"
        yield from (f"  {'  ' if clause.any_of else ''}{_leaf(leaf, clause)}" for leaf in clause.leaves)
    yield ""
    yield from _tiers(catalog, control)
    yield ""
    yield "What to do"
    yield from (f"  - {step}" for step in control.remediation)
    if control.references:
        yield ""
        yield "References"
        yield from (f"  {name}: {', '.join(ids)}" for name, ids in control.references.items())


def _leaf(leaf: Clause, clause: Clause) -> str:
    if leaf.check is not None:
        what = f"check {leaf.check}"
    elif leaf.document is not None:
        what = f"document “{leaf.document.title}”, signed by {' or '.join(leaf.document.signers)}"
    else:
        what = f"pending: {leaf.pending}"
    role = " (supporting)" if clause.supporting is not None else ""
    when = f", when {leaf.when}" if leaf.when else ""
    return f"{leaf.id}  {what}, on {', '.join(leaf.on)}{when}{role}"


def _tiers(catalog: Catalog, control: Control) -> Iterator[str]:
    """Enforcement and parameters, one column per tier."""
    settings = [catalog.baseline(tier).controls[control.id] for tier in Tier]
    rows = [("", *(str(tier) for tier in Tier)), ("enforcement", *(str(one.enforcement) for one in settings))]
    for name, parameter in control.parameters.items():
        hint = _STRICTER.get(parameter.compare, "any change loosens")
        values = (readable(list(v) if isinstance(v := one.params[name], tuple) else v) for one in settings)
        rows.append((f"{name} ({parameter.unit}; {hint})", *values))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _check(catalog: Catalog, check: Check) -> Iterator[str]:
    controls = [control for control in catalog.controls.values() if any(le.check == check.id for le in control.leaves)]
    yield f"{check.id}  {check.title}"
    yield ""
    yield check.why
    yield ""
    yield f"file        {catalog.sources[check.id]}"
    for control in controls:
        for clause in control.clauses:
            yield from (f"used by     {_leaf(leaf, clause)}" for leaf in clause.leaves if leaf.check == check.id)
    parameters = controls[0].parameters if controls else {}
    scope = Scope.of(catalog.collectors, catalog.list_files)
    yield f"reads       {', '.join(facts_read(scope, check, parameters))}"
    yield ""
    yield from _question(check)
    for control in controls:
        yield ""
        yield f"Parameters of {control.id}"
        yield from _tiers(catalog, control)
    yield ""
    yield from _fix(check.fix)
    yield ""
    yield "Examples"
    for example in check.examples:
        then = example.then
        states = ", ".join(f"{k}: {v}" for k, v in then.items()) if isinstance(then, dict) else str(then)
        yield f"  {example.name}: {states}"


def _question(check: Check) -> Iterator[str]:
    return (line.rstrip().replace("\n", "\n" + " " * 12) for line in _asked(check))


def _asked(check: Check) -> Iterator[str]:
    each = check.for_each
    if each is not None:
        where = f" where {each.where}" if each.where else ""
        yield f"for each    {each.name} in {each.source}{where}; none left: {each.on_empty}"
    if check.quota is not None:
        share = " percent" if check.quota.min_pass_percent else ""
        yield f"quota       {check.quota.wanted}{share} of them"
    if check.applies is not None:
        yield f"applies     {check.applies}"
    if check.sees is not None:
        yield f"sees        {check.sees.expect}"
    yield f"expect      {check.expect}"
    yield f"message     {check.message}"
    yield f"expected    {check.expected}"


def _fix(fix: Fix) -> Iterator[str]:
    yield f"Fix ({fix.effort}, cost {fix.cost}, by {fix.owner}, risk {fix.risk})"
    yield _indented(fix.text)
    for name in ("warning", "shell", "verify", "shows", "undo", "undo_shell"):
        text = getattr(fix, name)
        if text:
            yield f"  {name}:"
            yield _indented(_indented(text))
    if fix.variants:
        yield f"  other ways for: {', '.join(fix.variants)}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _collector(catalog: Catalog, collector: Collector) -> Iterator[str]:
    yield f"{collector.id}  {collector.title}"
    yield ""
    yield collector.doc
    yield ""
    yield f"family      {collector.family}, on {', '.join(collector.on)}"
    yield f"used by     {', '.join(_readers(catalog, collector.id)) or 'no check'}"
    for kind, words in collector.unproved.items():
        yield f"unproved    on {kind}: {words}"
    if collector.probes:
        yield ""
        yield "Probes"
    for name, probe in collector.probes.items():
        yield f"  {name}: {probe.doc}"
        yield f"    at most {probe.timeout} s and {probe.max_bytes} bytes; {probe.cost}; privilege {probe.privilege}"
        yield from (f"    sudo {command}" for command in probe.commands)
    yield ""
    yield "Facts"
    for name, spec in collector.facts.items():
        unit = f" ({spec.unit})" if spec.unit else ""
        yield f"  {name}: {spec.type}{unit}{', may be absent' if spec.optional else ''}: {spec.doc}"
        yield from (f"    {column}: {one.type}: {one.doc}" for column, one in spec.fields.items())


def _readers(catalog: Catalog, namespace: str) -> Sequence[str]:
    scope = Scope.of(catalog.collectors, catalog.list_files)
    readers = set()
    for control in catalog.controls.values():
        for leaf in control.leaves:
            if leaf.check is not None and leaf.check not in readers:
                reads = facts_read(scope, catalog.checks[leaf.check], control.parameters)
                if any(namespace in read.split(".")[:2] for read in reads):
                    readers.add(leaf.check)
    return sorted(readers)
