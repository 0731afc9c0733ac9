"""Each way in which content can be wrong gives an error at its place, and all of them are told in one run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.errors import ContentError
from tests.support.content import TREE, write_content

POLICY, ROOM, MODE, LISTED = (
    "policies/ds.yaml",
    "checks/disk/room.yaml",
    "checks/disk/mode.yaml",
    "checks/disk/listed.yaml",
)
DISK, LINK, MODELS = "collectors/disk/collector.yaml", "collectors/link/collector.yaml", "policies/lists/models.yaml"
FOUNDATION, STANDARD = "baselines/foundation.yaml", "baselines/standard.yaml"
REDACTIONS = "collectors/redactions.yaml"


def changed(path: str, old: str, new: str) -> dict[str, str | None]:
    """The file at `path` with one text replaced, which must be there once or more."""
    assert old in TREE[path], f"{old!r} is not in {path}"
    return {path: TREE[path].replace(old, new, 1)}


def wrong(tmp_path: Path, changes: Mapping[str, str | None]) -> list[str]:
    with pytest.raises(ContentError) as caught:
        read_bundle(write_content(tmp_path, changes))
    return [str(issue) for issue in caught.value.issues]


SINGLE = {
    "a misspelt fact": (MODE, "disk.mode in", "disk.mod in", f"{MODE}:4:13: expect: undefined field 'mod' not"),
    "a near name is offered": (MODE, "disk.mode in", "disk.mod in", "did you mean mode?"),
    "a misspelt namespace": (MODE, "disk.mode in", "dsk.mode in", f"{MODE}:4:12: expect: undeclared reference"),
    "a misspelt parameter": (ROOM, "params.min_free_pct\nm", "params.min_fre_pct\nm", "did you mean min_free_pct?"),
    "a misspelt column": (ROOM, "expect: m.free_pct", "expect: m.fre_pct", f"{ROOM}:5:10: expect: undefined field"),
    "a misspelt fact in a message": (MODE, "is {disk.mode}", "is {disk.mod}", f"{MODE}:5:23: message: in {{disk.mod}}"),
    "a misspelt fact in `applies`": (MODE, "has(disk.label)", "has(disk.labl)", f"{MODE}:3:13: applies:"),
    "a misspelt column in `where`": (ROOM, "m.target != ", "m.targt != ", f"{ROOM}:3:45: for_each.where:"),
    "the wrong type in an expression": (MODE, "disk.mode in", "disk.mode > 3 && disk.mode in", "no matching overload"),
    "a time compared as text": (LISTED, "age(disk.written)", "disk.written", "no matching overload"),
    "an expression that gives no truth value": (MODE, "disk.mode in params.allowed_modes", "disk.mode", "gives string"),
    "has() on what is always there": (MODE, "has(disk.label)", "has(disk.mode)", "not an optional field"),
    "rows that do not exist": (ROOM, "in: disk.mounts", "in: disk.mount", f"{ROOM}:3:23: for_each.in: 'disk.mount' is"),
    "a row name that hides a namespace": (ROOM, "as: m,", "as: disk,", "hides a variable"),
    "a quota over an unbounded set": (ROOM, "in: disk.mounts", "in: disk.some", f"{ROOM}:4:1: quota: disk.some is not"),
    "passing on an unbounded set": (ROOM,
        "disk.mounts, where: \"m.target != '/boot'\", subject: m.target, on_empty: fail",
        "disk.some, subject: m.target, on_empty: pass", "on_empty: pass: disk.some is not `complete`"),
    "a quota without rows": (MODE, "expect:", "quota: {min_pass_percent: '50'}\nexpect:", "it needs `for_each`"),
    "a quota that facts decide": (ROOM, "min_pass_percent: params.room_pct", "min_pass_percent: 'size(disk.mounts)'",
        "the share comes from a parameter"),
    "`applies` by a declared value": (MODE, "has(disk.label)", "asset.tool == 'x'", "never a declared value"),
    "an expectation that reads nothing": (MODE, "expect: disk.mode in params.allowed_modes", "expect: 'true'",
        "it reads nothing"),
    "the wrong type of a field": (MODE, "title: The mode is allowed", "title: 5", f"{MODE}:1:8: title: expected text"),
    "a duplicate key": (MODE, "why:", "title: again\nwhy:", f"{MODE}:2:1: duplicate key 'title', first on line 1"),
    "`no` as a truth value": (POLICY, "waivable: false", "waivable: no",
        "which is text in YAML 1.2; write true or false"),
    "an unknown key": (MODE, "why:", "wyh:", f"{MODE}:2:1: wyh: unknown key"),
    "a missing key": (MODE, "why: Other modes lose data.\n", "", "`why` is missing"),
    "an anchor": (MODE, "why: Other", "why: &a Other", "an anchor (&a)"),
    "an id that is not its place": (MODE, "title:", "id: disk.other\ntitle:", "by its place the file is 'disk.mode'"),
    "no failing example": (MODE, "then: fail", "then: pass", f"{MODE}:20:3: examples: none gives fail"),
    "no erring example": (ROOM, "then: error", "then: fail", "none gives error"),
    "no example of not applying": (MODE, "then: not_applicable", "then: pass", "none gives not_applicable"),
    "too few examples": (LISTED, TREE[LISTED][TREE[LISTED].index("  - name: not listed"):], "", "at least 3 wanted"),
    "an example without a fact": (MODE, "{disk: {mode: ok, label: a}}", "{disk: {label: a}}",
        f"{MODE}:22:12: example 'allowed': disk.mode is read but not given"),
    "an example without a parameter": (MODE, "params: {allowed_modes: [ok]}\n    given: {disk: {mode: ok",
        "given: {disk: {mode: ok", "params: allowed_modes is read but not given"),
    "an example with a misspelt fact": (MODE, "{mode: ok, label", "{mode: ok, lable: a, label", "no fact of this name"),
    "an example with a fact of another type": (ROOM, "free_pct: 50}]", "free_pct: '50'}]", "expected a whole number"),
    "an example with a date for a time": (LISTED, '"2026-11-22T12:00:00Z"', '"2026-11-22"', "expected a time"),
    "an example with an unknown gap": (MODE, "$gap: probe-timeout", "$gap: tired", "the reason one of"),
    "an example with an unknown parameter": (MODE, "params: {allowed_modes: [ok]}", "params: {allowed: [ok]}",
        "there is no parameter `allowed`"),
    "an example with a parameter of another type": (MODE, "allowed_modes: [ok]", "allowed_modes: ok",
        "a list of texts"),
    "an example that gives parameters as facts": (MODE, "{disk: {mode: ok,", "{params: {a: 1}, disk: {mode: ok,",
        "write it under `params`"),
    "two examples of one name": (MODE, "name: not allowed", "name: allowed", "'allowed' stands twice"),
    "an example at no time": (MODE, "name: allowed\n", "name: allowed\n    at: today\n", "'today' is not a time"),
    "an example of a state that no check gives": (MODE, "then: error", "then: waived", "no check gives waived"),
    "subjects without rows": (MODE, "then: pass", "then: {a: pass}", "belongs to a check with `for_each`"),
    "a clause on an unknown kind": (POLICY, "on: [agency]", "on: [agencies]", "found 'agencies'; write one of agency"),
    "a clause on a kind that the control leaves out": (POLICY, "on: [agency]", "on: [agency, postgresql]",
        "does not apply to postgresql"),
    "a kind without a clause": (POLICY, "[linux-server, agency]", "[linux-server, agency, mysql]", "judges mysql"),
    "a clause with a check that does not exist": (POLICY, "check: disk.room", "check: disk.rom",
        f"{POLICY}:22:30: DS-12.1: there is no check disk.rom; did you mean disk.room?"),
    "a clause of another control": (POLICY, "{id: DS-15.1", "{id: DS-16.1", "DS-16.1 stands in DS-15"),
    "a clause that stands twice": (POLICY, "{id: DS-12.3", "{id: DS-12.2", "stands twice for linux-server"),
    "a missing catalogue clause": (POLICY, "{DS-12: 2,", "{DS-12: 6,", "DS-12.5, DS-12.6 of the catalogue is missing"),
    "a catalogue without a control": (POLICY, "DS-15: 1}", "DS-15: 1, DS-16: 2}", f"{POLICY}:5:33: catalogue: DS-16"),
    "a control outside the catalogue": (POLICY, ", DS-15: 1}", "}", "DS-15 is not in `catalogue`"),
    "a selection by facts": (POLICY, 'when: asset.tool == ""', 'when: disk.mode == ""', "asset.* and agency.* only"),
    "a selection that does not compile": (POLICY, "when: asset.tool", "when: asset.tol",
        f"{POLICY}:24:76: DS-12.2: when"),
    "a statement with an unknown parameter": (POLICY, "{min_free_pct} %", "{min_free} %",
        "`{min_free}` is no parameter"),
    "a document with an unknown validity": (POLICY, "valid_days: signed_days", "valid_days: days",
        "no parameter `days`"),
    "an order without a scale": (POLICY, ", scale: [weak, fair, strong]", "", "needs type string and a `scale`"),
    "a facts namespace on the wrong kind": (POLICY, "check: disk.room, on: [linux-server]",
        "check: disk.room, on: [linux-server, agency]", "reads disk, which agency never gives"),
    "two clauses in one": (POLICY, "{id: DS-15.1, check", "{id: DS-15.1, pending: later, check", "exactly one of"),
    "a parameter without a value": (FOUNDATION, "      signed_days: 365\n", "", "`signed_days` (days) has no value"),
    "a control that no baseline sets": (FOUNDATION, "  DS-15: {enforcement: advisory}\n", "", "DS-15 is missing"),
    "a parameter of the wrong type": (STANDARD, "min_free_pct: 15", "min_free_pct: '15'", "expected a whole number"),
    "a value that is off its scale": (FOUNDATION, "strength: fair", "strength: firm",
        "write one of weak, fair, strong"),
    "an unknown control in a baseline": (FOUNDATION, "  DS-15:", "  DS-99: {enforcement: required}\n  DS-15:",
        "there is no control DS-99"),
    "an unknown parameter in a baseline": (STANDARD, "min_free_pct: 15", "min_fre_pct: 15",
        "no parameter `min_fre_pct`"),
    "a baseline of another tier": (STANDARD, "tier: standard", "tier: critical", "write `tier: standard`"),
    "a baseline that extends nothing": (STANDARD, "extends: foundation", "extends: base",
        "there is no baseline 'base'"),
    "a baseline that is not whole": (FOUNDATION, "gate: {score: 60, coverage: 80}\n", "", "`gate` is missing"),
    "a list without a date": (MODELS, '"2026-11-01"', '"2026-13-01"', "is not a date; write YYYY-MM-DD"),
    "a list entry that does not fit": (MODELS, "entries: [good, fine]", "entries: {good: [a]}", "a list of texts"),
    "a table entry without a column": (MODELS, "{type: strings, doc: Good models.}\nentries: [good, fine]",
        "{type: table, doc: d, fields: {ends: {type: time, doc: e}}}\nentries: {good: {}}",
        "entries.good: ends is missing"),
    "a table entry of another type": (MODELS, "{type: strings, doc: Good models.}\nentries: [good, fine]",
        "{type: table, doc: d, fields: {ends: {type: time, doc: e}}}\nentries: {good: {ends: soon}}",
        "expected a time"),
    "a set that does not fit": (MODELS, "{type: strings, doc: Good models.}\nentries: [good, fine]",
        "{type: sets, doc: Good models.}\nentries: {good: {a: b}}",
        "expected a list of texts, found a map"),
    "a list of another shape": (MODELS, "type: strings", "type: int", "a list is strings, sets or a table"),
    "a catalogue of another standard": (POLICY, "DS-15: 1}", "DS-15: 1, DI-01: 1}", "catalogue: DI-01 is not of DS"),
    "a control of another standard": (POLICY, "id: DS-15\n", "id: DI-15\n", "DI-15 is not of the standard DS"),
    "a smallest value that is text": (POLICY, "min_free_pct: {type: int", "min_free_pct: {type: string",
        "needs type int"),
    "a set that is no list": (POLICY, "{type: strings, compare: set", "{type: string, compare: set", "needs a list"),
    "a derived value named like a probe": (DISK, "  joined: {",
        "  list: {doc: d, parser: p, from: [state]}\n  joined: {",
        "`list` is also a probe"),
    "an empty list": (MODELS, "[good, fine]", "[]", "an empty list judges nothing"),
    "a fact from nowhere": (DISK, "from: state.mode", "from: stat.mode", "`from` names no probe"),
    "a derived value from nowhere": (DISK, "from: [state, list]", "from: [state, lst]", "there is no probe `lst`"),
    "a probe without its function": (DISK, "  list: {doc", "  lost: {doc: All., parser: mountinfo}\n  list: {doc",
        "has no function disk_lost()"),
    "sudo with a bare command": (DISK, "/usr/sbin/disk --state", "disk --state", "absolute path"),
    "sudo with a wildcard": (DISK, "/usr/sbin/disk --state", "/usr/sbin/disk *", "a fixed command line"),
    "sudo without its commands": (DISK, ", commands: [/usr/sbin/disk --state]", "", "`commands` lists what sudo"),
    "an argument that nobody declares": (DISK, "list: {doc: All mounts.,",
        "list: {doc: All mounts., args: [asset.nme],",
        "'asset.nme' is not a declared value"),
    "a connection that runs something": (LINK, "facts:", "probes: {a: {doc: d, parser: p}}\nfacts:", "runs nothing"),
    "a redaction that does not compile": (REDACTIONS, "'key=[^ ]+'", "'key=['", "pattern:"),
    "a redaction that takes everything": (REDACTIONS, "'key=[^ ]+'", "'(key)?'", "matches nothing at all"),
    "what was never filled in": (MODE, "why: Other", "why: TODO Other", "still to be written"),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_one_mistake_gives_one_kind_of_error(tmp_path: Path, name: str) -> None:
    path, old, new, expected = SINGLE[name]
    said = wrong(tmp_path, changed(path, old, new))
    assert any(expected in line for line in said), "\n".join(said)
    assert len(said) <= 9, "\n".join(said)
    for line in said:
        place = line.split(": ")[0].split(":")
        assert (tmp_path / place[0]).is_file()
        assert len(place) == 3, line
        assert all(int(number) > 0 for number in place[1:]), line


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One mistake of each kind in one tree: each is told, although the others are there."""
    changes: dict[str, str | None] = {}
    places: list[tuple[str, str]] = []
    told = [
        "a misspelt fact", "the wrong type of a field", "an unknown key", "no erring example",
        "a quota over an unbounded set", "a clause on an unknown kind", "`no` as a truth value",
        "a parameter without a value", "a parameter of the wrong type", "a list without a date", "a fact from nowhere",
        "an example with a date for a time", "a redaction that does not compile",
        "a statement with an unknown parameter",
    ]  # fmt: skip
    for name in told:
        path, old, new, expected = SINGLE[name]
        text = changes.get(path, TREE[path])
        assert text is not None
        assert old in text, name
        changes[path] = text.replace(old, new, 1)
        places.append((name, expected.partition(": ")[2] if expected.startswith(path) else expected))
    changes[LINK] = TREE[LINK].replace("facts:", "facts: {}\nfacts:")
    said = wrong(tmp_path, changes)
    for name, expected in places:
        assert any(expected in line for line in said), f"{name}: not told among\n" + "\n".join(said)
    assert any("duplicate key 'facts'" in line for line in said)
    assert said == sorted(said, key=lambda line: line.split(":")[0])


