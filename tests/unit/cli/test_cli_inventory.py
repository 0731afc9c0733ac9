"""init, agency and inventory as they are called: what they write, what they print, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from pepperbird.inventory.read import read_agency, read_site
from pepperbird.inventory.templates import agency_file, examples_taken, scalar, site_files
from pepperbird.located.document import parse
from pepperbird.model.state import Tier
from tests.support.content import write_content


class Done:
    """How a call ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Call = Callable[..., Done]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str | Path) -> Done:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        return Done(int(left.value.code or 0), streams.out, streams.err)

    return run


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def site(call: Call, tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    assert call("init", folder).status == 0
    return folder


def test_init_then_lint_passes(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "deep" / "er" / 'Ministry: of "all"'
    done = call("init", folder)
    assert (done.status, done.err) == (0, "")
    assert "pepperbird agency add ID" in done.out
    assert set(tree(folder)) == set(site_files("x"))
    assert read_site(folder).file.name == 'Ministry: of "all"'
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    monkeypatch.chdir(folder)
    done = call("inventory", "lint")
    assert done.status == 0
    assert done.out.startswith("0 agencies")


def test_init_here(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    assert call("init", "--name", "Ours").status == 0
    assert read_site(tmp_path).file.name == "Ours"
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("taken", ["site.yaml", "agencies/lra.yaml", "known_hosts", "waivers/x"])
def test_init_never_overwrites(call: Call, tmp_path: Path, taken: str) -> None:
    path = tmp_path / taken
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = tree(tmp_path)
    done = call("init", tmp_path)
    assert done.status == 2
    assert "nothing was written" in done.err.lower()
    assert tree(tmp_path) == before


def test_init_on_a_file_or_under_one(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for target in ("file", "file/below"):
        assert call("init", tmp_path / target).status == 2
    assert tree(tmp_path) == {"file": b"mine"}
    done = call("init", tmp_path / "new", "--name", "a\x1b[31m")
    assert done.status == 2
    assert "\x1b" not in done.err
    assert not (tmp_path / "new").exists()


def test_every_example_in_the_templates_is_valid() -> None:
    for tier in Tier:
        text = agency_file("lra", 'Revenue: the "Authority" #1', tier)
        for one in (text, examples_taken(text)):
            agency, issues = read_agency(parse(one, "f"), "lra")
            assert issues == []
            assert agency is not None
            assert agency.name == 'Revenue: the "Authority" #1'
        assert agency.assets and agency.stores and agency.repositories and agency.absences


def test_every_example_in_site_yaml_is_valid(tmp_path: Path) -> None:
    for name, text in site_files("x").items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(examples_taken(text) if name == "site.yaml" else text)
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "ours.yaml").write_text("id: ours\n")
    assert read_site(tmp_path).file.defaults.user == "pepperbird"


@pytest.mark.parametrize(
    "value",
    ["a", "no", "true", "null", "1", "a: b", "a #b", "- a", "", " a", '"', "'", "é", "\\", "{a}", 5, True, "a:"],
)
def test_a_scalar_comes_back_as_it_went(value: object) -> None:
    assert parse(f"x: {scalar(value)}\ny: [{scalar(value)}, {scalar(value)}]\n", "f").data == {
        "x": value,
        "y": [value] * 2,
    }


def test_agencies_are_added_and_listed(call: Call, site: Path) -> None:
    assert call("agency", "list", "--site", site).out == "ID  NAME  TIER  ASSETS  STORES  REPOSITORIES\n"
    done = call("agency", "add", "lra", "--name", "Liberia Revenue Authority", "--tier", "critical", "--site", site)
    assert done.status == 0
    assert "agencies/lra.yaml" in done.out
    lines = call("agency", "list", "--site", site).out.splitlines()
    assert lines[1].split() == ["lra", "Liberia", "Revenue", "Authority", "critical", "0", "0", "0"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["LRA", "--name", "x", "--tier", "standard"], "lower case"),
        (["../x", "--name", "x", "--tier", "standard"], "lower case"),
        (["adhoc", "--name", "x", "--tier", "standard"], "choose another id"),
        (["lra", "--name", " ", "--tier", "standard"], "fill it in"),
        (["lra", "--name", "a\x1b", "--tier", "standard"], "U+001B"),
        (["lra", "--name", "a\nb: c", "--tier", "standard"], "U+000A"),
        (["lra", "--name", "x", "--tier", "big"], "'big' is not one of"),
        (["lra", "--tier", "standard"], "--name"),
    ],
)
def test_a_wrong_agency_is_refused(call: Call, site: Path, arguments: list[str], said: str) -> None:
    before = tree(site)
    done = call("agency", "add", *arguments, "--site", site)
    assert done.status == 2
    assert said in done.err
    assert tree(site) == before


def test_an_agency_is_never_overwritten(call: Call, site: Path) -> None:
    arguments = ("agency", "add", "lra", "--name", "x", "--tier", "standard", "--site", site)
    assert call(*arguments).status == 0
    before = tree(site)
    done = call(*arguments)
    assert done.status == 2
    assert "exists already" in done.err
    assert tree(site) == before


def test_a_place_that_is_no_site(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (("inventory", "lint"), ("agency", "list"), ("inventory", "lint", "--site", tmp_path / "nowhere")):
        done = call(*arguments)
        assert done.status == 2
        assert "pepperbird init" in done.err


def test_lint_tells_every_mistake_and_ends_with_2(call: Call, site: Path) -> None:
    (site / "agencies" / "lra.yaml").write_text("id: lra\nname: x\ntier: big\nassets: [{id: a, kind: linux}]\n")
    (site / "agencies" / "moh.yaml").write_text("id: mof\nname: x\ntier: standard\n")
    before = tree(site)
    done = call("inventory", "lint", "--site", site)
    assert (done.status, done.out) == (2, "")
    assert [line.split(": ")[0] for line in done.err.splitlines()] == [
        f"{site}/agencies/lra.yaml:3:7",
        f"{site}/agencies/lra.yaml:4:24",
        f"{site}/agencies/moh.yaml:1:5",
    ]
    assert tree(site) == before


def test_lint_counts_and_advises(call: Call, site: Path) -> None:
    (site / "agencies" / "lra.yaml").write_text(
        "id: lra\nname: x\ntier: standard\n"
        "assets: [{id: a, kind: linux-server, access: [{via: local}]}, {id: b, kind: linux-server}]\n"
        "stores: [{id: s, asset: a}]\nrepositories: [{id: r, tool: borg}]\n"
    )
    done = call("inventory", "lint", "--site", site)
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0] == "lra: 2 assets, 1 store, 1 repository, 0 services"
    assert "store s names no repository" in done.out
    assert "server b has no `access`" in done.out
    assert "repository r backs up no store" in done.out


ATTESTATION = """\
clause: DS-12.4
agency_id: lra
document: plan.pdf
document_sha256: 0000000000000000000000000000000000000000000000000000000000000000
media_type: application/pdf
signer_name: A. Officer
signer_role: Director
signed_at: 2026-01-01
valid_until: 2027-01-01
"""
WAIVER = """\
id: w
agency: lra
control: DS-12
asset: lra
reason: r
measure: m
approved_by: PMO
since: 2026-10-01
until: 2026-12-01
"""


def test_lint_compares_with_the_content(call: Call, site: Path, tmp_path: Path) -> None:
    content = write_content(tmp_path / "content")
    (site / "agencies" / "lra.yaml").write_text("id: lra\nname: x\ntier: standard\n")
    (site / "attestations" / "lra").mkdir()
    record, waiver = site / "attestations" / "lra" / "DS-12.4.yaml", site / "waivers" / "w.yaml"
    record.write_text(ATTESTATION)
    waiver.write_text(WAIVER)
    arguments = ("inventory", "lint", "--site", site, "--content", content)
    done = call(*arguments)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "lra: 0 assets, 0 stores, 0 repositories, 0 services",
        "  no linux-server, which the tier standard expects; declare it, or its absence under `absences`",
    ]
    waiver.write_text(WAIVER.replace("2026-12-01", "2027-12-01"))
    (site / "waivers" / "v.yaml").write_text(WAIVER.replace("id: w", "id: v").replace("DS-12", "DS-15"))
    assert call(*arguments).out.splitlines()[2:] == [
        "waiver v is void: DS-15 cannot be waived",
        "waiver w is void: it runs to 2027-12-01, and 2026-12-30 is the last day for high",
    ]
    waiver.write_text(WAIVER.replace("DS-12", "DS-99"))
    record.rename(record.with_name("DS-12.1.yaml"))
    record.with_name("DS-12.1.yaml").write_text(ATTESTATION.replace("DS-12.4", "DS-12.1"))
    record.with_name("DS-12.9.yaml").write_text(ATTESTATION.replace("DS-12.4", "DS-12.9"))
    done = call(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"{site}/attestations/lra/DS-12.1.yaml: clause: DS-12.1 is not shown by a document; remove it",
        f"{site}/attestations/lra/DS-12.9.yaml: clause: the content has no DS-12.9; correct it (did you mean DS-12.4?)",
        f"{site}/waivers/w.yaml: control: the content has no DS-99; correct it (did you mean DS-15?)",
    ]


