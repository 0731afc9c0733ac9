"""The `local` transport: the same program and the same marks, run by a shell of this computer."""

from __future__ import annotations

import contextlib
import os
import pwd
import selectors
import signal
import subprocess
from dataclasses import dataclass
from typing import IO

from pepperbird.collect import words
from pepperbird.collect.frame import bootstrap
from pepperbird.collect.interface import Count, Lifeline, Order, Refused, Sink
from pepperbird.model.gap import Gap, GapReason

_PIECE = 65536


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """Runs the program here. `shell` is the argument list of the shell to use."""

    shell: tuple[str, ...] = ("/bin/sh",)

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        arguments = [*self.shell, *bootstrap(len(order.program))[1:]]
        sink.told("round_trip_ms", 0)
        sink.told("same_clock", True)
        sink.told("counted", words.PIPES)
        sink.told("user", words.shown(_account(), 100))
        run_program(arguments, order, sink, lifeline)


def _account() -> str:
    """The account that this process runs as, which is the one that a right would have to be given to."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def run_program(arguments: list[str], order: Order, sink: Sink, lifeline: Lifeline) -> int | None:
    """Run `arguments` with the order on standard input and feed `sink`; gives its exit status. Raises Refused."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    environment |= {name: os.environ[name] for name in ("HOME", "USER", "SSH_AUTH_SOCK") if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603 - our own argument list; no shell takes it apart
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
            start_new_session=True, bufsize=0,
        )  # fmt: skip
    except OSError as error:
        detail = f"cannot run {arguments[0]}: {words.shown(error)}"
        raise Refused(Gap(GapReason.UNSUPPORTED, detail, "Install the program, or name another.")) from error
    lifeline.closes(lambda: _end(process))
    lifeline.enter(words.PROBES)
    try:
        _exchange(process, order.program + order.frame, sink, lifeline)
    finally:
        if lifeline.cut_at or process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
            _end(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
    return process.returncode


def run_command(arguments: list[str], lifeline: Lifeline) -> bytes:
    """The standard output of a short command, nothing where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own argument list
            arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=max(lifeline.left(), 0.1), check=False
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout[:_PIECE]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all of its session that did not leave it."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def _exchange(process: subprocess.Popen[bytes], given: bytes, sink: Sink, lifeline: Lifeline) -> None:
    """Write what is given, read what is said, until both streams end, the sink has enough, or time is up."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("a process without its three streams")
    waiting = memoryview(given)
    count = Count()
    lifeline.meters.append(count)
    with selectors.DefaultSelector() as selector:
        os.set_blocking(process.stdin.fileno(), False)
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ, sink.out)
        selector.register(process.stderr, selectors.EVENT_READ, sink.err)
        reading = 2
        while reading:
            for key, _ in selector.select(timeout=0.2):
                if key.fileobj is process.stdin:
                    waiting = _write(selector, process.stdin, waiting, count)
                    continue
                piece = os.read(key.fd, _PIECE)
                count.received += len(piece)
                if not piece:
                    selector.unregister(key.fileobj)
                    reading -= 1
                elif not key.data(piece):
                    return
            if lifeline.cut_at:
                return


def _write(selector: selectors.BaseSelector, stdin: IO[bytes], waiting: memoryview, count: Count) -> memoryview:
    try:
        taken = os.write(stdin.fileno(), waiting[:_PIECE])
        waiting = waiting[taken:]
        count.sent += taken
    except BlockingIOError:
        return waiting
    except OSError:
        waiting = waiting[:0]  # it has ended; what it said tells why
    if not waiting:
        selector.unregister(stdin)
        stdin.close()
    return waiting
