"""The `replay` transport: answers from a folder that `record` wrote, as if the machine were asked.

A folder holds one machine: `transcript.json` (what the connection told, exit statuses, Gaps) and for each probe its raw
`<probe>.stdout` and `<probe>.stderr`, so that a recording can be read, compared and edited by hand. What is recorded
has been redacted before.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from pepperbird.collect import words
from pepperbird.collect.answer import Answer
from pepperbird.collect.interface import Lifeline, Order, Refused, Sink
from pepperbird.errors import UsageError
from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.model.gap import Gap, GapReason

SCHEMA: Final = "pepperbird.recording/1"
_PROBE: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_LARGEST: Final = 64 << 20


class ReplayTransport:
    """Gives every planned probe what the folder has of it."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        folder = (order.options.root or Path.cwd()) / Path(order.access.at).expanduser()
        lifeline.enter(words.PROBES)
        recording = _read(folder)
        for name, value in recording["connection"].items():
            sink.told(str(name), value)
        if not isinstance(sink, Answer):
            raise TypeError("a recording is answered whole")
        stated = recording.get("gap")
        gap = _gap(stated) if stated else None
        sink.outputs = {}
        for call in order.endpoint.probes:
            sink.outputs[call.id] = _output(folder, call.id, recording["probes"].get(call.id), call.max_bytes)
        if gap is not None:
            sink.recorded_gap = gap


def record(folder: Path, transcript: Transcript) -> None:
    """Write `transcript` to `folder`, which is made. Raises UsageError where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for probe, output in transcript.probes.items():
            (folder / f"{probe}.stdout").write_bytes(output.stdout)
            (folder / f"{probe}.stderr").write_bytes(output.stderr)
        document = {
            "schema": SCHEMA,
            "endpoint": transcript.endpoint,
            "started": transcript.started,
            "ended": transcript.ended,
            "connection": dict(transcript.connection),
            "gap": _stated(transcript.gap),
            "probes": {
                probe: {
                    "exit_status": output.exit_status,
                    "milliseconds": output.milliseconds,
                    "gap": _stated(output.gap),
                }
                for probe, output in transcript.probes.items()
            },
        }
        (folder / "transcript.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the recording cannot be written: {words.shown(error)}; choose another folder") from error


def _read(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / "transcript.json").read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA or not all(isinstance(document[k], dict) for k in ("connection", "probes")):
            raise ValueError("not a recording of this version")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        detail = f"there is no recording in {words.shown(str(folder))}: {words.shown(error)}"
        raise Refused(Gap(GapReason.UNREACHABLE, detail, "Name a folder that was written by a recording.")) from error
    return dict(document)


def _output(folder: Path, probe: str, entry: object, max_bytes: int) -> ProbeOutput:
    if not isinstance(entry, dict) or not _PROBE.fullmatch(probe):
        gap = Gap(GapReason.NO_COLLECTOR, f"{probe} is not in the recording", "Record the machine again.")
        return ProbeOutput(b"", b"", None, 0, gap)
    try:
        stdout, stderr = (_bytes(folder / f"{probe}.{stream}") for stream in ("stdout", "stderr"))
    except OSError as error:
        gap = Gap(GapReason.PARSE, f"the recording of {probe} cannot be read: {words.shown(error)}", "Record it again.")
        return ProbeOutput(b"", b"", None, 0, gap)
    status = entry.get("exit_status")
    milliseconds = entry.get("milliseconds")
    gap_entry = entry.get("gap")
    stated = _gap(gap_entry) if gap_entry else None
    if stated is None and len(stdout) > max_bytes:
        stated = Gap(GapReason.TRUNCATED, f"the recording of {probe} is longer than its limit of {max_bytes} bytes")
    return ProbeOutput(
        stdout[:max_bytes],
        stderr,
        status if isinstance(status, int) else None,
        milliseconds if isinstance(milliseconds, int) else 0,
        stated,
    )


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST)


def _stated(gap: Gap | None) -> dict[str, str] | None:
    return None if gap is None else {"reason": str(gap.reason), "detail": gap.detail, "remedy": gap.remedy}


def _gap(entry: object) -> Gap:
    """A recorded Gap; one that is not readable is still a Gap."""
    if isinstance(entry, dict):
        try:
            return Gap(
                GapReason(str(entry.get("reason"))),
                words.shown(str(entry.get("detail", "")), 500),
                words.shown(str(entry.get("remedy", "")), 500),
            )
        except ValueError:
            pass
    return Gap(GapReason.PARSE, "the recording states a reason that is not known", "Record the machine again.")
