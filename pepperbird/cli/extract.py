"""The records of a run as files that other tools verify: openssl, sha256sum, base64 (docs/security.md)."""

from __future__ import annotations

from pathlib import Path

from pepperbird.cli.common import write_all_atomically
from pepperbird.errors import UsageError
from pepperbird.store.runs import Store
from pepperbird.trust.keys import public_pem


def write_records(store: Store, run_id: str, folder: Path) -> int:
    """Write the run's statement, each piece of evidence with its statement, and the public keys. Gives how many files.

    Raises UsageError where `folder` holds something already.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder}: holds something already; name a new folder")
    files: dict[Path, bytes] = {}
    names: list[str] = []
    run = store.records.parts(run_id).envelope
    if run is not None:
        files[folder / "run.dsse.json"] = run
    for number, one in enumerate(store.records.evidence(run_id), 1):
        files[folder / f"evidence-{number:04}.json"] = one.data()
        names.append(f"evidence-{number:04}.json  {one.endpoint}\n")
        if one.envelope is not None:
            files[folder / f"evidence-{number:04}.dsse.json"] = one.envelope
    files[folder / "names.txt"] = "".join(names).encode()
    newest = store.ledger.ring().newest
    if newest is not None:
        files[folder / "keys.dsse.json"] = newest.envelope.to_bytes()
        for key in newest.keys.keys:
            files[folder / f"{key.id}.pem"] = public_pem(key.key)
    write_all_atomically(files)
    return len(files)
