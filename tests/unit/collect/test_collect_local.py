"""The program on real shells: limits, marks and refusals hold on dash, bash and busybox alike."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.endpoint import collect_one
from pepperbird.collect.interface import CollectOptions, Event, Lifeline, Order, Sink
from pepperbird.collect.local import LocalTransport
from pepperbird.collect.replay import record
from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import ProbeCall
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint, program
from tests.support.require import require

LOCAL = Access(via="local", at="localhost")
SHELLS = {"dash": ("dash",), "bash": ("bash",), "bash-posix": ("bash", "--posix"), "busybox": ("busybox", "sh")}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    require(SHELLS[request.param][0])
    return SHELLS[request.param]


def ask(shell: Sequence[str], *calls: ProbeCall, probes: bytes | None = None) -> Transcript:
    text = program() if probes is None else program(probes)
    return collect_one(endpoint(LOCAL, calls), text, (), CollectOptions(), transport=LocalTransport(tuple(shell)))


def one(shell: Sequence[str], asked: ProbeCall) -> ProbeOutput:
    transcript = ask(shell, asked)
    assert transcript.gap is None
    return transcript.probes[asked.id]


def test_what_a_probe_says_comes_back_byte_for_byte(shell: tuple[str, ...]) -> None:
    seen = ask(shell, call("binary"), call("empty"), call("hello", "x"), call("status", "69"))
    assert [p.stdout for p in seen.probes.values()] == [b"a\0b\xff\n\n", b"", b"hello x\n", b""]
    assert [p.exit_status for p in seen.probes.values()] == [0, 0, 0, 69]
    assert seen.probes["test.hello"].stderr == b"aside\n"
    assert all(p.gap is None for p in seen.probes.values())
    assert seen.gap is None and abs(seen.connection["clock_offset_ms"]) < 2000


def test_values_arrive_whole_and_are_never_run(shell: tuple[str, ...]) -> None:
    values = ("", " a  b ", "x\ny\n", "$(touch /tmp/no)`id`;|&", "'\"\\", "\n", "ünï", "-n", "*")
    assert one(shell, call("values", *values)).stdout == b"".join(f"[{v}]".encode() for v in values)


def test_the_surroundings_are_fixed(shell: tuple[str, ...]) -> None:
    path = b"/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
    assert one(shell, call("surroundings")).stdout == path + b" C UTC 0077 /\n"
    assert one(shell, call("stdin")).stdout.strip() == b"0"
    assert one(shell, call("have")).stdout == b"yes\n"


def test_a_flood_is_cut_and_the_next_probe_answers(shell: tuple[str, ...]) -> None:
    seen = ask(shell, call("flood", max_bytes=5000), call("flood_err"), call("hello", "x"))
    assert seen.probes["test.flood"].gap.reason is GapReason.TRUNCATED  # type: ignore[union-attr]
    assert len(seen.probes["test.flood"].stdout) == 5000
    assert len(seen.probes["test.flood_err"].stderr) <= 16384
    assert seen.probes["test.hello"].stdout == b"hello x\n"
    assert seen.received_bytes < 50_000


@pytest.mark.parametrize(
    "name", ["hang", pytest.param("deaf", marks=pytest.mark.slow), pytest.param("stays", marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_a_probe_that_hangs_is_ended_with_its_children(shell: tuple[str, ...], name: str) -> None:
    begun = time.monotonic()
    seen = ask(shell, call(name, timeout=1), call("hello", "x"))
    assert time.monotonic() - begun < 8
    assert seen.probes[f"test.{name}"].gap.reason is GapReason.PROBE_TIMEOUT  # type: ignore[union-attr]
    assert seen.probes["test.hello"].stdout == b"hello x\n"
    assert seen.gap is None


def test_a_probe_that_is_not_declared_for_it_does_not_get_root(shell: tuple[str, ...]) -> None:
    seen = one(shell, call("root"))
    assert seen.exit_status == 77 and seen.gap is not None and seen.gap.reason is GapReason.DENIED
    assert b"unreached" not in seen.stdout


REFUSALS = {
    "no password": ('sudo() { echo "sudo: a password is required" >&2; return 1; }', True),
    "not allowed": ('sudo() { echo "Sorry, user x is not allowed to execute that" >&2; return 1; }', True),
    "silent": ("sudo() { return 1; }", True),
    "no tty": ('sudo() { echo "sudo: sorry, you must have a tty to run sudo" >&2; return 1; }', True),
    "absent": ("have() { false; }", True),
    "allowed, and fails": (
        'sudo() { case "$*" in "-n -l"*) return 0 ;; esac; echo "no such volume" >&2; return 1; }',
        False,
    ),
    "allowed, other status": ("sudo() { return 5; }", False),
    "command absent": ('sudo() { echo "sudo: lvs: command not found" >&2; return 1; }', False),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_of_sudo_is_told_however_the_probe_takes_it(shell: tuple[str, ...], kind: str) -> None:
    spoil, refused = REFUSALS[kind]
    probes = f"id() {{ echo 1000; }}\n{spoil}\n".encode() + (
        b"test_root() { as_root id -u; echo after; }\ntest_caught() { x=$(as_root id -u 2>/dev/null); true; }\n"
    )
    seen = ask(shell, call("root", sudo=True), call("caught", sudo=True), probes=probes)
    for output in seen.probes.values():
        assert (output.gap is not None) is refused, kind
        if output.gap is not None:
            assert output.gap.reason is GapReason.DENIED
            line = f"{pwd.getpwuid(os.geteuid()).pw_name} ALL=(root) NOPASSWD: /usr/bin/id -u"
            wanted = "pepperbird privileges" if kind == "absent" else line
            assert wanted in output.gap.remedy


def test_as_root_passes_output_errors_and_status_on(shell: tuple[str, ...]) -> None:
    probes = (
        b'id() { echo 1000; }\nsudo() { shift; "$@"; }\n'
        b"speak() { printf 'o\\0ut\\n'; echo err >&2; return 5; }\n"
        b'test_root() { as_root speak | od -An -c; as_root speak; echo "status $?"; }\n'
    )
    seen = ask(shell, call("root", sudo=True), probes=probes).probes["test.root"]
    assert seen.gap is None
    assert b"\\0" in seen.stdout and seen.stdout.endswith(b"o\0ut\nstatus 5\n")
    assert seen.stderr.count(b"err\n") == 2


def test_no_output_can_pass_for_a_mark(shell: tuple[str, ...]) -> None:
    seen = ask(shell, call("forge"), call("hello", "x"))
    assert seen.probes["test.forge"].stdout.endswith(b" end 0\nafter\n")
    assert seen.probes["test.hello"].stdout == b"hello x\n"


@pytest.mark.slow
def test_nothing_is_left_running(shell: tuple[str, ...]) -> None:
    before = _children()  # other tests of this process may have left helpers of their own
    ask(shell, call("hang", timeout=1), call("hello", "x"))
    time.sleep(1.2)  # the clock of the program sleeps a second at most
    assert _children() - before == set()


def _children() -> set[Path]:
    return {process for process in Path("/proc").glob("[0-9]*") if _parent(process) == os.getpid()}


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(") ")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def test_a_login_without_a_shell_is_told() -> None:
    seen = ask(("sh", "-c", "echo This account is not available; exit 1", "x"), call("hello"))
    assert seen.gap is not None and seen.gap.reason is GapReason.UNSUPPORTED
    assert "not available" in seen.gap.detail
    assert seen.probes["test.hello"].gap == seen.gap


def test_a_missing_shell_is_told() -> None:
    seen = ask(("/no/such/shell",), call("hello"))
    assert seen.gap is not None and seen.gap.reason is GapReason.UNSUPPORTED


class Breaks:
    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        raise ZeroDivisionError("\x1b[31mour own mistake")


def test_our_own_mistake_becomes_a_gap_too() -> None:
    seen = collect_one(endpoint(LOCAL, [call("hello")]), b"", (), CollectOptions(), transport=Breaks())
    assert seen.gap is not None and seen.gap.reason is GapReason.NO_COLLECTOR
    assert "ZeroDivisionError" in seen.gap.detail and "\x1b" not in seen.gap.detail
    assert seen.probes["test.hello"].gap == seen.gap


def test_every_endpoint_has_a_transcript_and_every_step_is_told() -> None:
    endpoints = [endpoint(LOCAL, [call("hello", str(n))], name=f"n{n}") for n in range(5)]
    endpoints.append(endpoint(Access(via="s3", at="x"), [call("hello")], name="cloud"))
    endpoints.append(endpoint(LOCAL, [call("hang", timeout=60)], name="late", deadline=1))
    events: list[Event] = []
    told: list[str] = []
    done = collect(
        endpoints, {"shell": program()}, (), CollectOptions(parallel=3),
        finished=lambda transcript: told.append(transcript.endpoint), progress=events.append,
    )  # fmt: skip
    assert set(done) == {one.id for one in endpoints} == set(told)
    assert [event.done for event in events] == list(range(1, 8)) and {event.total for event in events} == {7}
    assert done["agency/cloud/s3"].gap.reason is GapReason.NO_CREDENTIAL  # type: ignore[union-attr]
    assert done["agency/late/local"].gap.reason is GapReason.PROBE_TIMEOUT  # type: ignore[union-attr]
    assert done["agency/n3/local"].probes["test.hello"].stdout == b"hello 3\n"


def test_no_endpoints_and_no_program_are_no_trouble() -> None:
    assert collect([], {}, (), CollectOptions()) == {}
    done = collect([endpoint(LOCAL, [call("hello")])], {}, (), CollectOptions())
    assert done["agency/one/local"].gap is not None


@pytest.mark.slow
def test_a_recording_answers_as_the_machine_did(tmp_path: Path) -> None:
    asked = [call("binary"), call("status", "69"), call("hang", timeout=1), call("flood", max_bytes=100)]
    first = ask(("sh",), *asked)
    record(tmp_path / "machine", first)
    access = Access(via="replay", at="machine")
    options = CollectOptions(root=tmp_path)
    again = collect([endpoint(access, asked)], {"shell": b""}, (), options)["agency/one/replay"]
    assert dict(again.probes) == dict(first.probes)
    assert dict(again.connection) == dict(first.connection)
    more = collect([endpoint(access, [call("hello")])], {"shell": b""}, (), options)["agency/one/replay"]
    assert more.probes["test.hello"].gap.reason is GapReason.NO_COLLECTOR  # type: ignore[union-attr]
    none = collect([endpoint(Access(via="replay", at="nowhere"), asked)], {"shell": b""}, (), options)
    assert none["agency/one/replay"].gap is not None
