"""What a connection carries is counted, compressed where the server does it, and bounded when it expands."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.deflate import Deflater, Inflater
from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.wire import BoundedSocket
from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.site import Access
from tests.support.orders import PROBES, call, endpoint, program
from tests.support.require import require
from tests.support.sshd import USER, Sshd, make_key

LONG = b"test_long() { i=0; while [ $i -lt 2000 ]; do echo 'the same line again and again'; i=$((i+1)); done; }\n"
ZLIB = "zlib@openssh.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    require("sshd", "ssh-keygen", "ssh")
    with Sshd(tmp_path_factory.mktemp("server")) as running:
        yield running


def ask(at: str, key: Path, known: Path, **changes: object) -> Transcript:
    way = Access.model_validate({"via": "ssh", "at": at, "as": USER, "key": str(key), **changes})
    plan = endpoint(way, [call("hello", "a"), call("long", max_bytes=100_000)])
    return collect([plan], {"shell": program(PROBES + LONG)}, (), CollectOptions(known_hosts=known))[plan.id]


def asked(server: Sshd, **changes: object) -> Transcript:
    known = server.folder / "known"
    known.write_text(server.known_hosts())
    return ask(server.at, server.key, known, **changes)


@contextlib.contextmanager
def counting(at: str) -> Iterator[tuple[str, list[int]]]:
    """A way through to a server that counts, on its own, the bytes that go there and come back."""
    counted = [0, 0]
    host, _, port = at.partition(":")

    def pump(source: socket.socket, target: socket.socket, which: int) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                counted[which] += len(piece)
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                peer = stack.enter_context(listener.accept()[0])
                other = stack.enter_context(socket.create_connection((host, int(port))))
                back = threading.Thread(target=pump, args=(other, peer, 1), daemon=True)
                back.start()
                pump(peer, other, 0)
                back.join(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", counted
        thread.join(5)


@pytest.mark.parametrize("compress", [False, True])
def test_what_is_counted_is_what_went_over_the_wire(server: Sshd, tmp_path: Path, compress: bool) -> None:
    with counting(server.at) as (at, counted):
        port = at.rpartition(":")[2]
        (tmp_path / "known").write_text(server.known_hosts().replace(f":{server.port} ", f":{port} "))
        seen = ask(at, server.key, tmp_path / "known", compress=compress)
    assert seen.gap is None
    assert seen.connection["counted"] == "wire"
    assert seen.connection["compressed"] == (ZLIB if compress else "none")
    # What both say as they hang up may pass after we have all that we asked for.
    assert 0 <= counted[0] - seen.sent_bytes < 200
    assert 0 <= counted[1] - seen.received_bytes < 500


def test_compressed_is_the_same_answer_in_fewer_bytes(server: Sshd) -> None:
    plain, small = asked(server), asked(server, compress=True)
    assert {name: one.stdout for name, one in plain.probes.items()} == {n: o.stdout for n, o in small.probes.items()}
    assert len(plain.probes["test.long"].stdout) > 50_000
    assert plain.received_bytes > 50_000 and plain.sent_bytes > len(program(PROBES + LONG))
    assert small.received_bytes < 8_000 and small.sent_bytes < plain.sent_bytes * 0.7


def test_a_server_that_does_not_compress_is_asked_plainly_and_that_is_told(tmp_path: Path) -> None:
    require("sshd")
    with Sshd(tmp_path / "plain", ("Compression no",)) as server:
        seen = asked(server, compress=True)
    assert seen.gap is None and seen.connection["compressed"] == "none"
    assert seen.received_bytes > 50_000


def test_a_jump_host_is_counted_where_the_bytes_leave(server: Sshd) -> None:
    direct, over = asked(server), asked(server, jump=(f"{USER}@{server.at}",))
    assert over.gap is None and over.connection["counted"] == "wire"
    assert over.sent_bytes > direct.sent_bytes + 1000  # a second handshake, and every packet in a packet


def test_a_login_that_is_refused_has_its_bytes_too(server: Sshd, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    seen = ask(server.at, other, server.folder / "known")
    assert seen.gap is not None and seen.gap.reason is GapReason.LOGIN_REFUSED
    assert 1000 < seen.sent_bytes < 10_000 and 1000 < seen.received_bytes < 10_000


def test_the_ssh_program_is_told_to_compress_and_what_is_counted_is_said(tmp_path: Path) -> None:
    require("sshd", "ssh", "ssh-keygen")
    old = ("KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc")
    with Sshd(tmp_path / "old", old, ("rsa",)) as server:
        seen = asked(server, compress=True, legacy=True)
    assert seen.gap is None
    assert (seen.connection["counted"], seen.connection["compressed"]) == ("pipes", "as `ssh -C` agreed on")
    assert seen.sent_bytes > len(program(PROBES + LONG)) and seen.received_bytes > 50_000


def test_what_expands_too_far_ends_the_connection_before_it_is_held() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = BoundedSocket(ours, 1_000_000)
        inflate, deflate = Inflater(wire), Deflater()
        assert inflate(deflate(b"x" * 200_000)) == b"x" * 200_000
        assert inflate(deflate(b"y" * 200_000)) == b"y" * 200_000
        assert not wire.overflow
        with pytest.raises(paramiko.SSHException, match="larger"):
            inflate(deflate(b"z" * 300_000))  # one packet that no honest server sends
        assert wire.overflow
        many, deflate = Inflater(wire), Deflater()
        with pytest.raises(paramiko.SSHException, match="larger"):
            for _ in range(100):
                many(deflate(b"q" * 100_000))  # packets of common size, too many of them


class Bomber(paramiko.ServerInterface):
    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=bomb, args=(channel,), daemon=True).start()
        return True


def bomb(channel: paramiko.Channel) -> None:
    """A packet of some thirty kilobytes that expands to as many megabytes."""
    message = paramiko.Message()
    message.add_byte(b"\x5e")
    message.add_int(channel.remote_chanid)
    message.add_string(bytes(32 << 20))
    with contextlib.suppress(Exception):
        channel.transport._send_user_message(message)  # type: ignore[attr-defined]


@contextlib.contextmanager
def bombing(folder: Path) -> Iterator[tuple[str, Path]]:
    key = make_key(folder / "host")
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            peer, _ = listener.accept()
            transport = paramiko.Transport(peer)
            transport.use_compression()
            transport.add_server_key(paramiko.Ed25519Key.from_private_key_file(str(key)))
            with contextlib.suppress(Exception):
                transport.start_server(server=Bomber())

        threading.Thread(target=serve, daemon=True).start()
        at = f"127.0.0.1:{listener.getsockname()[1]}"
        (folder / "known").write_text(f"[127.0.0.1]:{at[10:]} {key.with_suffix('.pub').read_text()}")
        yield at, folder / "known"


def test_a_hostile_server_s_bomb_is_a_gap_and_never_in_memory(tmp_path: Path) -> None:
    client = make_key(tmp_path / "client")
    with bombing(tmp_path) as (at, known):
        seen = ask(at, client, known, compress=True)
    assert seen.gap is not None and seen.gap.reason is GapReason.TRUNCATED, seen.gap
    assert seen.received_bytes < 2_000_000
