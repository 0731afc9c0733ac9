"""The wire: what goes out, and how what comes back is cut, whatever pieces it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pepperbird.collect.answer import Answer
from pepperbird.collect.frame import bootstrap, encode_frame, remote_command
from pepperbird.collect.redact import Redactor
from pepperbird.collect.segments import Stream
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import ProbeCall
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint

NONCE = "0123456789abcdef0123456789abcdef"
BROKEN = Gap(GapReason.UNREACHABLE, "broke")


def said(*parts: bytes) -> bytes:
    """The parts with every `@word` line made a mark."""
    return b"".join(b"\n" + NONCE.encode() + b" " + part[1:] + b"\n" if part[:1] == b"@" else part for part in parts)


def answer(stdout: bytes, stderr: bytes = b"", size: int = 1 << 20) -> Answer:
    made = Answer(NONCE, 1 << 20)
    for start in range(0, len(stdout), size):
        made.out(stdout[start : start + size])
    for start in range(0, len(stderr), size):
        made.err(stderr[start : start + size])
    return made


def outputs(made: Answer, *calls: ProbeCall) -> dict:  # type: ignore[type-arg]
    return made.probes(endpoint(Access(via="local"), calls), Redactor(()), BROKEN)


def test_a_value_never_stands_in_the_command_or_the_program() -> None:
    assert "$(reboot)" not in remote_command(100)
    frame = encode_frame(NONCE, [call("values", "$(reboot)", "a\nb", "")])
    assert frame == (
        f"pepperbird 1 {NONCE} 1\ntest_values 10 65536 none 3\n".encode() + b"9\n$(reboot)\n3\na\nb\n0\n\n"
    )


@pytest.mark.parametrize("bad", [ProbeCall("x;reboot", 1, 1, "none"), ProbeCall("a.b", 1, 1, "root"), call("a", "\0")])
def test_what_the_wire_cannot_carry_is_refused(bad: ProbeCall) -> None:
    with pytest.raises(ValueError, match=r"probe|NUL"):
        encode_frame(NONCE, [bad])


def test_the_command_is_safe_in_every_login_shell() -> None:
    command = remote_command(123)
    assert command.count("'") == 2
    assert "\\" not in command and "!" not in command and "\n" not in command
    assert bootstrap(123)[-1] == "123"


WHOLE = said(b"noise before\n", b"@hello 1700000000 500000000", b"@begin 0", b"one\0\xff", b"@exit 3", b"@end 0")
WHOLE += said(b"@begin 1", b"two\n", b"@denied lvs -a", b"more", b"@exit 0", b"@end 1", b"@done")


@given(st.integers(min_value=1, max_value=len(WHOLE)))
def test_the_pieces_it_comes_in_change_nothing(size: int) -> None:
    made = answer(WHOLE, said(b"@begin 0", b"oops", b"@end 0"), size)
    seen = outputs(made, call("hello"), call("root", sudo=True))
    assert made.complete()
    assert (seen["test.hello"].stdout, seen["test.hello"].exit_status) == (b"one\0\xff", 3)
    assert (seen["test.hello"].stderr, seen["test.hello"].gap) == (b"oops", None)
    assert seen["test.root"].stdout == b"two\nmore"
    assert seen["test.root"].gap.reason is GapReason.DENIED
    assert "lvs -a" in seen["test.root"].gap.detail


def test_a_caught_refusal_still_leaves_no_answer() -> None:
    made = answer(said(b"@hello 1", b"@begin 0", b"@denied x", b"all is well", b"@exit 0", b"@end 0", b"@done"))
    assert outputs(made, call("caught", sudo=True))["test.caught"].gap.reason is GapReason.DENIED


def test_output_without_its_exit_mark_is_truncated() -> None:
    made = answer(said(b"@hello 1", b"@begin 0", b"x" * 200, b"@end 0", b"@done"))
    seen = outputs(made, call("flood", max_bytes=100))["test.flood"]
    assert (len(seen.stdout), seen.exit_status, seen.gap.reason) == (100, None, GapReason.TRUNCATED)


def test_one_byte_over_the_limit_is_truncated() -> None:
    made = answer(said(b"@hello 1", b"@begin 0", b"x" * 101, b"@exit 0", b"@end 0", b"@done"))
    assert outputs(made, call("flood", max_bytes=100))["test.flood"].gap.reason is GapReason.TRUNCATED


def test_what_broke_off_is_a_gap_and_what_came_before_is_kept() -> None:
    made = answer(said(b"@hello 1", b"@begin 0", b"whole", b"@exit 0", b"@end 0", b"@begin 1", b"half"))
    seen = outputs(made, call("hello"), call("values"), call("binary"))
    assert not made.complete()
    assert seen["test.hello"].gap is None
    assert (seen["test.values"].gap, seen["test.values"].stdout) == (BROKEN, b"")
    assert seen["test.binary"].gap == BROKEN


@pytest.mark.parametrize(
    "forged",
    [
        said(b"@hello 1", b"@begin 1", b"x", b"@exit 0", b"@end 1", b"@done"),
        said(b"@hello 1", b"@begin 0", b"x", b"@exit 0", b"@end 1", b"@done"),
        said(b"@hello 1", b"@begin 0", b"@begin 0", b"x", b"@exit 0", b"@end 0", b"@done"),
        said(b"@hello 1", b"@end 0", b"@done"),
        said(b"@hello 1", b"@begin 0", b"@exit 99999999999999999999x", b"@end 0", b"@done"),
        said(b"@hello 1", b"@begin 0", b"@exit \xd9\xa3", b"@end 0", b"@done"),
    ],
)
def test_marks_out_of_order_make_no_answer(forged: bytes) -> None:
    for output in outputs(answer(forged), call("hello"), call("values")).values():
        assert output.gap is not None


@given(st.binary(max_size=400))
def test_any_bytes_at_all_make_a_gap_and_no_exception(data: bytes) -> None:
    made = answer(said(b"@hello " + data.replace(b"\n", b""), b"@begin 0", data))
    assert outputs(made, call("hello"))["test.hello"].gap == BROKEN


def test_nothing_is_taken_beyond_the_limit() -> None:
    made = Answer(NONCE, 1000)
    assert made.out(b"x" * 900)
    assert not made.out(b"x" * 900)
    assert not made.err(b"x" * 900)
    assert made.overflow
    assert len(made.stdout.data) + len(made.stderr.data) == 1000


def test_the_clock_is_read_with_and_without_fractions() -> None:
    for hello, known in (
        (b"@hello 1 5", True),
        (b"@hello 1 000000000", True),
        (b"@hello x", False),
        (b"@hello", False),
        (b"@hello \xd9\xa3 1", False),
    ):
        offset = answer(said(hello)).connection["clock_offset_ms"]
        assert (offset is not None) is known


def test_a_stream_of_nonces_is_read_in_linear_time() -> None:
    stream = Stream(NONCE)
    for _ in range(2000):
        stream.feed(NONCE.encode() * 20, 0.0)
    assert stream.marks == []
