"""`pepperbird content`: its exit statuses, what it prints where, and a scaffold that fails until it is filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.bundle.schemas import MODELS, schema_of
from pepperbird.cli.content import KINDS
from pepperbird.cli.main import main
from pepperbird.errors import ContentError
from pepperbird.located.document import parse
from tests.support.content import TREE, write_content

NEW = ("content", "new", "disk.fresh", "--control", "DS-12", "--kind", "linux-server")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_content(tmp_path / "content")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return call


def test_lint_counts(run: Any, tree: Path) -> None:
    status, out, err = run("content", "lint", "--content", tree)
    assert (status, err) == (0, "")
    assert "2 controls in 1 policies, 4 baselines" in out
    assert "3 clauses of the catalogue and 2 later ones: 3 built, 1 by document, 1 pending" in out
    assert "3 checks with 10 examples" in out
    assert "2 collectors with 2 probes" in out


def test_lint_tells_everything_on_standard_error(run: Any, tree: Path) -> None:
    write_content(tree, {"checks/disk/mode.yaml": TREE["checks/disk/mode.yaml"].replace("disk.mode in", "disk.mod in")})
    (tree / "checks/disk/odd.txt").write_text("x")
    status, out, err = run("content", "lint", "--content", tree)
    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("checks/disk/mode.yaml:4:13: expect: undefined field 'mod'")
    assert lines[1].startswith("checks/disk/odd.txt: ")


def test_lint_knows_the_parsers(run: Any, tree: Path) -> None:
    path = "collectors/disk/collector.yaml"
    write_content(tree, {path: TREE[path].replace("parser: os_release", "parser: os_relese")})
    status, _, err = run("content", "lint", "--content", tree)
    assert status == 2
    assert err.startswith(f"{path}:6:")
    assert "parser: there is no 'os_relese'; there is os_release" in err


def test_lint_names_the_missing_folder(run: Any, tree: Path) -> None:
    (tree / "reports").rename(tree / "elsewhere")
    status, _, err = run("content", "lint", "--content", tree)
    assert status == 2
    assert "lacks `reports/`" in err


def test_test_runs_every_example(run: Any, tree: Path) -> None:
    assert run("content", "test", "--content", tree) == (0, "10 of 10 examples of 3 checks hold\n", "")


def test_test_fails_where_an_example_does_not_hold(run: Any, tree: Path) -> None:
    text = (
        TREE["checks/disk/mode.yaml"]
        .replace("disk.mode in", "!(disk.mode in")
        .replace("allowed_modes\nm", "allowed_modes)\nm")
    )
    text = text.replace(
        "expect: !(disk.mode in params.allowed_modes)", "expect: '!(disk.mode in params.allowed_modes)'"
    )
    write_content(tree, {"checks/disk/mode.yaml": text})
    status, out, err = run("content", "test", "--content", tree)
    assert status == 1
    assert out == "8 of 10 examples of 3 checks hold\n"
    assert err.startswith("disk.mode: allowed: expected pass, got fail")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "DS-12",
            ["Data volumes keep room", "check disk.room, on linux-server", "min_free_pct", "10", "15", "Add a disk."],
        ),
        ("disk.mode", ["used by     DS-12.2", "reads       disk.label, disk.mode, params.allowed_modes", "setmode ok"]),
        ("disk", ["used by     disk.listed, disk.mode, disk.room", "sudo /usr/sbin/disk --state", "mounts: rows"]),
    ],
)
def test_show(run: Any, tree: Path, name: str, parts: list[str]) -> None:
    status, out, _ = run("content", "show", name, "--content", tree)
    assert status == 0
    for part in parts:
        assert part in out


def test_show_of_nothing_offers_what_is_near(run: Any, tree: Path) -> None:
    status, out, err = run("content", "show", "disk.moode", "--content", tree)
    assert (status, out) == (2, "")
    assert "did you mean disk.mode" in err


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(run: Any, kind: str) -> None:
    status, out, _ = run("content", "schema", kind)
    assert status == 0
    schema = json.loads(out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_kind_has_its_schema(run: Any) -> None:
    assert tuple(MODELS) == KINDS
    assert list(json.loads(run("content", "schema")[1])) == list(KINDS)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("policy", "policies/ds.yaml"),
        ("list", "policies/lists/models.yaml"),
        ("baseline", "baselines/foundation.yaml"),
        ("check", "checks/disk/mode.yaml"),
        ("collector", "collectors/disk/collector.yaml"),
    ],
)
def test_a_schema_takes_good_files_and_refuses_bad_ones(kind: str, path: str) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(kind))
    value = parse(TREE[path], path).data
    validator.validate(value)
    assert not validator.is_valid(value | {"nonsense": 1})
    assert not validator.is_valid(value | {"title": 5})


def test_new_writes_one_file_and_one_line(run: Any, tree: Path) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    status, out, err = run(*NEW, "--content", tree)
    assert status == 0
    assert out == "- {id: DS-12.5, check: disk.fresh, on: [linux-server]}\n"
    assert "policies/ds.yaml:22" in err
    after = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    assert set(after) - set(before) == {tree / "checks/disk/fresh.yaml"}
    assert all(after[path] == data for path, data in before.items())


def test_what_new_wrote_fails_until_it_is_filled_in(run: Any, tree: Path) -> None:
    """Two files: the check and one policy line. Until every TODO is gone, nothing can be judged by it."""
    _, line, _ = run(*NEW, "--content", tree)
    policy = TREE["policies/ds.yaml"].replace("    clauses:\n", f"    clauses:\n      {line}", 1)
    write_content(tree, {"policies/ds.yaml": policy})
    with pytest.raises(ContentError) as caught:
        read_bundle(tree)
    assert {issue.file for issue in caught.value.issues} == {"checks/disk/fresh.yaml"}
    assert sum("still to be written" in issue.message for issue in caught.value.issues) > 10
    filled = TREE["checks/disk/mode.yaml"]
    write_content(tree, {"policies/ds.yaml": policy, "checks/disk/fresh.yaml": filled})
    assert "disk.fresh" in read_bundle(tree).checks


def test_new_never_overwrites(run: Any, tree: Path) -> None:
    before = (tree / "checks/disk/mode.yaml").read_bytes()
    status, _, err = run(
        "content", "new", "disk.mode", "--control", "DS-12", "--kind", "linux-server", "--content", tree
    )
    assert status == 2
    assert "is there already" in err
    assert (tree / "checks/disk/mode.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "control", "kind", "told"),
    [
        ("fresh", "DS-12", "linux-server", "write AREA.NAME in lower case"),
        ("../x.y", "DS-12", "linux-server", "write AREA.NAME in lower case"),
        ("disk.fresh", "DS-13", "linux-server", "no control 'DS-13'; did you mean"),
        ("disk.fresh", "DS-12", "mysql", "it applies to linux-server, agency"),
    ],
)
def test_new_refuses_what_cannot_be(run: Any, tree: Path, name: str, control: str, kind: str, told: str) -> None:
    status, _, err = run("content", "new", name, "--control", control, "--kind", kind, "--content", tree)
    assert status == 2
    assert told in err
    assert not (tree / "checks/disk/fresh.yaml").exists()


@pytest.mark.slow
def test_show_says_of_a_collector_what_was_never_tried(run: Any) -> None:
    _, out, _ = run("content", "show", "windows")
    assert "unproved    on windows-server: not yet proved on Windows" in out
    _, out, _ = run("content", "show", "sshd")
    assert "unproved" not in out
