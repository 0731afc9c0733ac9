"""inventory import: sheets and Ansible inventories become entries of the register; hostile ones become messages."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pepperbird.cli.main import main
from pepperbird.inventory.read import read_site
from pepperbird.inventory.sheet import COLUMNS


class Done:
    """How a call ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Call = Callable[..., Done]

LRA = """\
id: lra  # the revenue authority
name: Liberia Revenue Authority
tier: critical
assets:
  # the first server we bought
  - {id: old, kind: linux-server, access: [{via: ssh, at: 10.0.0.7}]}

# stores follow
stores: []
"""


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str | Path) -> Done:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        assert "\x1b" not in streams.out + streams.err
        return Done(int(left.value.code or 0), streams.out, streams.err)

    return run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: x\n")
    (folder / "agencies" / "lra.yaml").write_text(LRA)
    return folder


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def csv_of(folder: Path, text: str | bytes) -> Path:
    path = folder / "sheet.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def xlsx_of(folder: Path, rows: list[list[Any]], more: str | None = None) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    if more is not None:
        book.create_sheet(more)
    path = folder / "sheet.xlsx"
    book.save(path)
    return path


SHEET = """\
Agency,Agency name,Tier,Asset,Kind,Address,User,Site,Country,Store,Store path,Class,Backed up to,\
Repository,Tool,repository-on
lra,,,db-1,linux-server,10.0.0.1:2222,pepperbird,hq,LR,ledger,/srv/data,restricted,"vault, far",vault,restic,db-1
lra,,,db-1,,,,,,claims,/srv/claims,internal,vault,far,borg,old
lra,,,old,linux-server,10.9.9.9,,,,,,,,,,

moh,Ministry of Health,standard,web,web-endpoint,https://moh.gov.lr/,,,,,,,,,,
"""


def check_imported(site: Path) -> None:
    found = read_site(site)
    lra, moh = found.agency("lra"), found.agency("moh")
    assert [asset.id for asset in lra.assets] == ["old", "db-1"]
    assert lra.assets[0].access[0].at == "10.0.0.7", "what was declared stays"
    assert lra.assets[1].access[0].at == "10.0.0.1:2222"
    assert lra.assets[1].site == "hq"
    assert {store.id: store.backed_up_to for store in lra.stores} == {"ledger": ("vault", "far"), "claims": ("vault",)}
    assert {one.id: one.on for one in lra.repositories} == {"vault": "db-1", "far": "old"}
    assert (moh.name, moh.assets[0].access[0].via) == ("Ministry of Health", "http")
    assert "# the first server we bought" in (site / "agencies" / "lra.yaml").read_text()


@pytest.mark.parametrize("form", ["plain", "bom", "semicolon", "tab", "sep", "crlf", "utf-16"])
def test_a_sheet_fills_the_register(call: Call, site: Path, tmp_path: Path, form: str) -> None:
    semicolons = SHEET.replace('"vault, far"', "vault far").replace(",", ";")
    raw = {
        "plain": SHEET.encode(),
        "bom": b"\xef\xbb\xbf" + SHEET.encode(),
        "semicolon": semicolons.encode(),
        "tab": semicolons.replace(";", "\t").encode(),
        "sep": b"sep=;\n" + semicolons.encode(),
        "crlf": SHEET.replace("\n", "\r\n").encode(),
        "utf-16": semicolons.replace(";", "\t").encode("utf-16"),
    }[form]
    done = call("inventory", "import", "--from-sheet", csv_of(tmp_path, raw), "--site", site)
    assert done.status == 0, done.err
    assert done.err == "lra/old: declared already, with another access; left as it is\n"
    check_imported(site)
    before = tree(site)
    done = call("inventory", "import", "--from-sheet", csv_of(tmp_path, raw), "--site", site)
    assert done.out == "Nothing to add; all of it is declared already.\n"
    assert tree(site) == before


def test_a_workbook_fills_the_register(call: Call, site: Path, tmp_path: Path) -> None:
    import csv

    path = xlsx_of(tmp_path, list(csv.reader(io.StringIO(SHEET))), more="notes")
    done = call("inventory", "import", "--from-sheet", path, "--site", site)
    assert (done.status, "choose one with --sheet" in done.err) == (2, True)
    done = call("inventory", "import", "--from-sheet", path, "--sheet", "Sheet", "--site", site)
    assert done.status == 0, done.err
    check_imported(site)
    assert call("inventory", "lint", "--site", site).status == 0


