"""A fleet with one healthy host and hosts that misbehave, each in its own way, all on 127.0.0.1.

Those that must get past a handshake are real OpenSSH servers whose ForceCommand plays the trick, the others sockets.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.sshd import USER, Sshd, make_key

# Runs instead of what was asked for: takes the program from standard input, spoils it, and runs it.
TRICK = """
import os, re, signal, subprocess, sys, threading
asked = os.environ.get("SSH_ORIGINAL_COMMAND", "")
mode, spoil = sys.argv[1], sys.argv[2]
if mode == "flood":
    while True:
        os.write(1, b"\\0" * 65536)
if mode == "drip":
    import time
    while True:
        os.write(1, b"x")
        time.sleep(1)
length = int(asked.split()[-1])
data = b""
while len(data) < length:
    piece = os.read(0, length - len(data))
    if not piece:
        sys.exit(1)
    data += piece
before, mark, after = data.rpartition(b"_pb_main")
program = before + spoil.encode() + b"\\n" + mark + after
frame = b""
while piece := os.read(0, 65536):
    frame += piece
command = asked.rsplit(" ", 1)[0] + " " + str(len(program))
stdout = subprocess.PIPE if mode == "halve" else None
child = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=stdout)
def feed():
    child.stdin.write(program + frame)
    child.stdin.close()
threading.Thread(target=feed, daemon=True).start()
if mode == "halve":
    ends = 0
    for line in child.stdout:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        ends += bool(re.match(rb"[0-9a-f]{32} end ", line))
        if ends == 2:
            child.kill()
            import time
            time.sleep(0.3)
            os.kill(os.getppid(), signal.SIGKILL)
            sys.exit(0)
sys.exit(child.wait())
"""
# Whatever this computer is, the SSH probe of the product needs root on these two.
NO_SUDO = (
    'id() { echo 1000; }; sudo() { echo "sudo: a password is required" >&2; return 1; }; '
    "sshd_daemons() { as_root /usr/sbin/sshd -T; }"
)
HANG = "_pb_hang() { sleep 300 | sleep 300; }; as_root() { _pb_hang; }; sshd_daemons() { as_root true; }"
OLD = ("KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc", "MACs hmac-sha1")


@dataclass(frozen=True, slots=True)
class Host:
    """One host of the fleet. `reason` is the Gap of the whole endpoint, None where it answers to the end."""

    name: str
    at: str
    reason: str | None
    probe_reason: str | None = None
    """The Gap of those probes that need root, where the endpoint as a whole answers."""


@dataclass(frozen=True, slots=True)
class Fleet:
    hosts: tuple[Host, ...]
    known_hosts: Path
    key: Path
    user: str = USER


@contextlib.contextmanager
def hostile_fleet(folder: Path) -> Iterator[Fleet]:
    """The fleet, up while inside `with`. Host `healthy` comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trick.py").write_text(TRICK)
    key = make_key(folder / "client")
    known: list[str] = []
    hosts: list[Host] = []
    with contextlib.ExitStack() as stack:

        def real(
            name: str, reason: str | None, *settings: str, kind: str = "ed25519", probe: str | None = None
        ) -> Sshd:
            place = folder / name
            place.mkdir()
            for suffix in ("", ".pub"):
                shutil.copy(f"{key}{suffix}", f"{place}/client{suffix}")
            shutil.copy(f"{key}.pub", place / "authorized")
            server = stack.enter_context(Sshd(place, settings, (kind,)))
            known.append(server.known_hosts())
            hosts.append(Host(name, server.at, reason, probe))
            return server

        def trick(mode: str, spoil: str = "") -> str:
            return f"ForceCommand {sys.executable} -I -S {folder}/trick.py {mode} '{spoil}'"

        def sockets(name: str, reason: str, behave: Callable[[socket.socket], None]) -> None:
            port = stack.enter_context(_server(behave))
            hosts.append(Host(name, f"127.0.0.1:{port}", reason))

        real("healthy", None)
        hosts.append(Host("no-answer", stack.enter_context(_full_backlog()), "connect-timeout"))
        sockets("silent", "connect-timeout", lambda peer: time.sleep(600))
        sockets("drip-banner", "connect-timeout", _drip)
        sockets("flood-banner", "truncated", _flood)
        sockets("huge-packet", "unreachable", _huge_packet)
        real("hang", None, trick("spoil", HANG), probe="probe-timeout")
        real("drip", "probe-timeout", trick("drip"))
        real("flood", "truncated", trick("flood"))
        real("half", "unreachable", trick("halve"))
        real("no-sudo", None, trick("spoil", NO_SUDO), probe="denied")
        real("old", "legacy-ssh", *OLD, kind="rsa")
        changed = real("changed", "host-key")
        known[-1] = f"[127.0.0.1]:{changed.port} {make_key(folder / 'other').with_suffix('.pub').read_text()}"
        real("stranger", "host-key")
        known.pop()
        real("stops", "unreachable", kind="ed25519").__exit__()
        (folder / "known_hosts").write_text("".join(known))
        yield Fleet(tuple(hosts), folder / "known_hosts", key)


@contextlib.contextmanager
def _server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_quietly, args=(behave, peer), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _quietly(behave: Callable[[socket.socket], None], peer: socket.socket) -> None:
    with peer, contextlib.suppress(OSError):
        behave(peer)


def _drip(peer: socket.socket) -> None:
    for letter in b"SSH-2.0-OpenSSH_9.2p1-" + b"x" * 600:
        peer.sendall(bytes([letter]))
        time.sleep(1)


def _flood(peer: socket.socket) -> None:
    while True:
        peer.sendall(b"\0" * 65536)


def _huge_packet(peer: socket.socket) -> None:
    """A packet that says it is 4 GB long, before any login."""
    peer.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n" + b"\xff\xff\xff\x00\x04\x14")
    _flood(peer)


@contextlib.contextmanager
def _full_backlog() -> Iterator[str]:
    """An address that does not answer: the queue of its listener is full, so that the first packet gets no reply."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"
