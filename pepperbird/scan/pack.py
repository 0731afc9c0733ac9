"""A pack: one run with everything that verifying it needs, in one file, for a machine with no store and no network.

The same run of the same store always gives the same bytes. What stands in it under which name is said here, once, for
whoever writes and for whoever reads: `docs/security.md` tells it to people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pepperbird.errors import StoreError
from pepperbird.store.parts import INPUTS, RESULTS, RunParts
from pepperbird.store.runs import Store
from pepperbird.trust.canonical import canonical
from pepperbird.trust.keys import public_pem

FORMAT = "pepperbird-pack-1"
README = """\
One run of pepperbird with everything that verifying it needs.

    pepperbird verify THIS-FILE        judges it again; needs no store, no site and no network

Without pepperbird: unpack it with tar, then run `sha256sum -c SHA256SUMS`, and verify.sh of docs/security.md, which
needs openssl. Compare the id of the root key and the checkpoint with paper. evidence-N.json is what endpoints said.
"""


@dataclass(frozen=True, slots=True)
class About:
    """`pack.json`: which run, and by which run ('' none) each of its agencies stood before."""

    run: str
    stood: Mapping[str, str]

    def to_bytes(self) -> bytes:
        return canonical({"format": FORMAT, "run": self.run, "stood": dict(self.stood)})


def members(store: Store, run_id: str) -> Iterator[tuple[str, bytes]]:
    """The members of the pack of a run. Raises StoreError where a part of it is gone or damaged."""
    parts = store.records.parts(run_id)
    if parts.envelope is None:
        raise StoreError(f"the statement about the run {run_id} is gone, so nothing would hold the pack together")
    about = About(run_id, _stood(store, parts))
    yield "README.txt", README.encode()
    yield "pack.json", about.to_bytes()
    yield "run.dsse.json", parts.envelope
    yield "run.json", run_bytes(parts)
    yield from _parts(parts)
    yield from _evidence(store, run_id)
    yield from _before(store, about)
    yield from _ledger(store)
    yield from _people(store, parts)


def run_bytes(parts: RunParts) -> bytes:
    """`run.json`: what stands in the run's row beside its blobs."""
    previous = None if parts.previous is None else dict(parts.previous)
    digests = {name: getattr(parts.digests, name) for name in type(parts.digests).__dataclass_fields__}
    return canonical({"id": parts.id, "at": parts.at, "ended": parts.ended, "scope": parts.scope,
                      "digests": digests, "previous": previous})  # fmt: skip


def _stood(store: Store, parts: RunParts) -> Mapping[str, str]:
    if parts.previous is not None:
        return parts.previous
    return {one: store.standing(one, before=parts.id)[0] for one in parts.postures} if parts.scope == "full" else {}


def _parts(parts: RunParts) -> Iterator[tuple[str, bytes]]:
    yield "content.tar.gz", parts.content.need()
    for name in INPUTS:
        yield f"{name}.json", parts.inputs[name].need()
    for name in RESULTS:
        yield f"{name}.json", parts.results[name].need()
    yield "verdicts.jsonl", b"".join(one.body.need() + b"\n" for one in parts.verdicts)
    yield "verdicts-rows.jsonl", b"".join(canonical(list(one.row)) + b"\n" for one in parts.verdicts)
    for agency, some in parts.pieces.items():
        for name, part in some.items():
            yield f"pieces/{agency}.{name}.json", part.need()


def _evidence(store: Store, run_id: str) -> Iterator[tuple[str, bytes]]:
    names: list[str] = []
    for number, one in enumerate(store.records.evidence(run_id), 1):
        names.append(one.endpoint)
        yield f"evidence-{number:06}.json", one.data()
        if one.envelope is not None:
            yield f"evidence-{number:06}.dsse.json", one.envelope
    yield "endpoints.json", canonical(names)


def _before(store: Store, about: About) -> Iterator[tuple[str, bytes]]:
    written: dict[str, RunParts] = {}
    for agency, run_id in about.stood.items():
        if not run_id:
            continue
        if run_id not in written:
            written[run_id] = store.records.parts(run_id)
            yield f"before/{run_id}.dsse.json", written[run_id].envelope or b""
        yield f"before/{run_id}.{agency}.json", written[run_id].postures[agency].need()


def _ledger(store: Store) -> Iterator[tuple[str, bytes]]:
    rows = store.ledger.rows()
    yield "ledger.jsonl", b"".join(row.body + b"\n" for row in rows)
    yield "checkpoints.jsonl", b"".join(row.checkpoint + b"\n" for row in rows)
    for digest, envelope in sorted(store.ledger.key_lists().items()):
        yield f"keys/{digest.removeprefix('sha256:')}.dsse.json", envelope
    newest = store.ledger.ring().newest
    for key in newest.keys.keys if newest is not None else ():
        yield f"{key.id}.pem", public_pem(key.key)


def _people(store: Store, parts: RunParts) -> Iterator[tuple[str, bytes]]:
    for record in store.signed.all():
        if record.agency in ("", *parts.postures):
            yield f"records/{record.digest.removeprefix('sha256:')}.dsse.json", record.data