def test_a_dry_run_prints_and_writes_nothing(call: Call, site: Path, tmp_path: Path) -> None:
    before = tree(site)
    done = call("inventory", "import", "--from-sheet", csv_of(tmp_path, SHEET), "--site", site, "--dry-run")
    assert done.status == 0
    assert "+  - id: db-1" in done.out
    assert "+id: moh" in done.out
    assert tree(site) == before


def refused(call: Call, site: Path, path: Path) -> list[str]:
    before = tree(site)
    done = call("inventory", "import", "--from-sheet", path, "--site", site)
    assert done.status == 2
    assert tree(site) == before
    assert len(done.err) < 20_000
    return [line.removeprefix(f"{path}:") for line in done.err.splitlines()]


def test_every_wrong_cell_is_told_at_once(call: Call, site: Path, tmp_path: Path) -> None:
    sheet = (
        "agency,asset,kind,adress,store,on,title,\n"
        "lra,Web 1,linux,x,,,,\n"
        ",b,,,,,,\n"
        "lra,../x,linux-server,,,nowhere,=cmd|' /C calc'!A0,\n"
        "lra,q,postgresql,,s,,a\x1b[31m,loose\n"
        "lra,q,mysql,,,,,\n"
        "lra,q,mysql,,,,,\n"
        "lra,,,,s2,,,\n"
        "lra,,,,,,alone,\n"
        "mof,z,linux-server,,,,,\n"
    )
    assert refused(call, site, csv_of(tmp_path, sheet)) == [
        "1:4: no column is called 'adress'; remove it or correct its name (did you mean address?)",
        "2:2: column asset: 'Web 1' is not a short name: lower case letters, digits, dots, dashes and underscores; "
        "correct it",
        "2:3: column kind: found 'linux'; write one of agency, data-store, linux-server, windows-server, nas, "
        "postgresql, mysql, mssql, s3-bucket, nfs-export, backup-repository, web-endpoint, dns-domain, mail-domain",
        "3:1: column agency: empty; write the short name of the agency",
        "4:2: column asset: '../x' is not a short name: lower case letters, digits, dots, dashes and underscores; "
        "correct it",
        "4:6: column on: no asset 'nowhere' in this agency; declare it under `assets` or correct the name",
        "4:7: column G: '=cmd|' /C calc'!A0' begins like a formula; write the value itself",
        "5:7: column G: 'a\\x1b[31m' holds the character U+001B, which cannot be seen; write it again without",
        "5:8: a value in a column without a name; name the column or clear it",
        "6:3: column kind: says something else of 'q' than row 5; make them the same",
        "7:1: the row repeats row 6; remove one of them",
        "8:5: column store: lies on no asset; name in `asset` where the store is",
        "9:7: column title: stands without an `asset`; name the asset, or clear it",
        "10:1: column agency: agency 'mof' is not in the site; give its name and tier, or `pepperbird agency add` it",
    ]


@pytest.mark.parametrize("agency", ["../../x", "/etc/passwd", "LRA", "adhoc", "lra\u202e", "a" * 65])
def test_an_agency_name_cannot_leave_the_folder(call: Call, site: Path, tmp_path: Path, agency: str) -> None:
    sheet = f"agency,agency_name,tier,asset,kind\n{agency},Name,standard,a,linux-server\n"
    assert refused(call, site, csv_of(tmp_path, sheet))[0].startswith("2:1: column ")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x" * 501, "longer than 500 characters"),
        ('"a\nb"', "has a line break"),
        ("+1", "begins like a formula"),
        ("-1+1", "begins like a formula"),
        ("@SUM(A1)", "begins like a formula"),
        ("a\u202eb", "U+202E"),
        ("a\x00b", "U+0000"),
        ("x" * 200_000, "not readable as CSV"),
        ('"open', "not readable as CSV"),
    ],
)
def test_hostile_cells(call: Call, site: Path, tmp_path: Path, cell: str, said: str) -> None:
    sheet = f"agency,asset,kind,title\nlra,a,linux-server,{cell}\n"
    found = refused(call, site, csv_of(tmp_path, sheet))
    assert len(found) == 1
    assert said in found[0]


