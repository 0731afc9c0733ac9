"""The tables. Texts are UTF-8, times RFC 3339 UTC, blobs compressed canonical JSON. Changed only by a migration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

HEAD = "0012"
"""The newest migration; `open_store` brings older stores here and refuses newer ones."""

metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("digest", String, primary_key=True),
    Column("archive", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("ended", String, nullable=False, default=""),
    Column("scope", String, nullable=False),
    Column("state", String, nullable=False),
    Column("content_digest", String, ForeignKey("contents.digest"), nullable=False),
    Column("digests", LargeBinary, nullable=False),
    Column("plan", LargeBinary, nullable=False),
    Column("site", LargeBinary, nullable=False),
    Column("memory", LargeBinary, nullable=False, default=b""),
    Column("memory_after", LargeBinary),
    Column("scores", LargeBinary),
    Column("nation", LargeBinary),
    Column("previous", LargeBinary),
    Column("envelope", LargeBinary),
)
"""`memory` and `memory_after` are empty since 0004: they are pieces. The SQLite of RHEL 9 cannot drop a column."""

run_agencies = Table(
    "run_agencies",
    metadata,
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("agency", String, primary_key=True),
    Column("posture", LargeBinary),
    Column("states", LargeBinary),
)
"""Which agencies a run looked at. `posture` is empty since 0004: it is a piece. `states`, in clear, is the state of
each verdict; what was seen is a piece. A row for each was nine tenths of a store."""

pieces = Table(
    "pieces",
    metadata,
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    *(Column(name, String, primary_key=True) for name in ("agency", "name")),
    Column("body", LargeBinary, nullable=False),
    Index("pieces_by_agency", "agency", "name"),
)
"""What a run used and gave of one agency (`pieces.NAMES`), each by itself so that each agency's is sealed by itself."""

