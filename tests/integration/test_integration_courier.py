"""`serve` delivers by itself and is killed at every point of it: each mail goes once, and what is in doubt is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from pepperbird.scan.clock import now
from pepperbird.store.duties import DONE, REPORT
from tests.integration.test_integration_serve import figures, get
from tests.support.calling import called
from tests.support.mail_server import PASSWORD, USER, Post, serving
from tests.support.serving import Serve, opened, wait_for
from tests.support.signed_runs import AGENCY, SITE, make_signed_runs

pytestmark = pytest.mark.slow
NAMES = ("a", "b", "c", "d", "e")
CONTACTS = "contacts:\n" + "".join(f"  - {{name: {one}, mail: {one}@health.example.lr}}\n" for one in NAMES)
DELIVERY = """\
serve: {{deliver: true}}
delivery:
  formats: [md]
  mail:
    {{host: localhost, port: {port}, user: {user}, secret: "env:MAILPASS", ca: "{ca}",
     from: {{mail: p@pmo.example.lr}}}}
"""


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with serving(tmp_path_factory.mktemp("post")) as server:
        yield server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, post: Post) -> Path:
    """A site with one finished run, the report of which is to be delivered to five people."""
    folder = tmp_path_factory.mktemp("courier")
    with pytest.MonkeyPatch.context() as patch:
        make_signed_runs(folder, patch, runs=1)
    site = folder / "site"
    (site / "agencies" / "moh.yaml").write_text(AGENCY.replace("sites:", f"{CONTACTS}sites:", 1))
    (site / "site.yaml").write_text(SITE + DELIVERY.format(port=post.port, user=USER, ca=post.ca))
    with opened(folder / "state") as store:
        store.duties.expect(REPORT, "moh", store.runs(limit=1)[0].id, "", now())
    return folder


@pytest.fixture
def home(made: Path, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "all")
    post.mails.clear()
    post.at_rcpt, post.at_data = (lambda _: None), (lambda _: None)
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "all" / "state"))
    monkeypatch.setenv("MAILPASS", PASSWORD)
    return tmp_path / "all" / "state"


def killing(when: Callable[[str], bool], serve: list[Serve]) -> Callable[[str], None]:
    """What ends the process that is served just now, with no chance to say goodbye."""

    def kill(name: str) -> None:
        if when(name):
            os.kill(serve[-1].process.pid, signal.SIGKILL)

    return kill


def arrived(post: Post) -> Counter[str]:
    return Counter(one.rcpt_tos[0].partition("@")[0] for one in post.mails)


def delivered(home: Path) -> bool:
    with opened(home) as store:
        return all(one.state == DONE for one in store.duties.all())


def test_killed_before_each_mail_every_one_goes_once_and_none_is_in_doubt(home: Path, post: Post) -> None:
    left, started = set(NAMES), list[Serve]()

    def first_time(address: str) -> bool:
        name = address.partition("@")[0]
        seen = name not in left
        left.discard(name)
        return not seen

    post.at_rcpt = killing(first_time, started)
    for _ in NAMES:
        with Serve(home, home.parent / "site", "--patience", "1") as serve:
            started.append(serve)
            assert serve.process.wait(60) == -signal.SIGKILL
    with Serve(home, home.parent / "site", "--patience", "1") as serve:
        started.append(serve)
        serve.told("delivered", agency="moh")
        assert get(serve.at, "/healthz")[0] == 200
        wait_for(lambda: figures(serve.at)["pepperbird_deliveries_open"] == 0, lambda: serve.text)
        assert figures(serve.at)["pepperbird_deliveries_total"] == 1
        assert serve.stop() == 0
    assert arrived(post) == Counter(NAMES) and delivered(home)
    with opened(home) as store:
        assert [one.state for one in store.receipts.all("moh")] == ["sent"] * 5


def test_killed_between_the_mail_and_its_receipt_it_is_in_doubt_and_goes_again_only_when_told(
    home: Path, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    site, started = home.parent / "site", list[Serve]()
    kill = killing(lambda address: address.startswith("c@") and len(started) == 1, started)
    post.at_data = lambda envelope: kill(envelope.rcpt_tos[0])
    with Serve(home, site, "--patience", "1") as serve:
        started.append(serve)
        assert serve.process.wait(60) == -signal.SIGKILL
    assert arrived(post) == Counter(NAMES[:3])
    with Serve(home, site, "--patience", "1") as serve:
        started.append(serve)
        failed = serve.told("delivery-failed", agency="moh")
        assert "mail to c@health.example.lr" in failed["said"] and "may have arrived" in failed["said"]
        assert arrived(post) == Counter(NAMES), "the others have it, and nobody twice"
        wait_for(lambda: get(serve.at, "/healthz")[0] == 503, lambda: serve.text)
        (wrong,) = json.loads(get(serve.at, "/healthz")[1])["wrong"]
        assert "nobody knows whether it arrived" in wrong
        status, out, _ = called(capsys, "doctor", "--site", site)
        assert status == 2 and "WRONG  deliveries" in out and "nobody knows whether it arrived" in out
        status, out, _ = called(capsys, "deliver", "--site", site, "--again")
        assert status == 0, out
        serve.told("delivered", agency="moh")
        wait_for(lambda: get(serve.at, "/healthz")[0] == 200, lambda: serve.text)
        assert serve.stop() == 0
    ids = Counter(str(message_from_bytes(one.content or b"")["Message-ID"]) for one in post.mails)
    assert set(ids.values()) == {2} and len(ids) == 5, "a copy has the same Message-ID"
    assert called(capsys, "doctor", "--site", site)[1].count("WRONG  deliveries") == 0


def test_stopped_while_a_mail_is_handed_over_it_ends_that_one_first(home: Path, post: Post) -> None:
    serve = Serve(home, home.parent / "site", "--patience", "1")
    post.at_rcpt = lambda address: serve.process.send_signal(signal.SIGTERM) if address.startswith("b@") else None
    with serve:
        assert serve.process.wait(60) == 0
    assert arrived(post) == Counter("ab")
    with opened(home) as store:
        assert [one.state for one in store.receipts.all("moh")] == ["sent"] * 2
