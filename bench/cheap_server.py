"""A real SSH server that answers our frame without running anything. Prints its port; ends when it is killed."""

from __future__ import annotations

import logging
import socket
import sys
import threading

import paramiko

ANSWER = b"a line of what a probe may say, of common length\n" * 40


class Server(paramiko.ServerInterface):
    def __init__(self) -> None:
        self.asked = threading.Event()
        self.length = 0

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.length = int(command.split()[-1])
        self.asked.set()
        return True


def serve(peer: socket.socket, key: paramiko.PKey) -> None:
    transport = paramiko.Transport(peer)
    try:
        transport.add_server_key(key)
        server = Server()
        transport.start_server(server=server)
        channel = transport.accept(30)
        if channel is None or not server.asked.wait(30):
            return
        said = bytearray()
        while piece := channel.recv(65536):
            said += piece
        answer(channel, said[server.length :])
        channel.close()
        while transport.is_active() and threading.main_thread().is_alive():
            transport.join(0.2)
    except (paramiko.SSHException, OSError, EOFError):
        pass
    finally:
        transport.close()


def answer(channel: paramiko.Channel, frame: bytearray) -> None:
    _, _, nonce, count = frame.split(b"\n", 1)[0].split()
    out = [b"\n%s hello 1790000000 000000000\n" % nonce]
    err = [b"\n%s hello 1790000000 000000000\n" % nonce]
    for number in range(int(count)):
        begin, end = b"\n%s begin %d\n" % (nonce, number), b"\n%s end %d\n" % (nonce, number)
        out += (begin, ANSWER, b"\n%s exit 0\n" % nonce, end)
        err += (begin, end)
    done = b"\n%s done\n" % nonce
    channel.sendall(b"".join((*out, done)))
    channel.sendall_stderr(b"".join((*err, done)))


def main(path: str) -> None:
    logging.disable(logging.CRITICAL)
    key = paramiko.Ed25519Key.from_private_key_file(path)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=serve, args=(peer, key), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