def test_lint_reads_overlays_too(call: Call, site: Path, tmp_path: Path) -> None:
    content = write_content(tmp_path / "content")
    (site / "baselines").mkdir()
    overlay = site / "baselines" / "ours.yaml"
    arguments = ("inventory", "lint", "--site", site, "--content", content)
    overlay.write_text("id: ours\ntitle: Ours\nextends: standard\n")
    assert call(*arguments).status == 0
    overlay.write_text("id: ours\ntitle: Ours\nextends: standerd\n")
    done = call(*arguments)
    assert done.status == 2
    assert f"{overlay}:3:" in done.err


def test_lint_names_machines_that_nobody_vouched_for(call: Call, site: Path, tmp_path: Path) -> None:
    pin = "SHA256:" + "A" * 43
    (site / "agencies" / "lra.yaml").write_text(
        "id: lra\nname: x\ntier: standard\nassets:\n"
        '  - {id: a, kind: linux-server, access: [{via: ssh, at: "a:2222"}]}\n'
        "  - {id: b, kind: linux-server, access: [{via: ssh, at: b.gov.lr}]}\n"
        f'  - {{id: c, kind: linux-server, access: [{{via: ssh, at: c, host_key: "{pin}"}}]}}\n'
        "  - {id: d, kind: linux-server, access: [{via: local}]}\n"
    )
    arguments = ("inventory", "lint", "--site", site, "--content", write_content(tmp_path / "content"))
    assert "no host key is recorded for a, b; run" in call(*arguments).out
    (site / "known_hosts").write_text("[a]:2222 ssh-ed25519 AAAA\nb.gov.lr ssh-ed25519 AAAA\n")
    assert "no host key" not in call(*arguments).out


def test_names_that_act_are_shown_harmless(call: Call, site: Path) -> None:
    (site / "agencies" / "lra.yaml").write_text(
        "id: lra\nname: x\ntier: standard\n"
        '"\\e[31mred": 1\n'
        'assets:\n  - {id: "a\\u202e", kind: linux-server, on: "b\\e[1m"}\n'
        '  - {id: "b\\e[1m", kind: x, on: "a\\u202e"}\n'
        'stores: [{id: s, asset: "a\\u202f"}]\n'
    )
    done = call("inventory", "lint", "--site", site)
    assert done.status == 2
    assert "\\x1b[31mred" in done.err
    assert not any(character in done.err for character in "\x1b\u202e")
