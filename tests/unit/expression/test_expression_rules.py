"""The rules of the check language, one test each: break the rule and its test fails."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.expression.compiled import Failed
from pepperbird.expression.normalise import normalise
from pepperbird.expression.scope import ExpressionError, Scope
from pepperbird.model.collector import Collector
from pepperbird.model.fields import FieldSpec
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.policy import Parameter

S = FieldSpec(type="string", doc="s")
MOUNT = {
    "target": S,
    "size": FieldSpec(type="int", doc="size", unit="bytes"),
    "encrypted": FieldSpec(type="bool", doc="e"),
    "seen": FieldSpec(type="time", doc="t"),
    "label": FieldSpec(type="string", doc="l", optional=True),
    "options": FieldSpec(type="strings", doc="o"),
}
DISK = Collector(
    id="disk",
    title="Disk",
    doc="d",
    family="shell",
    on=("linux-server",),
    facts={
        "mode": S,
        "count": FieldSpec(type="int", doc="n"),
        "written": FieldSpec(type="time", doc="w"),
        "note": FieldSpec(type="string", doc="n", optional=True),
        "mounts": FieldSpec(type="rows", doc="m", key="target", complete=True, track="first_seen", fields=MOUNT),
        "by_name": FieldSpec(type="table", doc="m", fields={"size": MOUNT["size"]}),
    },
)
PARAMETERS = {
    "limit": Parameter(type="int", compare="max", unit="count"),
    "names": Parameter(type="strings", compare="set", unit="list"),
}
GAP = Gap(GapReason.DENIED, "sudo refused")


def row(**changes: Any) -> dict[str, Any]:
    base = {"target": "/srv", "size": 5, "encrypted": True, "seen": "2026-11-22T12:00:00Z", "options": ["rw"]}
    return base | changes


def facts(**changes: Any) -> dict[str, Any]:
    disk = {
        "mode": "ok",
        "count": 3,
        "written": "2026-11-23T11:00:00Z",
        "mounts": [row()],
        "by_name": {"a": {"size": 1}},
    }
    disk["by_name"] = {"a": {"size": 1}}
    return {"disk": disk | changes, "params": {"limit": 4, "names": ["ok", "fine"]}}


@pytest.fixture(scope="module")
def scope() -> Scope:
    made = Scope.of({"disk": DISK}, {})
    made.clock.set("2026-11-23T12:00:00Z")
    return made


def run(scope: Scope, text: str, bindings: dict[str, Any], want: str = "bool") -> Any:
    return scope.compile(text, parameters=PARAMETERS, want=want).evaluate(bindings)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("disk.mode in params.names", True),
        ("disk.count > params.limit", False),
        ("disk.mounts.all(m, m.encrypted)", True),
        ("disk.mounts.exists(m, under(m.target, '/srv'))", True),
        ("age(disk.written) <= hours(1)", True),
        ("age(disk.written) < hours(1)", False),
        ("!has(disk.note)", True),
        ("disk.mounts.all(m, !has(m.label) || m.label != 'x')", True),
        ("disk.by_name['a'].size == 1", True),
    ],
)
def test_it_judges(scope: Scope, text: str, result: bool) -> None:
    assert run(scope, text, facts()) is result


@pytest.mark.parametrize(
    "text",
    [
        "disk.mode == 'ok' || true",
        "true || disk.mode == 'ok'",
        "disk.mode != 'bad'",
        "!(disk.mode == 'bad')",
        "disk.mode == 'ok' && false",
        "disk.mode in ['ok']",
        "disk.count > 0 ? true : disk.mode == 'ok'",
        "size(disk.mode) >= 0",
        "disk.mode.matches('.*')",
    ],
)
def test_a_gap_decides_under_every_operator(scope: Scope, text: str) -> None:
    assert run(scope, text, facts(mode=GAP)) == GAP


@pytest.mark.parametrize(
    "text",
    [
        "disk.mounts.all(m, m.encrypted || true)",
        "disk.mounts.exists(m, m.target == '/srv' || m.encrypted)",
        "disk.mounts.filter(m, m.encrypted).size() >= 0",
        "disk.mounts.map(m, m.encrypted).size() >= 0",
        "disk.mounts[0].encrypted || true",
        "disk.mounts.size() >= 0",
    ],
)
def test_a_gap_in_any_row_decides(scope: Scope, text: str) -> None:
    assert run(scope, text, facts(mounts=[row(), row(target="/b", encrypted=GAP)])) == GAP


def test_a_gap_in_a_column_that_is_not_read_does_not_decide(scope: Scope) -> None:
    assert run(scope, "disk.mounts.all(m, m.size > 1)", facts(mounts=[row(encrypted=GAP)])) is True


def test_has_does_not_see_through_a_gap(scope: Scope) -> None:
    assert run(scope, "!has(disk.note)", facts(note=GAP)) == GAP
    assert run(scope, "!has(disk.note)", {**facts(), "disk": GAP}) == GAP


def test_a_constant_index_reads_every_entry(scope: Scope) -> None:
    assert run(scope, "disk.by_name['a'].size == 1", facts(by_name={"a": {"size": 1}, "b": {"size": GAP}})) == GAP


def test_a_dynamic_index_reads_the_whole_parent(scope: Scope) -> None:
    compiled = scope.compile("disk.by_name[disk.mode].size == 1", parameters={}, want="bool")
    assert compiled.reads == (("disk", "by_name", "*", "size"), ("disk", "mode"))


def test_a_missing_field_is_a_gap_also_where_or_would_hide_it(scope: Scope) -> None:
    bare = facts()
    del bare["disk"]["mode"]
    result = run(scope, "disk.mode == 'bad' || true", bare)
    assert isinstance(result, Gap) and result.reason is GapReason.PARSE
    short = row()
    del short["encrypted"]
    assert isinstance(run(scope, "disk.mounts.all(m, m.encrypted || true)", facts(mounts=[short])), Gap)


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ("disk.mdoe == 'ok'", "undefined field 'mdoe'", 5),
        ("dsik.mode == 'ok'", "undeclared reference", 5),
        ("disk.count == 'three'", "no matching overload", 12),
        ("disk.mounts.all(m, m.siez > 3)", "undefined field 'siez'", 21),
        ("disk.written < '2026-01-01T00:00:00Z'", "no matching overload", 14),
        ("disk.written == '2026-01-01T00:00:00Z'", "no matching overload", 14),
        ("disk.count", "bool is wanted", 1),
        ("disk.?mode == 'ok'", "unsupported syntax", 0),
        ("params.unknown > 1", "undefined field", 7),
        ("disk.mode ==", "", 0),
    ],
)
def test_a_mistake_is_an_error_with_its_column(scope: Scope, text: str, words: str, column: int) -> None:
    with pytest.raises(ExpressionError) as raised:
        scope.compile(text, parameters=PARAMETERS, want="bool")
    assert words in raised.value.message
    assert not column or raised.value.column == column


@pytest.mark.parametrize("text", ["has(disk.mode)", "has(disk.mounts[0].size)", "disk.mounts.exists(m, has(m.target))"])
def test_has_is_refused_on_what_is_not_optional(scope: Scope, text: str) -> None:
    with pytest.raises(ExpressionError, match="not an optional field"):
        scope.compile(text, parameters={}, want="bool")


def test_ten_thousand_iterations_fail_in_words(scope: Scope) -> None:
    many = [row(target=f"/m{i}") for i in range(10_001)]
    result = run(scope, "disk.mounts.all(m, m.size > 0)", facts(mounts=many))
    assert isinstance(result, Failed) and "for_each" in result.reason
    assert run(scope, "disk.mounts.all(m, m.size > 0)", facts(mounts=many[:9_000])) is True


def test_an_error_value_is_never_truth(scope: Scope) -> None:
    result = run(scope, "disk.count / 0 == 1", facts())
    assert isinstance(result, Failed)
    assert isinstance(run(scope, "9223372036854775807 + disk.count > 0", facts()), Failed)
    assert isinstance(run(scope, "age(disk.written) > 0", facts(written="yesterday")), Failed)
    assert isinstance(run(scope, "age(disk.written) > 0", facts(written="2026-11-23T11:00:00")), Failed)


def test_a_value_of_another_type_than_declared_is_never_truth(scope: Scope) -> None:
    assert isinstance(run(scope, "disk.mounts.all(m, m.encrypted)", facts(mounts=[row(encrypted="yes")])), Failed)


def test_facts_50000_deep_become_a_gap() -> None:
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    safe = normalise({"disk": deep})
    for _ in range(32):
        safe = safe["disk"] if isinstance(safe, dict) else safe[0]
    assert isinstance(safe, Gap)


def test_lone_surrogates_are_replaced(scope: Scope) -> None:
    safe = normalise(facts(mode="a\udc80b"))
    assert safe["disk"]["mode"] == "a?b"
    assert run(scope, "disk.mode == 'a?b'", safe) is True


def test_integers_beyond_64_bits_become_a_gap_and_never_wrap(scope: Scope) -> None:
    for number in (2**63, -(2**63) - 1, 10**400):
        safe = normalise(facts(count=number))
        assert isinstance(safe["disk"]["count"], Gap)
        assert isinstance(run(scope, "disk.count > 0 || disk.count <= 0", safe), Gap)
    assert normalise(2**63 - 1) == 2**63 - 1


@pytest.mark.parametrize("value", [object(), {1: 2}, b"x", (1,), float("nan"), float("inf")])
def test_what_is_not_json_becomes_a_gap(value: object) -> None:
    assert isinstance(normalise(value), Gap)


def test_messages_are_typed_and_never_change_a_state(scope: Scope) -> None:
    message = scope.template('mode is "{disk.mode}", {{{disk.count}}}, {disk.mounts.map(m, m.target)}', parameters={})
    assert message.render(facts()) == 'mode is "ok", {3}, /srv'
    assert message.render(facts(mode=GAP)) == 'mode is "(not seen)", {3}, /srv'
    assert message.render({}) == 'mode is "(not seen)", {(not seen)}, (not seen)'
    with pytest.raises(ExpressionError) as raised:
        scope.template("it is {disk.mdoe}", parameters={})
    assert raised.value.column == 12
    for broken in ("open {disk.mode", "close } here"):
        with pytest.raises(ExpressionError):
            scope.template(broken, parameters={})


def test_row_variables_are_typed(scope: Scope) -> None:
    rows = {"m": "disk.mounts"}
    compiled = scope.compile("m.size > params.limit", parameters=PARAMETERS, rows=rows, want="bool")
    assert compiled.reads == (("m", "size"), ("params", "limit"))
    assert compiled.evaluate({"m": row(), "params": {"limit": 4}}) is True
    assert compiled.evaluate({"m": row(size=GAP), "params": {"limit": 4}}) == GAP
    with pytest.raises(ExpressionError, match="not a list of rows"):
        scope.compile("true", parameters={}, rows={"m": "disk.mode"}, want="bool")
    with pytest.raises(ExpressionError, match="hides a variable"):
        scope.compile("true", parameters={}, rows={"disk": "disk.mounts"}, want="bool")


def test_history_is_typed_by_what_collectors_track(scope: Scope) -> None:
    text = "disk.mounts.all(m, age(history.disk.mounts[m.target].first_seen) < days(2))"
    past = {"history": {"disk": {"mounts": {"/srv": {"first_seen": "2026-11-22T12:00:00Z"}}}}}
    assert run(scope, text, facts() | past) is True
    assert isinstance(run(scope, text, facts() | {"history": {"disk": {"mounts": {}}}}), Failed)


def test_paths_are_contained_by_whole_components(scope: Scope) -> None:
    from pepperbird.expression.functions import distance_km, under

    assert under("/srv/data/x", "/srv/data") and under("/srv", "/") and under("/srv/", "/srv")
    assert not under("/srv/database", "/srv/data") and not under("/srv/data/../../etc", "/srv/data")
    assert not under("srv", "/")
    assert distance_km(6.3156, -10.8074, 6.53, -10.3517) == pytest.approx(55.7, abs=0.5)


def test_the_same_text_under_another_type_of_parameter_is_another_expression(scope: Scope) -> None:
    scope.compile("params.limit > 3", parameters=PARAMETERS, want="bool")
    text = {**PARAMETERS, "limit": Parameter(type="string", compare="eq", unit="name")}
    with pytest.raises(ExpressionError, match="no matching overload"):
        scope.compile("params.limit > 3", parameters=text, want="bool")