def test_files_that_are_no_sheet(call: Call, site: Path, tmp_path: Path) -> None:
    for raw, said in (
        (b"", "empty; write a row"),
        (b"a,b\n1,2\n", "the column `agency` is missing"),
        (b"agency\n" + b"x" * 10_000_000, "larger than 8 MB"),
        (b"\xd0\xcf\x11\xe0old", "an old .xls file"),
        (b"PK\x03\x04broken", "not readable as a workbook"),
        (b"agency\n" + b"\n" * 30_000, "more than 20000 rows"),
        (b"agency" + b"," * 200 + b"\n", "more than 100 columns"),
    ):
        assert said in "\n".join(refused(call, site, csv_of(tmp_path, raw))), said
    assert "cannot be read" in "\n".join(refused(call, site, tmp_path / "nowhere.csv"))


def test_a_workbook_that_blows_up_is_not_opened(call: Call, site: Path, tmp_path: Path) -> None:
    path = xlsx_of(tmp_path, [["agency"]])
    for name, content, said in (
        ("xl/bomb.xml", b"0" * 80_000_000, "unpacks to more than a register needs"),
        ("xl/lol.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type definitions"),
        ("xl/lol.xml", '<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16"), "document type definitions"),
    ):
        target = tmp_path / "hostile.xlsx"
        target.write_bytes(path.read_bytes())
        with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        assert said in refused(call, site, target)[0]


def test_cells_of_a_workbook_are_text(call: Call, site: Path, tmp_path: Path) -> None:
    import datetime

    rows = [
        ["agency", "asset", "kind", "title"],
        ["lra", 1, "linux-server", 2024],
        ["lra", "b", "linux-server", "=1+1"],
        ["lra", "c", "linux-server", datetime.datetime(2026, 1, 1)],
        ["lra", "d", "linux-server", True],
        ["lra", "e", "linux-server", 1.5],
    ]
    found = refused(call, site, xlsx_of(tmp_path, rows))
    assert [line.split(": ")[0] for line in found] == ["3:4", "4:4", "5:4", "6:4"]
    assert call("inventory", "import", "--from-sheet", xlsx_of(tmp_path, rows[:2]), "--site", site).status == 0
    asset = read_site(site).agency("lra").assets[1]
    assert (asset.id, asset.title) == ("1", "2024")


def test_an_older_code_page_is_read_and_told(call: Call, site: Path, tmp_path: Path) -> None:
    raw = "agency,asset,kind,title\nlra,a,linux-server,Café\n".encode("cp1252")
    done = call("inventory", "import", "--from-sheet", csv_of(tmp_path, raw), "--site", site)
    assert "read as Windows-1252" in done.err
    assert read_site(site).agency("lra").assets[1].title == "Café"


def test_a_broken_agency_file_is_told_and_left_alone(call: Call, site: Path, tmp_path: Path) -> None:
    (site / "agencies" / "lra.yaml").write_text(LRA.replace("kind: linux-server", "kind: linux"))
    done_lines = refused(call, site, csv_of(tmp_path, SHEET))
    assert "agencies/lra.yaml:6:21: assets.0.kind: found 'linux'" in "\n".join(done_lines)


def test_the_help_names_every_column(call: Call) -> None:
    out = call("inventory", "import", "--help").out
    assert all(f"  {name} " in out for name in COLUMNS)


HOSTS: dict[str, Any] = {
    "_meta": {
        "hostvars": {
            "DB01.lra.gov.lr": {
                "ansible_host": "10.0.0.1",
                "ansible_port": 2222,
                "ansible_user": "deploy",
                "ansible_ssh_private_key_file": "/etc/keys/db",
                "ansible_password": "hunter2",
                "ansible_ssh_common_args": "-o ProxyJump=ops@bastion:22",
            },
            "here": {"ansible_connection": "local"},
            "v6": {"ansible_host": "2001:db8::1", "ansible_port": "22"},
            "win": {"ansible_connection": "winrm"},
            "switch": {"ansible_connection": "ansible.netcommon.network_cli"},
        }
    },
    "all": {"children": ["ungrouped", "db"]},
    "ungrouped": {"hosts": ["here", "bare"]},
    "db": {"children": ["db_main"]},
    "db_main": {"hosts": ["DB01.lra.gov.lr"]},
}


def json_of(folder: Path, data: object) -> Path:
    path = folder / "hosts.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_an_ansible_inventory_fills_the_register(call: Call, site: Path, tmp_path: Path) -> None:
    arguments = ("inventory", "import", "--from-ansible", json_of(tmp_path, HOSTS), "--agency", "lra", "--site", site)
    done = call(*arguments, "--group-kind", "db=postgresql")
    assert done.status == 0, done.err
    found = {asset.id: asset for asset in read_site(site).agency("lra").assets}
    assert set(found) == {
        "old", "bare", "here", "v6", "win", "switch", "db01.lra.gov.lr", "db01.lra.gov.lr-postgresql",
    }  # fmt: skip
    access = found["db01.lra.gov.lr"].access[0]
    assert (access.via, access.at, access.user, access.key) == ("ssh", "10.0.0.1:2222", "deploy", "/etc/keys/db")
    assert access.jump == ("ops@bastion:22",)
    assert found["db01.lra.gov.lr"].title == "DB01.lra.gov.lr"
    assert found["db01.lra.gov.lr-postgresql"].on == "db01.lra.gov.lr"
    assert found["here"].access[0].via == "local"
    assert found["v6"].access[0].at == "2001:db8::1"
    assert found["bare"].access[0].at == "bare"
    assert str(found["win"].kind) == "windows-server"
    assert found["switch"].access == ()
    assert "host switch: connection 'network_cli' is not taken over" in done.err
    assert "its password was not taken" in done.err
    assert "hunter2" not in done.err + "".join(tree(site).values())


def test_hosts_that_cannot_be_taken_are_told_at_once(call: Call, site: Path, tmp_path: Path) -> None:
    hosts = {
        "_meta": {
            "hostvars": {
                "a": {"ansible_host": "{{ lookup('x') }}"},
                "b": {"ansible_port": "ssh"},
                "c": {"ansible_host": "-oProxyCommand=x"},
                "d": {"ansible_user": {"__ansible_vault": "$ANSIBLE_VAULT;1.1"}},
                "W 1": {"ansible_host": "10.0.0.3"},
                "w-1": {},
                "...": {},
                "e\u001b[31m": {"ansible_user": "x y"},
            }
        }
    }
    before = tree(site)
    path = json_of(tmp_path, hosts)
    done = call("inventory", "import", "--from-ansible", path, "--agency", "lra", "--site", site)
    assert done.status == 2
    assert tree(site) == before
    said = [line.removeprefix(f"{path}: ") for line in done.err.splitlines()]
    assert list(dict.fromkeys(line.split(": ")[0] for line in said)) == [
        "host ...", "host a", "host b", "host c", "host d", "host e\\x1b[31m", "host w-1",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"a": 1}', "[" * 100_000, '{"_meta": {"hostvars": []}}', "\x00"])
def test_what_is_no_ansible_inventory(call: Call, site: Path, tmp_path: Path, text: str) -> None:
    done = call("inventory", "import", "--from-ansible", json_of(tmp_path, text), "--agency", "lra", "--site", site)
    assert done.status == 2
    assert "ansible-inventory --list" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name one source"),
        (["--from-sheet", "a", "--agency", "lra"], "go with --from-ansible"),
        (["--from-ansible", "FILE"], "--from-ansible needs --agency"),
        (["--from-ansible", "FILE", "--agency", "lra", "--group-kind", "db"], "is not GROUP=KIND"),
        (["--from-ansible", "FILE", "--agency", "lra", "--group-kind", "web=linux-server"], "has no group 'web'"),
        (["--from-ansible", "FILE", "--agency", "moh"], "agency 'moh' is not in the site"),
        (["--from-ansible", "nowhere", "--agency", "lra"], "nowhere"),
    ],
)
def test_wrong_calls(call: Call, site: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    path = str(json_of(tmp_path, HOSTS))
    before = tree(site)
    done = call("inventory", "import", *(path if one == "FILE" else one for one in arguments), "--site", site)
    assert done.status == 2
    assert said in done.err
    assert tree(site) == before
