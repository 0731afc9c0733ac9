"""The cheap SSH server as a nation of hosts: each account is a host, answers are a recording's, and all is counted.

`python -m bench.many_server HOST_KEY ANSWERS MILLISECONDS`: prints two ports, one that answers after the latency and
one that takes connections and says nothing; on end of input prints, as JSON, how often each host was asked.
"""

from __future__ import annotations

import collections
import json
import logging
import socket
import sys
import threading
import time
from pathlib import Path

import paramiko

from bench.cheap_server import Server

LOGINS: collections.Counter[str] = collections.Counter()
EXECS: collections.Counter[str] = collections.Counter()
SILENT: collections.Counter[str] = collections.Counter()
_LOCK = threading.Lock()


class Host(Server):
    """One connection: an account is a host."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.name = username
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        with _LOCK:
            EXECS[self.name] += 1
        return super().check_channel_exec_request(channel, command)


def serve(peer: socket.socket, key: paramiko.PKey, answers: list[bytes], latency: float) -> None:
    transport = paramiko.Transport(peer)
    try:
        time.sleep(latency)
        transport.add_server_key(key)
        host = Host()
        transport.start_server(server=host)
        channel = transport.accept(60)
        if channel is None or not host.asked.wait(60):
            return
        with _LOCK:
            LOGINS[host.name] += 1
        said = bytearray()
        while piece := channel.recv(65536):
            said += piece
        time.sleep(latency)
        answer(channel, said[host.length :], answers)
        channel.close()
        while transport.is_active():
            transport.join(0.2)
    except (paramiko.SSHException, OSError, EOFError):
        pass
    finally:
        transport.close()


def answer(channel: paramiko.Channel, frame: bytearray, answers: list[bytes]) -> None:
    """As `cheap_server.answer`, with what was recorded of each probe."""
    nonce = bytes(frame.split(b"\n", 1)[0].split()[2])
    out = [b"\n%s hello 1790000000 000000000\n" % nonce]
    err = [b"\n%s hello 1790000000 000000000\n" % nonce]
    for number, text in enumerate(answers):
        begin, end = b"\n%s begin %d\n" % (nonce, number), b"\n%s end %d\n" % (nonce, number)
        out += (begin, text, b"\n%s exit 0\n" % nonce, end)
        err += (begin, end)
    done = b"\n%s done\n" % nonce
    channel.sendall(b"".join((*out, done)))
    channel.sendall_stderr(b"".join((*err, done)))


def listen(behave: object) -> int:
    """A port of this computer whose connections `behave` gets, each in a thread of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)

    def accept() -> None:
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=behave, args=(peer,), daemon=True).start()  # type: ignore[arg-type]

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def main(path: str, folder: str, milliseconds: str) -> None:
    logging.disable(logging.CRITICAL)
    key = paramiko.Ed25519Key.from_private_key_file(path)
    answers = [one.read_bytes() for one in sorted(Path(folder).iterdir())]
    kept: list[socket.socket] = []

    def silent(peer: socket.socket) -> None:
        with _LOCK:
            SILENT["all"] += 1
            kept.append(peer)

    port = listen(lambda peer: serve(peer, key, answers, int(milliseconds) / 1000))
    print(port, listen(silent), flush=True)
    sys.stdin.read()
    print(json.dumps({"logins": LOGINS, "execs": EXECS, "silent": SILENT["all"]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
