"""`pepperbird deliver` from a stored run to a real mail server, a folder and a bucket (moto): once, with receipts."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from pepperbird.inventory.read import read_site
from pepperbird.trust.register import form_of
from tests.support.calling import called
from tests.support.mail_server import PASSWORD, USER, Post, serving
from tests.support.objects import ObjectStore, moto
from tests.support.signed_runs import AGENCY, SITE, make_signed_runs

pytestmark = pytest.mark.slow
Call = Callable[..., tuple[int, str, str]]
CONTACTS = """\
contacts:
  - {name: "A. Officer", role: head of IT, mail: it@health.example.lr}
  - {name: "B. Chief", role: director, mail: head@health.example.lr}
  - {name: "C. Phone", role: none, phone: "+231 00 000 0000"}
"""
DELIVERY = """\
delivery:
  formats: [html, xlsx]
  mail:
    {{host: localhost, port: {port}, user: {user}, secret: "env:MAILPASS", ca: "{ca}",
     from: {{mail: pepperbird@pmo.example.lr, name: Programme office}}}}
  folder: {{path: out}}
  s3: {{endpoint: "{url}", bucket: reports, prefix: agencies, key: AKIATEST, secret: "env:S3SECRET"}}
"""


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with serving(tmp_path_factory.mktemp("post")) as server:
        yield server


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with moto(tmp_path_factory.mktemp("moto")) as server:
        server.client().create_bucket(Bucket="reports")
        yield server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, post: Post, bucket: ObjectStore) -> Iterator[Path]:
    """A site with one finished run, and then with a `delivery:`."""
    folder = tmp_path_factory.mktemp("deliver")
    with pytest.MonkeyPatch.context() as patch:
        make_signed_runs(folder, patch, runs=1)
    site = folder / "site"
    (site / "agencies" / "moh.yaml").write_text(AGENCY.replace("sites:", f"{CONTACTS}sites:", 1))
    more = DELIVERY.format(port=post.port, user=USER, ca=post.ca, url=bucket.url)
    (site / "site.yaml").write_text(SITE + more)
    yield folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "all")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "all" / "state"))
    monkeypatch.setenv("MAILPASS", PASSWORD)
    monkeypatch.setenv("S3SECRET", "a secret of a bucket")
    monkeypatch.chdir(tmp_path / "all" / "site")
    return tmp_path / "all" / "site"


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    return lambda *arguments: called(capsys, "deliver", *arguments)


def test_each_way_brings_the_report_once_and_leaves_a_receipt(
    call: Call, home: Path, post: Post, bucket: ObjectStore
) -> None:
    mails = len(post.mails)
    status, out, err = call()
    assert (status, err) == (0, "")
    assert [line.split(": sent")[0] for line in out.splitlines()] == [
        "moh: mail to it@health.example.lr",
        "moh: mail to head@health.example.lr",
        "moh: folder to out",
        f"moh: s3 to {bucket.url} reports/agencies",
    ]
    first, second = post.mails[mails:]
    assert (first.rcpt_tos, second.rcpt_tos) == (["it@health.example.lr"], ["head@health.example.lr"])
    message = message_from_bytes(first.content or b"", policy=default)
    assert str(message["Subject"]).startswith("Report of Ministry of Health, ")
    parts = {one.get_filename(): one.get_payload(decode=True) for one in message.iter_attachments()}
    assert set(parts) == {"report.html", "report.xlsx"}
    html = parts["report.html"]
    assert isinstance(html, bytes) and b"Ministry of Health" in html

    files = {path.name.partition("-report")[2] or path.name[-11:]: path for path in (home / "out" / "moh").iterdir()}
    assert set(files) == {".html", ".xlsx", "message.txt"}
    assert files[".html"].read_bytes() == html
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o640}

    listed = bucket.client().list_objects_v2(Bucket="reports")["Contents"]
    assert {one["Key"].rpartition("-")[2] for one in listed} == {"report.html", "report.xlsx", "message.txt"}
    assert all(one["Key"].startswith("agencies/moh/") for one in listed)
    key = next(one["Key"] for one in listed if one["Key"].endswith("html"))
    assert bucket.client().get_object(Bucket="reports", Key=key)["Body"].read() == html

    status, out, _ = call()
    assert status == 0 and out.count(": sent before: ") == 4
    assert len(post.mails) == mails + 2
    receipts = call("--receipts")[1].splitlines()
    assert len(receipts) == 4 and all("  sent  moh  " in line for line in receipts)
    assert call("--again", "--to", "mail")[0] == 0
    assert len(post.mails) == mails + 4


@pytest.mark.parametrize("form", ["csv", "xlsx", "md", "oscal-ar", "oscal-poam", "ansible", "shell"])
def test_the_report_of_a_real_run_is_written_in_every_format(
    form: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "report"
    assert called(capsys, "report", "latest", "--agency", "moh", "--format", form, "--output", file)[0] == 0
    first = file.read_bytes()
    called(capsys, "report", "latest", "--agency", "moh", "--format", form, "--output", file)
    assert file.read_bytes() == first and len(first) > 1000


def test_what_does_not_arrive_is_said_and_asked_again_later(call: Call, post: Post) -> None:
    post.replies[:] = ["554 no", "250 taken"]
    status, out, _ = call("--to", "mail")
    assert status == 1
    assert "moh: mail to it@health.example.lr: FAILED: the mail was refused: 554 no" in out
    status, out, _ = call("--to", "mail")
    assert (status, out.count(": sent: "), out.count(": sent before: ")) == (0, 1, 1)


def test_no_password_reaches_the_output_or_the_store(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILPASS", "wrong-and-secret")
    status, out, err = call("--to", "mail")
    assert (status, out.count("FAILED: the log-in was refused: 535")) == (1, 2)
    data = b"".join(path.read_bytes() for path in (home.parent / "state").glob("pepperbird.db*"))
    for secret in ("wrong-and-secret", PASSWORD, "a secret of a bucket"):
        assert secret not in out + err and secret.encode() not in data


def test_a_bucket_that_refuses_is_said(call: Call, home: Path) -> None:
    file = home / "site.yaml"
    file.write_text(file.read_text().replace("bucket: reports", "bucket: nowhere"))
    status, out, _ = call("--to", "s3")
    assert status == 1 and "FAILED: 404 NoSuchBucket" in out


def test_a_folder_that_cannot_be_is_said(call: Call, home: Path) -> None:
    (home / "out").write_text("a file")
    status, out, _ = call("--to", "folder")
    assert status == 1 and "cannot be written: " in out


def test_an_agency_without_a_mail_address_is_said(call: Call, home: Path) -> None:
    (home / "agencies" / "moh.yaml").write_text(AGENCY)
    status, out, _ = call("--to", "mail")
    assert (status, out) == (1, "moh: FAILED: the register names no contact with a mail address\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("delivery:", "#delivery:", "site.yaml"),
        ("user: pepperbird, ", "", "user and secret go together"),
        ("port: ", "tls: none, port: ", "a password is not sent in clear"),
        ("[html, xlsx]", "[html, shell]", "delivery.formats: no format 'shell'"),
        ("mail: pepperbird@pmo.example.lr", 'mail: "x@y.lr\\nBcc: z@y.lr"', "mail"),
        ("env:MAILPASS", "hunter2", "secret"),
    ],
)
def test_a_site_that_says_it_wrongly_is_told_so(call: Call, home: Path, old: str, new: str, said: str) -> None:
    file = home / "site.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    status, out, err = call()
    assert (status, out) == (2, "")
    assert said in err and "Traceback" not in err


def test_a_way_that_is_not_configured_and_an_agency_that_is_not_there(call: Call, home: Path) -> None:
    file = home / "site.yaml"
    file.write_text(file.read_text().partition("  folder:")[0])
    status, _, err = call("--to", "folder")
    assert status == 2 and "nothing of delivery by folder" in err
    status, _, err = call("--agency", "mof")
    assert status == 2 and "did not look at agency 'mof'" in err


def test_an_address_that_is_none_sends_nothing_to_anybody(call: Call, home: Path, post: Post) -> None:
    file = home / "agencies" / "moh.yaml"
    file.write_text(file.read_text().replace("head@health.example.lr", '"head@health.example.lr, all@example.lr"'))
    mails = len(post.mails)
    status, _, err = call("--to", "mail")
    assert status == 2 and "is no plain mail address" in err
    assert len(post.mails) == mails


def test_how_reports_are_delivered_is_no_part_of_a_run(home: Path) -> None:
    site = read_site(home)
    assert site.file.delivery is not None
    assert "delivery" not in site.file.model_dump() and "pmo.example.lr" not in site.model_dump_json()


def test_who_asked_for_a_mail_a_week_gets_one_and_the_others_one_a_run(
    call: Call, home: Path, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "agencies" / "moh.yaml"
    file.write_text(file.read_text().replace("head@health.example.lr}", "head@health.example.lr, digest: weekly}"))
    mails = len(post.mails)
    status, out, _ = call("--to", "mail")
    assert (status, out.count(": sent: ")) == (0, 2)
    subjects = [str(message_from_bytes(one.content or b"", policy=default)["Subject"]) for one in post.mails[mails:]]
    assert subjects[0].startswith("Report of Ministry of Health, ")
    assert subjects[1].startswith("The week of Ministry of Health, ")
    status, out, _ = call("--to", "mail")
    assert status == 0 and out.count(": sent before: ") == 1 and len(post.mails) == mails + 2
    assert "moh: mail to head@health.example.lr: weekly: what is new goes out on Mon 20" in out
    assert call("--to", "mail", "--again")[0] == 0
    ids = [message_from_bytes(one.content or b"", policy=default)["Message-ID"] for one in post.mails[mails:]]
    assert ids[:2] == ids[2:] and len(ids) == 4
    assert called(capsys, "inventory", "lint", "--site", home)[0] == 0


@pytest.mark.parametrize(
    ("digest", "said"),
    [("digest: daily", "contacts.1.digest"), ("digest: true", "contacts.1.digest"), ("digests: weekly", "digests")],
)
def test_a_contact_that_says_it_wrongly_is_told_so(call: Call, home: Path, digest: str, said: str) -> None:
    file = home / "agencies" / "moh.yaml"
    file.write_text(file.read_text().replace("head@health.example.lr}", f"head@health.example.lr, {digest}}}"))
    status, out, err = call()
    assert (status, out) == (2, "")
    assert "moh.yaml:" in err and said in err and "Traceback" not in err


def test_how_often_somebody_is_written_to_is_no_part_of_what_is_signed(home: Path) -> None:
    before = read_site(home).agencies[0]
    file = home / "agencies" / "moh.yaml"
    file.write_text(file.read_text().replace("head@health.example.lr}", "head@health.example.lr, digest: weekly}"))
    after = read_site(home).agencies[0]
    assert after.contacts[1].digest == "weekly"
    assert form_of(before) == form_of(after)
