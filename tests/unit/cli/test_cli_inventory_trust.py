"""inventory trust: keys are shown, compared and recorded; another key than the recorded one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pepperbird.cli.trusted import ShownKey, recorded, states
from pepperbird.errors import UsageError
from tests.support.calling import called
from tests.support.require import require
from tests.support.sshd import Sshd

Call = Callable[..., tuple[int, str, str]]


def key(text: str, kind: str = "ssh-ed25519") -> ShownKey:
    return ShownKey(kind, base64.b64encode(text.encode()).decode(), f"SHA256:{text}")


def line(name: str, text: str, kind: str = "ssh-ed25519") -> str:
    return f"{name} {kind} {key(text).key}\n"


def hashed(name: str) -> str:
    digest = hmac.new(b"salt", name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(b'salt').decode()}|{base64.b64encode(digest).decode()}"


RSA = "ssh-rsa"


@pytest.mark.parametrize(
    ("text", "shown", "found"),
    [
        ("", [key("a"), key("b", RSA)], ["new", "new"]),
        (line("web", "a"), [key("a"), key("b", RSA)], ["known", "new"]),
        (line("other", "x"), [key("a")], ["new"]),
        (line("web", "x"), [key("a")], ["changed"]),
        (line("web", "x"), [key("b", RSA)], ["changed"]),
        (line("web", "x") + line("web", "b", RSA), [key("a"), key("b", RSA)], ["changed", "known"]),
        (line(hashed("web"), "a"), [key("a")], ["known"]),
        (line(hashed("web"), "x"), [key("a")], ["changed"]),
        ("@revoked " + line("web", "a"), [key("a")], ["revoked"]),
        ("@cert-authority " + line("web", "x"), [key("a")], ["new"]),
        ("garbage\nweb ssh-ed25519 !!!\n", [key("a")], ["new"]),
    ],
)
def test_how_a_key_stands(text: str, shown: list[ShownKey], found: list[str]) -> None:
    assert states(text, "web", shown) == found


def test_recording_appends_and_replaces() -> None:
    text = "# note\n" + line("web,other", "x") + line("web", "y", RSA) + line(hashed("web"), "z") + line("db", "d")
    assert recorded(text, "web", [key("a")], replace=False) == text + line("web", "a")
    assert recorded(text, "web", [key("a")], replace=True) == (
        "# note\n" + line("other", "x") + line("db", "d") + line("web", "a")
    )
    assert recorded("web ssh-ed25519 AA", "db", [key("a")], replace=False).count("\n") == 2
    revoked = "@revoked " + line("web", "x")
    assert recorded(revoked, "web", [key("a")], replace=True) == revoked + line("web", "a")
    with pytest.raises(UsageError, match="by the pattern"):
        recorded(line("w*", "x"), "web", [key("a")], replace=True)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        return called(capsys, *arguments)

    return run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    require("sshd", "ssh-keygen")
    with Sshd(tmp_path_factory.mktemp("sshd"), kinds=("ed25519", "ecdsa")) as running:
        yield running


@pytest.fixture
def site(server: Sshd, tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: x\ndefaults: {connect_timeout: 10}\n")
    (folder / "agencies" / "lra.yaml").write_text(
        "id: lra\nname: x\ntier: standard\nassets:\n"
        f'  - {{id: web, kind: linux-server, access: [{{via: ssh, at: "{server.at}"}}]}}\n'
        '  - {id: db, kind: linux-server, access: [{via: ssh, at: "127.0.0.1:1"}]}\n'
    )
    (folder / "known_hosts").write_text("# notes stay\n")
    return folder


def test_keys_are_recorded_only_with_a_yes(call: Call, site: Path, server: Sshd) -> None:
    status, out, err = call("inventory", "trust", "web", "--site", site)
    assert status == 2
    assert out.count("SHA256:") == 2
    assert "nothing was recorded" in err
    assert (site / "known_hosts").read_text() == "# notes stay\n"
    status, out, _ = call("inventory", "trust", "lra/web", "--yes", "--site", site)
    assert status == 0
    assert "Recorded 2 keys" in out
    assert set((site / "known_hosts").read_text().splitlines()) == {
        "# notes stay",
        *server.known_hosts().splitlines(),
    }
    status, out, _ = call("inventory", "trust", server.at, "--site", site)
    assert (status, "already" in out) == (0, True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "count"), [("y\n", 3), ("n\n", 1), ("\n", 1)])
def test_somebody_is_asked(call: Call, site: Path, monkeypatch: pytest.MonkeyPatch, answer: str, count: int) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert call("inventory", "trust", "web", "--site", site)[0] == 0
    assert len((site / "known_hosts").read_text().splitlines()) == count


def test_another_key_is_refused_until_it_is_replaced(call: Call, site: Path, server: Sshd) -> None:
    wrong = line(f"[127.0.0.1]:{server.port}", "x")
    (site / "known_hosts").write_text(wrong)
    status, out, err = call("inventory", "trust", "web", "--yes", "--site", site)
    assert status == 2
    assert "changed" in out
    assert "--replace" in err
    assert (site / "known_hosts").read_text() == wrong
    assert call("inventory", "trust", "web", "--yes", "--replace", "--site", site)[0] == 0
    assert set((site / "known_hosts").read_text().splitlines()) == set(server.known_hosts().splitlines())


def test_a_machine_that_does_not_answer_is_no_wrong_call(call: Call, site: Path) -> None:
    status, _, err = call("inventory", "trust", "db", "--yes", "--site", site)
    assert status == 3
    assert "127.0.0.1:1" in err
    assert (site / "known_hosts").read_text() == "# notes stay\n"


def test_names_that_mean_nothing_or_too_much(call: Call, site: Path) -> None:
    status, _, err = call("inventory", "trust", "wep", "--site", site)
    assert status == 2
    assert "did you mean web?" in err
    (site / "agencies" / "moh.yaml").write_text(
        "id: moh\nname: x\ntier: standard\nassets: [{id: web, kind: linux-server, access: [{via: ssh, at: h}]}]\n"
    )
    status, _, err = call("inventory", "trust", "web", "--site", site)
    assert status == 2
    assert "name AGENCY/ASSET" in err


def test_a_pinned_key_decides(call: Call, site: Path) -> None:
    path = site / "agencies" / "lra.yaml"
    path.write_text(path.read_text().replace("via: ssh,", f'via: ssh, host_key: "SHA256:{"A" * 43}",', 1))
    status, _, err = call("inventory", "trust", "web", "--yes", "--site", site)
    assert status == 2
    assert "does not show it" in err
    assert (site / "known_hosts").read_text() == "# notes stay\n"
