"""What a scan costs in bytes and seconds: expected, before it runs, and carried, after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pepperbird.cli.request import Request
from pepperbird.collect.words import PLAIN, WIRE
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import Line, Plan
from pepperbird.model.run import Run
from pepperbird.model.text import clean
from pepperbird.plan.lines import fits


def has_lines(plan: Plan) -> bool:
    """Whether any machine lies behind a thin line."""
    return any(endpoint.line is not None for endpoint in plan.endpoints)


def with_costs(request: Request, store: Path) -> Request:
    """`request` with the cost of every endpoint in its plan."""
    from pepperbird.scan.cost import priced

    return replace(request, plan=priced(request.catalog, request.plan, store))


def cost_lines(plan: Plan) -> Iterator[str]:
    """One line for each endpoint, one for each thin line with what does not fit, and the sum."""
    used: dict[str, tuple[Line, int, int]] = {}
    total = [0, 0]
    for endpoint in plan.endpoints:
        cost, line = endpoint.cost, endpoint.line
        if cost is None:
            continue
        basis = "as it answered before" if cost.known else "as such machines typically answer"
        text = f"{endpoint.id:<32} about {size(cost.sent)} up, {size(cost.received)} down"
        if endpoint.access.via in ("local", "replay", "kit"):
            text = f"{endpoint.id:<32} nothing goes over a network"
        elif line is not None:
            _, seconds, carried = used.get(line.id, (line, 0, 0))
            if fits(endpoint, seconds, carried):
                text += f", {cost.seconds} s at {line.kbits:,} kbit/s ({basis})"
                used[line.id] = (line, seconds + cost.seconds, carried + cost.sent + cost.received)
            else:
                text += f", {cost.seconds} s: does not fit into what line {line.id} has left, would not be asked"
                used.setdefault(line.id, (line, 0, 0))
                yield text
                continue
        else:
            text += f" ({basis})"
        total = [total[0] + cost.sent, total[1] + cost.received]
        yield text
    for line, seconds, carried in used.values():
        limit = f" and {size(line.bytes)}" if line.bytes is not None else ""
        yield (
            f"Line {line.id}: one machine at a time, compressed, without heavy questions: about {size(carried)} and "
            f"{seconds} s of {line.seconds} s{limit}."
        )
    yield f"A scan would send about {size(total[0])} and receive about {size(total[1])}."


def carried_lines(run: Run, *, verbose: bool) -> Iterator[str]:
    """What a run sent and received: each endpoint where `verbose`, then the sum."""
    seen = [run.transcripts[name] for name in sorted(run.transcripts)]
    if verbose:
        for one in seen:
            yield f"{clean(one.endpoint, 80):<32} {_carried(one)}"
    sent, received = sum(one.sent_bytes for one in seen), sum(one.received_bytes for one in seen)
    small = sum(_compressed(one) for one in seen)
    wire = sum(one.connection.get("counted") == WIRE for one in seen)
    note = "" if wire == len(seen) else f"; counted on the wire for {wire} of them"
    yield f"Carried: {size(sent)} sent, {size(received)} received, {len(seen)} endpoints, {small} compressed{note}"


def _carried(one: Transcript) -> str:
    how = str(one.connection.get("counted") or "not asked")
    packed = ", compressed" if _compressed(one) else ""
    return f"{one.sent_bytes:,} bytes sent, {one.received_bytes:,} received ({clean(how, 20)}{packed})"


def _compressed(one: Transcript) -> bool:
    return str(one.connection.get("compressed") or PLAIN) != PLAIN


def size(count: int) -> str:
    """`20.4 KB`: thousands of bytes, as those count who sell them."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:,.1f} KB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
