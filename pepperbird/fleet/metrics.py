"""What a monitor reads: the state of the executor in the text format of Prometheus, and whether it is well. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from pepperbird.fleet.health import Snapshot
from pepperbird.store.duties import DONE, PRUNE

_Sample = tuple[Mapping[str, str], float]


def metrics(now: Snapshot) -> str:
    """The page `/metrics`."""
    going = now.going
    late = {one.schedule for one in now.unanswered}
    schedules = now.standings.values()
    pruning = [one for one in now.duties if one.what == PRUNE]
    waiting = [one for one in now.duties if one.what != PRUNE and one.state != DONE]
    parts = [
        _one("up", "gauge", "1 while the executor runs.", 1),
        _one("start_time_seconds", "gauge", "When it was started.", _seconds(now.started)),
        _one("beat_time_seconds", "gauge", "When it last said in the store that it is alive.", _seconds(now.beat)),
        _one("store_failing", "gauge", "1 while the store cannot be read or written.", bool(now.store or now.lease)),
        _one("site_wrong", "gauge", "1 while the site folder has mistakes.", bool(now.site)),
        _one("work_failing", "gauge", "1 while a run cannot be gone on with.", bool(now.work)),
        _one("runs_open", "gauge", "Runs that were begun and have not ended.", now.waiting),
        _one("run_endpoints_recorded", "gauge", "Endpoints recorded of the run going on.", going.done if going else 0),
        _one("run_endpoints", "gauge", "Endpoints of the run that is going on.", going.total if going else 0),
        _one("runs_begun_total", "counter", "Runs begun since the start.", now.runs_begun),
        _one("runs_ended_total", "counter", "Runs that ended in an answer since the start.", now.runs_ended),
        _one("endpoints_recorded_total", "counter", "Endpoints recorded since the start.", now.endpoints),
        _one("courier_failing", "gauge", "1 while nothing can be delivered by itself.", bool(now.courier)),
        _one("deliveries_open", "gauge", "Reports and digests that wait to be delivered.", len(waiting)),
        _one("deliveries_total", "counter", "Reports and digests delivered since the start.", now.delivered),
        _many(
            "delivery_failing", "gauge", "1 where a report or digest was not delivered, or may not have been.",
            (({"agency": one.agency, "what": one.what}, one in now.undone) for one in now.duties if one.what != PRUNE),
        ),
        _one("prune_failing", "gauge", "1 while pruning fails.", any(one.what == PRUNE for one in now.undone)),
        _one(
            "prune_time_seconds", "gauge", "The time that was last pruned for, 0 for never.",
            max((_seconds(one.tick) for one in pruning), default=0.0),
        ),
        _many(
            "schedule_unanswered", "gauge", "1 where a schedule did not end in an answer in its time.",
            (({"schedule": one.id}, one.id in late) for one in schedules),
        ),
        _many(
            "schedule_answered_time_seconds", "gauge", "The time of a schedule that last ended in an answer.",
            (({"schedule": one.id}, _seconds(one.answered)) for one in schedules),
        ),
        _many(
            "schedule_missed_total", "counter", "Times of a schedule that nobody carried out.",
            (({"schedule": one.id}, now.missed.get(one.id, 0)) for one in schedules),
        ),
    ]  # fmt: skip
    return "".join(parts)


def _one(name: str, kind: str, doc: str, value: float) -> str:
    return _many(name, kind, doc, [({}, value)])


def _many(name: str, kind: str, doc: str, samples: Iterable[_Sample]) -> str:
    lines = [f"# HELP pepperbird_{name} {doc}", f"# TYPE pepperbird_{name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"pepperbird_{name}{'{' + inside + '}' if inside else ''} {float(value)!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0


def health_json(now: Snapshot) -> bytes:
    """The page `/healthz`."""
    going = now.going and {"run": now.going.run, "recorded": now.going.done, "endpoints": now.going.total}
    said = {
        "status": "wrong" if now.wrong else "well", "wrong": list(now.wrong), "started": now.started,
        "beat": now.beat, "going": going, "runs_open": now.waiting,
        "schedules": {one.id: {"answered": one.answered, "run": one.run} for one in now.standings.values()},
    }  # fmt: skip
    return json.dumps(said, indent=1, sort_keys=True).encode() + b"\n"
