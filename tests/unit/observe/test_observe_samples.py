"""Raw output in, facts out: every sample of every collector gives exactly the facts that stand beside it."""

from __future__ import annotations

import pytest

from tests.support.samples import Sample, collectors, facts_of, plain, samples

ALL = samples()


@pytest.mark.parametrize("sample", ALL, ids=lambda one: one.name)
def test_a_sample_gives_its_facts(sample: Sample) -> None:
    facts = plain(facts_of(sample.namespace, sample.outputs(), sample.connection()))
    assert {name: facts[name] for name in sample.facts} == sample.facts
    others = {name for name, value in facts.items() if name not in sample.facts}
    assert all(facts[name] in ({"$gap": "no-collector"}, {"$gap": "not-due"}) for name in others)


@pytest.mark.parametrize("sample", ALL, ids=lambda one: one.name)
def test_a_sample_says_where_it_is_from(sample: Sample) -> None:
    assert sample.origin in ("captured", "documented")
    assert sample.about
    probes = set(collectors()[sample.namespace].probes)
    assert {file.stem for file in sample.folder.glob("*.out")} <= probes
    connection = {"connection.json"} if collectors()[sample.namespace].family == "connection" else set()
    assert {file.name for file in sample.folder.iterdir() if file.suffix != ".out"} == {"facts.yaml", *connection}


def test_every_probe_has_a_captured_sample_or_says_that_it_is_not_proved() -> None:
    wanted = {f"{c.id}.{probe}" for c in collectors().values() for probe in c.probes}
    assert wanted == {probe for one in ALL for probe in one.outputs()}
    captured = {probe for one in ALL if one.origin == "captured" for probe in one.outputs()}
    unproved = {name for name, one in collectors().items() if set(one.unproved) >= set(one.on)}
    assert unproved == {"windows", "sqlserver"}
    assert wanted - captured == {probe for probe in wanted if probe.partition(".")[0] in unproved}


def test_there_are_samples() -> None:
    assert len(ALL) >= 25
    assert {one.namespace for one in ALL} == set(collectors())