agency_keys = Table(
    "agency_keys",
    metadata,
    Column("agency", String, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("state", String, nullable=False),
    Column("master", String, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
"""The agencies' keys, wrapped by the master key of the id `master`. `state` is open or lost."""

blobs = Table(
    "blobs",
    metadata,
    Column("address", String, primary_key=True),
    Column("agency", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

blob_keys = Table(
    "blob_keys",
    metadata,
    Column("address", String, primary_key=True),
    Column("agency", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Index("blob_keys_by_agency", "agency", "generation"),
)
"""Apart from the blobs, so that wrapping the keys anew writes no blob."""

chores = Table("chores", metadata, Column("name", String, primary_key=True))
"""What is still to be done to the file: `purge` where something was taken out and its traces may be left."""

transcripts = Table(
    "transcripts",
    metadata,
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("endpoint", String, primary_key=True),
    Column("gap", String, nullable=False, default=""),
    Column("received_bytes", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", String, nullable=False, default=""),
    Column("envelope", LargeBinary),
)

ledger = Table(
    "ledger",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("previous", String, nullable=False, unique=True),
    Column("hash", String, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("checkpoint", LargeBinary, nullable=False),
    Index("ledger_by_subject", "kind", "subject"),
)
"""Append-only: triggers refuse to change, delete, or leave out a number."""

key_lists = Table(
    "key_lists",
    metadata,
    Column("digest", String, primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("at", String, nullable=False),
    Column("number", Integer, ForeignKey("ledger.number"), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("records_by_subject", "kind", "agency", "subject"),
)
"""What people said and signed, or had witnessed. `digest` is over the statement, `number` its entry of the ledger."""

kits = Table(
    "kits",
    metadata,
    Column("nonce", String, primary_key=True),
    Column("agency", String, nullable=False),
    Column("asset", String, nullable=False),
    Column("made", String, nullable=False),
    Column("expires", String, nullable=False),
    Column("program", String, nullable=False),
    Column("asked", String, nullable=False),
    Column("run", String, nullable=False, default=""),
    Column("deep", Boolean, nullable=False, default=False),
)
"""The kits that were given out. `run` is the one that took in what a kit brought, '' until then."""

spans = Table(
    "spans",
    metadata,
    Column("agency", String, primary_key=True),
    Column("control", String, primary_key=True),
    Column("asset", String, primary_key=True),
    Column("opened_run", String, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("kind", "tier", "severity", "enforcement", "state")),
    *(Column(name, String, nullable=False) for name in ("since", "opened", "closed", "closed_run")),
    Index("spans_lasting", "agency", "closed_run"),
    Index("spans_by_run", "opened_run"),
    sqlite_with_rowid=False,
)
"""How long each pair was in which state (`model.history.Span`). Grows with change, and outlives the runs."""


def mark_columns() -> list[Column[Any]]:
    """What a run says of an agency or the nation, beside its keys."""
    return [
        *(Column(name, String, nullable=False) for name in ("at", "name", "tier", "grade", "stage")),
        *(Column(name, String, nullable=False) for name in ("content", "baseline", "engine")),
        *(Column(name, Integer) for name in ("median", "lowest_decile", "reporting", "registered")),
    ]


def figure_columns() -> list[Column[Any]]:
    """What is counted of a mark, beside its keys."""
    return [
        *(Column(name, Integer, nullable=False) for name in ("score", "upper", "coverage", "observed")),
        *(Column(name, Integer, nullable=False) for name in ("conclusive", "pairs", "weight")),
        *(Column(name, Integer) for name in ("open", "overdue")),
        Column("fell", String),
    ]


marks = Table(
    "marks",
    metadata,
    *(Column(name, String, primary_key=True) for name in ("run", "agency")),
    *mark_columns(),
    Column("overtaken", String),
    Index("marks_by_agency", "agency", "tier", "at"),
    sqlite_with_rowid=False,
)
"""What a full run said of an agency, or of the nation (agency '', with the four numbers). Outlives the run.

`overtaken` names the newer run that had ended before this one, by which the agency stands; null where there was none.
Scores here and in `figures` are in tenths of a percent: as published, and summed without rounding."""

figures = Table(
    "figures",
    metadata,
    *(Column(name, String, primary_key=True) for name in ("standard", "run", "agency")),
    *figure_columns(),
    Index("figures_by_agency", "agency", "standard", "run"),
    sqlite_with_rowid=False,
)
"""The figures of a mark, by standard ('' for all). What had nothing to score has no row. Outlives the run.

`weight` is that of the agency's tier in the nation, 0 of the nation itself. `fell` is how many required pairs fell, by
cause (`standing.fell_text`); null where that is not known, and of an agency's first run."""

executor = Table(
    "executor",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", Integer, nullable=False),
    Column("seconds", Integer, nullable=False),
    *(Column(name, String, nullable=False, default="") for name in ("process", "said", "site", "taken", "beat")),
)
"""The one row (id 1) says who carries out schedules; `process` is '' where nobody does. `token` grows each time."""

schedules = Table(
    "schedules",
    metadata,
    Column("id", String, primary_key=True),
    Column("answers", Integer, nullable=False, default=0),
    *(Column(name, String, nullable=False, default="") for name in ("tick", "answered", "run")),
)
"""Until which tick a schedule is settled, its last tick that ended in an answer, how many did, and its run going on."""

ticks = Table(
    "ticks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    *(
        Column(name, String, nullable=False, default="")
        for name in ("schedule", "tick", "state", "run", "said", "noted")
    ),
    Index("ticks_by_schedule", "schedule", "tick"),
)
"""What became of the ticks of a schedule: begun, missed (so many, up to `tick`) or failed to begin."""

works = Table(
    "works",
    metadata,
    Column("run", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("tries", Integer, nullable=False, default=0),
    *(
        Column(name, String, nullable=False, default="")
        for name in ("schedule", "tick", "request", "how", "until", "wake")
    ),
)
"""The runs that the executor has begun and not ended: after whatever happened, it goes on with these."""

requests = Table(
    "requests",
    metadata,
    Column("id", String, primary_key=True),
    *(
        Column(name, String, nullable=False, default="")
        for name in ("made", "said_by", "asked", "state", "run", "said")
    ),
)
"""Scans that people asked the executor for. `state` is queued, begun, done or failed."""

deliveries = Table(
    "deliveries",
    metadata,
    *(Column(name, String, primary_key=True) for name in ("digest", "way", "recipient")),
    *(Column(name, String, nullable=False) for name in ("agency", "run", "at", "state", "message_id", "said")),
    Index("deliveries_by_agency", "agency", "at"),
)
"""Receipts. `run` is no foreign key: a receipt outlives the run that it was of."""

duties = Table(
    "duties",
    metadata,
    *(Column(name, String, primary_key=True) for name in ("what", "agency")),
    Column("tries", Integer, nullable=False, default=0),
    *(Column(name, String, nullable=False, default="") for name in ("run", "tick", "since", "wake", "state", "said")),
)
"""What the executor does beside runs (`store.duties.Duty`): one row for each agency and kind, however often."""
