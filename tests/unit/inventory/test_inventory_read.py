"""read_site: a good site comes back whole; a bad one gives every problem at once, each with its place and a remedy."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pepperbird.errors import SiteError
from pepperbird.inventory.read import read_site
from pepperbird.model.site import Site

GOOD = """\
id: lra
name: Liberia Revenue Authority
tier: critical
sites:
  - {id: monrovia, country: LR, lat: 6.3156, lon: -10.8074, role: primary}
services:
  - {id: tax, title: Tax filing, rto: 240, rpo: 60, stores: [ledger]}
assets:
  - id: db-1
    kind: linux-server
    site: monrovia
    access: [{via: ssh, at: "10.0.0.1:2222", as: pepperbird, secret: "env:LRA_KEY", jump: ["ops@bastion:22"]}]
  - {id: pg, kind: postgresql, on: db-1}
stores:
  - {id: ledger, asset: pg, path: tax, class: restricted, backed_up_to: [vault]}
repositories:
  - {id: vault, tool: restic, on: db-1, path: /srv/vault, site: monrovia}
"""


def site(folder: Path, files: dict[str, str | bytes]) -> Path:
    """A site of these files; site.yaml and the agency `lra` are there unless given."""
    for name, text in {"site.yaml": "name: Test\n", "agencies/lra.yaml": GOOD, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def read(folder: Path, files: dict[str, str | bytes]) -> Site:
    return read_site(site(folder, files))


def told(folder: Path, files: dict[str, str | bytes]) -> list[str]:
    with pytest.raises(SiteError) as caught:
        read(folder, files)
    return [str(issue).removeprefix(f"{folder}/") for issue in caught.value.issues]


def agency(**changes: str) -> str:
    """The good agency with lines of text replaced."""
    text = GOOD
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_good_site_comes_back_whole(tmp_path: Path) -> None:
    found = read(tmp_path, {})
    assert found.file.name == "Test"
    assert found.root == str(tmp_path)
    lra = found.agency("lra")
    assert [asset.id for asset in lra.assets] == ["db-1", "pg"]
    assert lra.assets[0].access[0].user == "pepperbird"
    assert lra.stores[0].backed_up_to == ("vault",)
    assert lra.services[0].rto == 240


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    bad = """\
id: bda
name: "x\\e[31m"
tier: standrad
assets:
  - {id: a, kind: linux-server, on: b, access: [{via: ssh, at: "10.0.0.300:22"}]}
  - {id: b, kind: linux-server, on: a, access: [{via: ssh, at: "h:99999", legacy: no}]}
  - {id: a, kind: data-store, site: nowhere}
stores:
  - {id: ledger, asset: aa, backed_up_to: [a, c]}