def test_what_rests_on_a_broken_file_is_not_blamed(tmp_path: Path) -> None:
    """A fact that is badly declared is told where it is declared, and not again in each check that reads it."""
    said = wrong(tmp_path, changed(DISK, "mode: {type: string", "mode: {type: text"))
    assert len(said) == 1, "\n".join(said)
    assert said[0].startswith(f"{DISK}:")


@pytest.mark.parametrize("path", [DISK, POLICY, MODELS, MODE, FOUNDATION])
def test_a_file_that_is_no_yaml_gives_one_error(tmp_path: Path, path: str) -> None:
    said = wrong(tmp_path, {path: "title: [\n"})
    own = [line for line in said if line.startswith(path)]
    assert len(own) == 1
    assert "not readable as YAML" in own[0]


def test_missing_files_are_named(tmp_path: Path) -> None:
    gone = ["collectors/program/tail.sh", "collectors/disk/probe.sh", REDACTIONS, "baselines/critical.yaml"]
    said = wrong(tmp_path, dict.fromkeys(gone))
    assert [line.split(": ")[0] for line in said] == sorted(gone)


def test_a_check_that_no_clause_uses(tmp_path: Path) -> None:
    said = wrong(tmp_path, {"checks/disk/idle.yaml": TREE[LISTED]})
    assert said == [
        "checks/disk/idle.yaml:1:1: no clause uses this check;"
        " add `{id: <clause>, check: disk.idle, on: [...]}` to its control"
    ]


def test_an_idle_check_is_compiled_all_the_same(tmp_path: Path) -> None:
    said = wrong(tmp_path, {"checks/disk/idle.yaml": TREE[MODE].replace("disk.mode in", "disk.mod in")})
    assert any("undefined field 'mod'" in line for line in said)


def test_a_check_must_suit_every_control_that_uses_it(tmp_path: Path) -> None:
    """disk.mode reads params.allowed_modes, which DS-15 has not: the error names the control."""
    said = wrong(tmp_path, changed(POLICY, "{id: DS-15.1, check: disk.listed", "{id: DS-15.1, check: disk.mode"))
    assert any("(as DS-15 uses it)" in line and line.startswith(f"{MODE}:4:") for line in said), said


def test_extends_in_a_circle(tmp_path: Path) -> None:
    said = wrong(tmp_path, changed(FOUNDATION, "tier: foundation", "tier: foundation\nextends: critical"))
    assert any("extends: goes in a circle" in line and "critical -> standard -> foundation" in line for line in said)


def test_two_policies_of_one_id(tmp_path: Path) -> None:
    said = wrong(tmp_path, {"policies/ds2.yaml": TREE[POLICY]})
    assert any("'DS' is already that of policies/ds.yaml" in line for line in said)
