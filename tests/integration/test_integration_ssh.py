"""Logging in to real OpenSSH servers, in every way that a site may ask for, and each way it may fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.hostkey import fetch_host_keys
from pepperbird.collect.interface import CollectOptions
from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint, program
from tests.support.require import require
from tests.support.sshd import USER, Sshd, make_key

PHRASE = "env:PB_TEST_PHRASE"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    require("sshd", "ssh-keygen", "ssh-agent", "ssh-add", "ssh")
    folder = tmp_path_factory.mktemp("server")
    settings = (f"TrustedUserCAKeys {folder}/ca.pub", f"RevokedKeys {folder}/revoked")
    make_key(folder / "ca")
    (folder / "revoked").write_text("")
    with Sshd(folder, settings, ("ed25519", "rsa")) as running:
        (folder / "known_hosts").write_text(running.known_hosts())
        yield running


def access(server: Sshd, **changes: object) -> Access:
    fields: dict[str, object] = {"via": "ssh", "at": server.at, "as": USER, "key": str(server.key)}
    return Access.model_validate({k: v for k, v in (fields | changes).items() if v is not None})


def ask(server: Sshd, way: Access, known_hosts: Path | None = None, **limits: int) -> Transcript:
    options = CollectOptions(known_hosts=known_hosts or server.folder / "known_hosts", root=server.folder)
    plan = endpoint(way, [call("hello", "a b"), call("binary")], **limits)  # type: ignore[arg-type]
    return collect([plan], {"shell": program()}, (), options)[plan.id]


def reason(transcript: Transcript) -> GapReason | None:
    if transcript.gap is not None:
        assert all(output.gap is not None for output in transcript.probes.values())
        assert transcript.gap.detail and transcript.gap.remedy
    return transcript.gap and transcript.gap.reason


def test_it_answers_and_tells_what_the_connection_saw(server: Sshd) -> None:
    seen = ask(server, access(server))
    assert reason(seen) is None
    assert seen.probes["test.hello"].stdout == b"hello a b\n"
    assert seen.probes["test.hello"].stderr == b"aside\n"
    assert seen.probes["test.binary"].stdout == b"a\0b\xff\n\n"
    told = seen.connection
    assert told["server_version"].startswith("SSH-2.0-OpenSSH")
    assert "curve25519-sha256" in told["kex_algorithms"]
    assert not [name for name in told["kex_algorithms"] if name.startswith(("kex-strict", "ext-info"))]
    assert {"ssh-ed25519", "rsa-sha2-512"} <= set(told["host_key_algorithms"])
    assert "aes256-ctr" in told["ciphers"] and "hmac-sha2-256" in told["macs"] and "none" in told["compression"]
    assert told["host_key_fingerprint"].startswith("SHA256:") and told["host_key_type"] == "ssh-ed25519"
    assert told["host_key_verified"] is True
    assert told["legacy"] is False and told["user"] == USER and told["peer"] == server.at
    assert abs(told["clock_offset_ms"]) < 3000 and 0 <= told["round_trip_ms"] < 3000
    assert seen.sent_bytes > 1000 and seen.received_bytes > 100


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_only_one_of_its_keys_need_be_known(server: Sshd, tmp_path: Path, kind: str) -> None:
    (tmp_path / "known_hosts").write_text(server.known_hosts(kind))
    assert reason(ask(server, access(server), tmp_path / "known_hosts")) is None


def test_a_fingerprint_in_the_inventory_of_any_of_its_keys(server: Sshd, tmp_path: Path) -> None:
    shown = fetch_host_keys(access(server), 10)
    assert {kind for kind, _, _ in shown} == {"ssh-ed25519", "ssh-rsa"}
    for _, _, fingerprint in shown:
        seen = ask(server, access(server, host_key=fingerprint), tmp_path / "none")
        assert reason(seen) is None
        assert seen.connection["host_key_fingerprint"] == fingerprint
    wrong = ask(server, access(server, host_key="SHA256:" + "A" * 43))
    assert reason(wrong) is GapReason.HOST_KEY
    assert wrong.gap is not None and wrong.gap.detail.count("SHA256:") == 2


def test_an_unknown_and_a_revoked_key_end_it_before_login(server: Sshd, tmp_path: Path) -> None:
    unknown = ask(server, access(server), tmp_path / "none")
    assert reason(unknown) is GapReason.HOST_KEY
    assert unknown.gap is not None and "pepperbird inventory trust" in unknown.gap.remedy
    assert "host_key_verified" not in unknown.connection
    revoked = tmp_path / "revoked"
    revoked.write_text("@revoked * " + server.known_hosts("ed25519").split(" ", 1)[1] + server.known_hosts("ed25519"))
    assert reason(ask(server, access(server), revoked)) is GapReason.HOST_KEY


def test_a_relative_key_is_found_from_the_root_of_the_site(server: Sshd) -> None:
    assert reason(ask(server, access(server, key="client"))) is None


def test_an_encrypted_key_opens_with_its_secret_only(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(server.folder / "locked", "ed25519", "open sesame")
    with (server.folder / "authorized").open("a") as file:
        file.write(key.with_suffix(".pub").read_text())
    closed = ask(server, access(server, key="locked"))
    assert reason(closed) is GapReason.NO_CREDENTIAL
    monkeypatch.setenv("PB_TEST_PHRASE", "open sesame")
    assert reason(ask(server, access(server, key="locked", secret=PHRASE))) is None
    monkeypatch.setenv("PB_TEST_PHRASE", "wrong")
    wrong = ask(server, access(server, key="locked", secret=PHRASE))
    assert reason(wrong) is GapReason.NO_CREDENTIAL
    assert "wrong" not in repr(wrong)


def test_a_certificate_beside_the_key_is_used(server: Sshd) -> None:
    key = make_key(server.folder / "certified")
    ca = server.folder / "ca"
    command = ["ssh-keygen", "-q", "-s", ca, "-I", "test", "-n", USER, f"{key}.pub"]
    assert reason(ask(server, access(server, key="certified"))) is GapReason.LOGIN_REFUSED
    subprocess.run(command, check=True, capture_output=True)
    assert reason(ask(server, access(server, key="certified"))) is None


def test_keys_of_an_agent_are_tried(server: Sshd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", tmp_path / "agent"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if (tmp_path / "agent").exists():
                break
            agent.poll()
            subprocess.run(["sleep", "0.05"], check=True)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        monkeypatch.setenv("HOME", str(tmp_path))
        assert reason(ask(server, access(server, key=None))) is GapReason.NO_CREDENTIAL
        subprocess.run(["ssh-add", "-q", server.key], check=True, env=dict(os.environ), capture_output=True)
        assert reason(ask(server, access(server, key=None))) is None
    finally:
        agent.terminate()
        agent.wait()


def test_missing_and_unusable_keys_and_secrets(server: Sshd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (server.folder / "garbage").write_text("no key at all\n")
    monkeypatch.delenv("PB_TEST_ABSENT", raising=False)
    for changes in (
        {"key": "absent"},
        {"key": "garbage"},
        {"key": None, "secret": "env:PB_TEST_ABSENT"},
        {"key": None, "secret": "file:absent"},
        {"key": None, "secret": "cred:../../etc/passwd"},
        {"key": None, "secret": "command:false"},
    ):
        assert reason(ask(server, access(server, **changes))) is GapReason.NO_CREDENTIAL, changes


def test_a_login_that_is_refused(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    make_key(server.folder / "stranger")
    seen = ask(server, access(server, key="stranger"))
    assert reason(seen) is GapReason.LOGIN_REFUSED
    assert reason(ask(server, access(server, **{"as": "no-such-user"}))) is GapReason.LOGIN_REFUSED
    monkeypatch.setenv("PB_TEST_PHRASE", "hunter2")
    password = ask(server, access(server, key=None, secret=PHRASE))
    assert reason(password) is GapReason.LOGIN_REFUSED
    assert "hunter2" not in repr(password)


def test_through_two_jump_hosts(server: Sshd, tmp_path: Path) -> None:
    with Sshd(tmp_path / "far") as far:
        (tmp_path / "far" / "authorized").write_text((server.folder / "authorized").read_text())
        known = tmp_path / "known_hosts"
        known.write_text(server.known_hosts() + far.known_hosts())
        hops = [f"{USER}@{server.at}", server.at]
        seen = ask(server, access(server, at=far.at, jump=hops), known)
        assert reason(seen) is None
        assert seen.connection["peer"] == "through a jump host"
        known.write_text(far.known_hosts())
        stopped = ask(server, access(server, at=far.at, jump=hops), known)
        assert reason(stopped) is GapReason.HOST_KEY
        assert stopped.gap is not None and "jump host" in stopped.gap.detail
    known.write_text(server.known_hosts())
    gone = ask(server, access(server, at=far.at, jump=hops[:1]), known)
    assert reason(gone) is GapReason.UNREACHABLE
    assert gone.gap is not None and server.at in gone.gap.detail and far.at in gone.gap.detail


OLD = ("KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc", "MACs hmac-sha1")


def test_only_old_algorithms_and_the_way_round_them(server: Sshd, tmp_path: Path) -> None:
    with Sshd(tmp_path / "old", OLD, ("rsa",)) as old:
        known = tmp_path / "known_hosts"
        known.write_text(old.known_hosts())
        refused = ask(old, access(old), known)
        assert reason(refused) is GapReason.LEGACY_SSH
        assert refused.connection["kex_algorithms"] == ["diffie-hellman-group14-sha1"]
        seen = ask(old, access(old, legacy=True), known)
        assert reason(seen) is None
        assert seen.connection["legacy"] is True
        assert seen.connection["macs"] == ["hmac-sha1"]
        assert seen.probes["test.binary"].stdout == b"a\0b\xff\n\n"
        assert reason(ask(old, access(old, legacy=True), tmp_path / "none")) is GapReason.HOST_KEY


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (("ForceCommand /bin/echo This account is closed",), GapReason.UNSUPPORTED),
        (("ForceCommand exit 3",), GapReason.UNSUPPORTED),
        (("MaxSessions 0",), GapReason.UNSUPPORTED),
        (("ForceCommand sleep 60",), GapReason.PROBE_TIMEOUT),
        (("DenyUsers *",), GapReason.LOGIN_REFUSED),
        (("AuthenticationMethods publickey,password", "PasswordAuthentication yes"), GapReason.LOGIN_REFUSED),
        (("Ciphers chacha20-poly1305@openssh.com",), GapReason.LEGACY_SSH),
    ],
)
@pytest.mark.slow
def test_other_ways_to_be_turned_away(
    server: Sshd, tmp_path: Path, settings: tuple[str, ...], expected: GapReason
) -> None:
    with Sshd(tmp_path / "odd", settings) as odd:
        (tmp_path / "known_hosts").write_text(odd.known_hosts())
        assert reason(ask(odd, access(odd), tmp_path / "known_hosts", deadline=4)) is expected


def test_no_such_name_and_no_such_address(server: Sshd) -> None:
    for at in ("no-such-host.invalid", "127.0.0.1:1", "not an address", "-oProxyCommand=reboot"):
        assert reason(ask(server, access(server, at=at))) is GapReason.UNREACHABLE, at