absences: [{kind: postgresql, reason: r, by: b, until: 2026-02-30}]
absences: []
"""
    said = told(
        tmp_path, {"agencies/bad.yaml": bad, "site.yaml": "name: Test\nbasline: x\ntime_zone: Africa/Monrova\n"}
    )
    places = [line.split(": ")[0] for line in said]
    assert places == [
        "agencies/bad.yaml:1:5",
        "agencies/bad.yaml:2:7",
        "agencies/bad.yaml:3:7",
        "agencies/bad.yaml:5:37",
        "agencies/bad.yaml:5:64",
        "agencies/bad.yaml:6:64",
        "agencies/bad.yaml:6:83",
        "agencies/bad.yaml:7:10",
        "agencies/bad.yaml:7:19",
        "agencies/bad.yaml:7:37",
        "agencies/bad.yaml:9:25",
        "agencies/bad.yaml:9:44",
        "agencies/bad.yaml:9:47",
        "agencies/bad.yaml:10:56",
        "agencies/bad.yaml:11:1",
        "site.yaml:2:1",
        "site.yaml:3:12",
    ]
    text = "\n".join(said)
    assert "did you mean standard?" in text
    assert "stands on itself (a on b on a)" in text
    assert "write true or false" in text
    assert "'a' stands under `assets`, where one of `repositories` belongs" in text
    assert "there is no day 2026-02-30" in text
    assert "duplicate key 'absences', first on line 10" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("on: db-1}", "on: db-2}", "declare it under `assets` or correct the name (did you mean db-1?)"),
        ("asset: pg,", "asset: pgg,", "no asset 'pgg' in this agency"),
        ("[vault]", "[vaults]", "did you mean vault?"),
        ("stores: [ledger]", "stores: [lodger]", "did you mean ledger?"),
        ("path: /srv/vault, site: monrovia", "path: srv/vault", "not an absolute path"),
        ("path: /srv/vault, site: monrovia", "path: /srv/../vault", "not an absolute path"),
        ("/srv/vault, site: monrovia", "/srv/vault, site: kakata", "no site 'kakata' in this agency"),
        ("id: tax", "id: lra", "'lra' is the agency itself already"),
        ("id: tax", "id: ledger", "'ledger' is stores.0 already"),
        ("id: tax", "id: pg", "'pg' is assets.1 already"),
        ("country: LR", "country: Liberia", "not a country's two letters"),
        ('at: "10.0.0.1:2222", ', "", "`at` is missing; write where ssh goes: host or host:port"),
        ('"10.0.0.1:2222"', '"root@10.0.0.1"', "an account stands before the host; write it as `as: ...`"),
        ('"10.0.0.1:2222"', '"ssh://10.0.0.1"', "a URL, where host or host:port belongs"),
        ('"10.0.0.1:2222"', '"10.0.0.1:0"', "the port is a number from 1 to 65535"),
        ('"10.0.0.1:2222"', '"-oProxyCommand=x"', "not a host name or an address"),
        ('"10.0.0.1:2222"', '"[2001:db8::1"', "an IPv6 address with a port is written"),
        ("via: ssh", "via: local", "`via: local` looks at the computer that pepperbird itself runs on"),
        ("via: ssh", "via: shh", "did you mean ssh?"),
        ("as: pepperbird", "as: -oProxyCommand", "not the name of an account"),
        ("ops@bastion:22", "-ops@bastion:22", "the account before @ is not one"),
        ("ops@bastion:22", "bastion:x", "the port is a number"),
        ("jump:", 'host_key: "SHA256:short", jump:', "not a fingerprint"),
        ("kind: postgresql", "kind: backup-repository", "a backup repository is declared under `repositories`"),
        ("kind: postgresql", "kind: agency", "the agency itself is an asset already"),
        ("id: tax,", "id: tax, rto: 1,", "duplicate key 'rto'"),
        ("class: restricted", 'class: "a\\u202eb"', "U+202E, which cannot be seen"),
    ],
)
def test_one_mistake_gives_one_message(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = told(tmp_path, {"agencies/lra.yaml": agency(**{old: new})})
    assert len(found) == 1, found
    assert said in found[0]
    assert found[0].startswith("agencies/lra.yaml:")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('secret: "env:LRA_KEY"', "secret: hunter2"),
        ('secret: "env:LRA_KEY"', "password: hunter2"),
        ('secret: "env:LRA_KEY"', "secret: [hunter2]"),
        ('secret: "env:LRA_KEY"', 'key: "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2"'),
    ],
)
def test_a_secret_in_the_register_is_refused_and_not_repeated(tmp_path: Path, old: str, new: str) -> None:
    found = told(tmp_path, {"agencies/lra.yaml": agency(**{old: new})})
    assert len(found) == 1, found
    assert "hunter2" not in found[0]
    assert "write `secret: env:NAME`" in found[0] or "write the path of the file" in found[0]


@pytest.mark.parametrize(
    "at", ["web", "web.gov.lr", "10.0.0.1", "web:22", "[2001:db8::1]:22", "2001:db8::1", "a_b.c-d"]
)
def test_addresses_that_are_fine(tmp_path: Path, at: str) -> None:
    assert read(tmp_path, {"agencies/lra.yaml": agency(**{"10.0.0.1:2222": at})})


def test_files_that_would_not_be_read_are_told(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "agencies/moh.yml": "id: moh\n",
        "agencies/lra.yaml~": "",
        "agencies/more/x.yaml": "",
        "agencies/README.md": "",
        "waiver/w.yaml": "",
        "attestations/loose.pdf": "",
    }
    assert told(tmp_path, files) == [
        "agencies/lra.yaml~: not a file that agencies/ has; remove it, or move it out of the site",
        "agencies/moh.yml: not read: a record is named moh.yaml; rename it",
        "agencies/more: a folder, which agencies/ does not have; move its files up or out of the site",
        "attestations/loose.pdf: a file that belongs to no agency; put it into attestations/<agency id>/",
        "waiver: not read: a site has no such name; rename it (did you mean waivers?)",
    ]


def test_links_out_of_the_site_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2\n")
    folder = site(tmp_path / "site", {})
    (folder / "agencies" / "out.yaml").symlink_to(secret)
    (folder / "agencies" / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / "agencies" / "round.yaml").symlink_to(folder / "agencies" / "round.yaml")
    (folder / "waivers").symlink_to(tmp_path)
    os.mkfifo(folder / "agencies" / "pipe.yaml")
    found = told(folder, {})
    assert [line.split(": ")[0] for line in found] == [
        "agencies/gone.yaml",
        "agencies/out.yaml",
        "agencies/pipe.yaml",
        "agencies/round.yaml",
        "waivers",
    ]
    assert "hunter2" not in str(found)


def test_a_file_with_a_name_that_acts_is_shown_harmless(tmp_path: Path) -> None:
    assert "\x1b" not in str(told(tmp_path, {"agencies/\x1b[31m.yaml": "id: x\n"}))


@pytest.mark.parametrize("text", ["", "a: [", "\x00", "[1, 2]", "- " * 60, "x: &a 1"])
def test_what_is_no_register_is_an_issue_not_a_crash(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, {"agencies/moh.yaml": text})
    assert told(tmp_path, {"site.yaml": text, "agencies/moh.yaml": GOOD.replace("id: lra", "id: moh")})


def test_no_site_at_all(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="pepperbird init"):
        read_site(tmp_path / "nowhere")


def test_reserved_and_differing_ids(tmp_path: Path) -> None:
    text = "id: adhoc\nname: x\ntier: standard\n"
    assert "adhoc is kept" in told(tmp_path, {"agencies/adhoc.yaml": text})[0]
    assert "make them the same" in told(tmp_path / "b", {"agencies/moh.yaml": text})[0]


ATTESTATION = """\
clause: BR-07.2
agency_id: lra
document: plan.pdf
document_sha256: {digest}
media_type: application/pdf
signer_name: A. Officer
signer_role: Director
signed_at: 2026-01-01
valid_until: 2027-01-01
"""
CONTENT = b"%PDF the plan"


def attested(**changes: str) -> str:
    text = ATTESTATION.format(digest=hashlib.sha256(CONTENT).hexdigest())
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def test_the_digest_of_a_document_is_what_was_found(tmp_path: Path) -> None:
    record, document = "attestations/lra/BR-07.2.yaml", "attestations/lra/plan.pdf"
    found = read(tmp_path, {record: attested(), document: CONTENT}).attestations[0]
    assert found.document_found_sha256 == found.document_sha256
    changed = read(tmp_path, {record: attested(), document: b"another"}).attestations[0]
    assert changed.document_found_sha256 == hashlib.sha256(b"another").hexdigest()
    (tmp_path / document).unlink()
    assert read(tmp_path, {record: attested()}).attestations[0].document_found_sha256 is None


def test_records_that_are_wrong(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.pdf"
    elsewhere.write_bytes(CONTENT)
    folder = site(tmp_path / "site", {"attestations/lra/BR-07.2.yaml": attested(**{"plan.pdf": "link.pdf"})})
    (folder / "attestations/lra/link.pdf").symlink_to(elsewhere)
    files: dict[str, str | bytes] = {
        "attestations/lra/DR-01.1.yaml": attested(**{"BR-07.2": "DR-01.2", "2027-01-01": "2027-02-29"}),
        "attestations/lra/DR-01.3.yaml": attested(**{"BR-07.2": "DR-01.3", "plan.pdf": "../../../etc/passwd"}),
        "attestations/moh/DR-01.3.yaml": attested(**{"BR-07.2": "DR-01.3"}),
        "attestations/lra/DR-01.4.yaml": attested(**{"BR-07.2": "DR-01.4"}) + "asset: db-2\n",
        "attestations/lra/DR-01.5.yaml": attested(**{"BR-07.2": "DR-01.5", "2027-01": "2025-01"}),
    }
    assert told(folder, files) == [
        "attestations/lra/DR-01.1.yaml:1:9: clause: DR-01.2 in a file named DR-01.1.yaml; "
        "name it DR-01.2.yaml or DR-01.2@<asset>.yaml",
        "attestations/lra/DR-01.1.yaml:9:14: valid_until: not a day or a time with its zone; "
        "write 2026-11-23 or 2026-11-23T12:00:00Z",
        "attestations/lra/DR-01.3.yaml:3:11: document: not a path beside this record; "
        "put the document there and write its name",
        "attestations/lra/DR-01.4.yaml:10:8: asset: lra has no 'db-2'; correct it or leave it out (did you mean db-1?)",
        "attestations/lra/DR-01.5.yaml:9:14: valid_until: before the day of signing; correct one of them",
        "attestations/lra/link.pdf: leads out of the site folder; copy the file into the site",
        "attestations/moh: no agency 'moh' in this site; rename the folder",
        "attestations/moh/DR-01.3.yaml:2:12: agency_id: 'lra' in the folder of 'moh'; make them the same",
    ]


WAIVER = """\
id: w-1
agency: lra
control: DS-03
asset: db-1
reason: New disks are ordered
measure: Room is locked
approved_by: PMO
since: 2026-10-01
until: 2026-12-01
"""


def test_waivers(tmp_path: Path) -> None:
    assert read(tmp_path, {"waivers/w-1.yaml": WAIVER}).waivers[0].control == "DS-03"
    stand_in = WAIVER.replace("db-1", "lra#dns-domain")
    assert read(tmp_path, {"waivers/w-1.yaml": stand_in}).waivers[0].asset == "lra#dns-domain"
    bad = WAIVER.replace("lra", "lrb").replace("DS-03", "DS-3").replace("2026-12-01", "2026-09-31")
    assert [
        line.split(": ", 1)[1] for line in told(tmp_path, {"waivers/w-1.yaml": bad, "waivers/w-2.yaml": WAIVER})
    ] == [
        "agency: no agency 'lrb' in this site; correct the id (did you mean lra?)",
        "control: 'DS-3' is not the id of a control; write for example DS-03",
        "until: there is no day 2026-09-31; write an existing date as YYYY-MM-DD",
        "id: 'w-1' in a file named w-2.yaml; make them the same",
    ]


def test_an_overlay_that_is_not_there(tmp_path: Path) -> None:
    found = told(tmp_path, {"site.yaml": "name: x\nbaseline: ours\n"})
    assert found[0].startswith("site.yaml:2:11: baseline: no file ")
    assert read(tmp_path, {"site.yaml": "name: x\nbaseline: ours\n", "baselines/ours.yaml": "id: ours\n"})
