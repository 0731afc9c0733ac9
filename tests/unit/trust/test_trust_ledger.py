"""The ledger's arithmetic finds what was edited, deleted, put in, moved or cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.errors import TrustError
from pepperbird.trust.ledger import NOTHING_BEFORE, Checkpoint, Entry, EntryKind, chain_faults, checkpoint_of, entry_of
from pepperbird.trust.merkle import merkle_root
from pepperbird.trust.statement import Subject

DIGEST = "sha256:" + "a" * 64


def chain(count: int, start: str = "a") -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, count + 1):
        previous = entries[-1].hash if entries else NOTHING_BEFORE
        at = f"2026-11-{number:02}T00:00:00Z"
        entries.append(Entry(number, EntryKind.RUN, at, f"{start}{number}", DIGEST, {"evidence": number}, previous))
    return entries


def faults(entries: list[Entry]) -> list[str]:
    return list(chain_faults((entry.number, entry.body()) for entry in entries))


def test_a_whole_chain_has_no_fault() -> None:
    assert faults(chain(20)) == []
    assert faults([]) == []
    assert entry_of(chain(3)[2].body()) == chain(3)[2]


def test_an_edited_entry_is_found_where_it_stands() -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], subject="other")
    assert faults(entries) == ["ledger entry 4 does not follow entry 3: one of them was changed or put in"]


def test_a_deleted_entry_is_found() -> None:
    entries = chain(5)
    assert faults(entries[:1] + entries[3:]) == ["ledger entry 2 to 3 are gone"]
    assert faults(entries[1:]) == ["ledger entry 1 is gone"]


def test_an_inserted_entry_is_found() -> None:
    entries = chain(5)
    mine = replace(entries[2], subject="mine")
    moved = [replace(entry, number=entry.number + 1) for entry in entries[2:]]
    assert faults([*entries[:2], mine, *moved])


def test_a_forked_tail_is_found_at_the_fork() -> None:
    assert faults(chain(3) + chain(5, "b")[3:]) == [
        "ledger entry 4 does not follow entry 3: one of them was changed or put in"
    ]


def test_a_clock_set_back_shows_and_a_little_does_not() -> None:
    entries = chain(2)
    back = Entry(3, EntryKind.RUN, "2026-11-01T12:00:00Z", "x", DIGEST, {}, entries[1].hash)
    assert "a clock was set back" in faults([*entries, back])[0]
    little = replace(back, at="2026-11-01T23:58:00Z")
    assert faults([*entries, little]) == []


@pytest.mark.parametrize("body", [b"", b"{}", b'{"number": 1}', chain(1)[0].body() + b" "])
def test_what_is_no_entry_is_named(body: bytes) -> None:
    with pytest.raises(TrustError):
        entry_of(body)
    assert next(iter(chain_faults([(1, body)]))).startswith("ledger entry 1")


def test_a_checkpoint_reads_as_it_is_printed() -> None:
    checkpoint = Checkpoint(57, DIGEST)
    assert checkpoint_of(f" {checkpoint}\n") == checkpoint
    for wrong in ("", "57", "x:" + DIGEST, "57:sha256:12"):
        with pytest.raises(TrustError):
            checkpoint_of(wrong)


def test_the_root_speaks_for_every_name_and_digest_and_not_for_their_order() -> None:
    subjects = [Subject(f"e{number}", DIGEST) for number in range(7)]
    root = merkle_root(subjects)
    assert merkle_root(subjects[::-1]) == root
    roots = {root, merkle_root(subjects[:-1]), merkle_root([*subjects, subjects[0]]), merkle_root([])}
    roots |= {
        merkle_root([*subjects[:i], replace(one, name="z"), *subjects[i + 1 :]]) for i, one in enumerate(subjects)
    }
    assert len(roots) == 11
