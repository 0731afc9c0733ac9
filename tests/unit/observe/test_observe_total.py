"""Whatever a target sends, observing never raises and never gives anything but typed values and Gaps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pepperbird.bundle.values import misfits
from pepperbird.expression.lookup import gaps_in
from pepperbird.expression.normalise import normalise
from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.registry import DERIVED, PARSERS, parser
from tests.support.samples import collectors, facts_of, samples

SHELL = sorted(one.id for one in collectors().values() if one.family == "shell")
SAMPLES = [one for one in samples() if one.outputs()]
HOSTILE = [
    b"\x1b[2J\x1b]0;owned\x07", "\u202e/etc\u202c".encode(), b"<script>alert(1)</script>", b"a\0b", b"\xff\xfe\xc3(",
    b"x" * 10_000_000, b"[" * 60_000, b'{"a":' * 60_000, b"present\n" + b"[" * 60_000, b"1" * 5000 + b"\nend\n",
    b"22 1 8:1 / /$(reboot);`id` rw - ext4 /dev/sda1 rw\n", b"\n" * 500_000, b"end\n" * 1000,
]  # fmt: skip


def check(name: str, outputs: dict[str, ProbeOutput]) -> dict[str, Any]:
    facts = normalise(facts_of(name, outputs))
    specs = collectors()[name].facts
    assert set(facts) <= set(specs)
    for field, value in facts.items():
        assert not list(misfits(specs[field], value)), field
        for _, gap in gaps_in(value):
            assert clean(gap.detail, 600) == gap.detail
    return facts


def all_saying(name: str, said: bytes, status: int | None = 0) -> dict[str, ProbeOutput]:
    return {f"{name}.{probe}": ProbeOutput(said, said[:20], status, 1) for probe in collectors()[name].probes}


@pytest.mark.parametrize("name", SHELL)
@given(said=st.binary(max_size=400), status=st.sampled_from([0, 1, 69, 77, 255, None]))
@settings(max_examples=40, deadline=None)
def test_random_bytes_give_typed_values_or_gaps(name: str, said: bytes, status: int | None) -> None:
    check(name, all_saying(name, said, status))


@pytest.mark.parametrize("name", SHELL)
@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_output_is_a_gap(name: str, said: bytes) -> None:
    facts = check(name, all_saying(name, said))
    seen = {field for field, value in facts.items() if not isinstance(value, Gap)}
    assert not seen, seen


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_sample_with_bytes_changed_gives_typed_values_or_gaps(sample: Any, data: st.DataObject) -> None:
    outputs = sample.outputs()
    probe = data.draw(st.sampled_from(sorted(outputs)))
    said = outputs[probe].stdout
    at = data.draw(st.integers(0, len(said)))
    upto = data.draw(st.integers(at, min(len(said), at + 40)))
    changed = said[:at] + data.draw(st.binary(max_size=20)) + said[upto:]
    check(sample.namespace, {**outputs, probe: ProbeOutput(changed, b"", 0, 1)})


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_output_cut_short_never_looks_like_less(sample: Any, data: st.DataObject) -> None:
    """Rows that were there before may turn into a Gap, but a shorter list is never told as the whole one."""
    outputs = sample.outputs()
    with_end = sorted(probe for probe, one in outputs.items() if one.stdout.endswith(b"end\n"))
    if not with_end:
        return
    probe = data.draw(st.sampled_from(with_end))
    said = outputs[probe].stdout
    cut = said[: data.draw(st.integers(0, len(said) - 2))]
    whole = check(sample.namespace, outputs)
    for field, value in check(sample.namespace, {**outputs, probe: ProbeOutput(cut, b"", 0, 1)}).items():
        if isinstance(value, list) and isinstance(whole[field], list):
            assert len(value) == len(whole[field]), field


def test_every_parser_that_a_collector_names_is_there_and_no_other() -> None:
    probes = {probe.parser for one in collectors().values() for probe in one.probes.values()}
    derived = {value.parser for one in collectors().values() for value in one.derived.values()}
    assert probes == set(PARSERS) and derived == set(DERIVED)
    for name in (*PARSERS, *DERIVED):
        assert callable(parser(name))


@pytest.mark.parametrize(
    ("status", "reason"),
    [(77, GapReason.DENIED), (69, GapReason.NOT_FOUND), (1, GapReason.PARSE), (None, GapReason.PROBE_TIMEOUT)],
)
def test_an_exit_status_that_is_not_fine_is_a_gap_with_its_reason(status: int | None, reason: GapReason) -> None:
    facts = facts_of("storage", all_saying("storage", b"absent\n", status))
    assert facts["pools"].reason is reason
