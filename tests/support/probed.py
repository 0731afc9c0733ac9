"""One probe of the content that ships, run for real: inside a test machine, as root or as an account without rights."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pepperbird.bundle.sources import Sources, read_sources
from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.observe.observe import DENIED, namespace

ROOT = Path(__file__).resolve().parents[2]
_MARK = "#probe ended with "


def program(namespace: str, probe: str, *arguments: str) -> str:
    """A shell program that runs the probe as the real one does, and says its exit status last."""
    parts = [ROOT / "collectors" / "program" / "head.sh", *sorted((ROOT / "collectors").glob("*/probe.sh"))]
    words = " ".join(map(shlex.quote, arguments))
    call = f'_pb_privilege=sudo _pb_nonce=denied\n({namespace}_{probe} {words}) 5>&2\nprintf "\\n{_MARK}%s\\n" "$?"\n'
    return "\n".join([*(part.read_text() for part in parts), call])


def run_probe(
    run: Callable[[str], str], namespace: str, probe: str, *arguments: str, user: str = "root"
) -> ProbeOutput:
    """What the probe says where `run` runs shell commands as root; `user` is the account that asks.

    As on the wire, a refusal of sudo that the probe caught is told all the same: then its exit status is that.
    """
    file = f"/tmp/probe-{namespace}-{probe}"
    run(f"cat > {file} <<'END-OF-PROBE'\n{program(namespace, probe, *arguments)}\nEND-OF-PROBE\nchmod 644 {file}")
    prefix = "" if user == "root" else f"setpriv --reuid={user} --regid={user} --init-groups "
    said = run(f"{prefix}sh {file} </dev/null 2>/tmp/probe-errors; rm {file}")
    stdout, _, status = said.rpartition(f"\n{_MARK}")
    errors = run("cat /tmp/probe-errors; rm -f /tmp/probe-errors")
    refused = "\ndenied denied " in errors
    return ProbeOutput(stdout.encode(), errors.encode(), DENIED if refused else int(status), 1)


@cache
def shipped() -> Sources:
    """The content of the checkout."""
    return read_sources(ROOT)


def collected(run: Callable[[str], str], name: str, arguments: Sequence[str] = (), user: str = "root") -> Any:
    """The facts of a whole collector. `arguments` go to those probes that take any."""
    collector = shipped().collectors[name].value
    outputs = {
        f"{name}.{probe}": run_probe(run, name, probe, *(arguments if spec.args else ()), user=user)
        for probe, spec in collector.probes.items()
    }
    return namespace(collector, Transcript("test", "2026-11-23T00:00:00Z", "", {}, outputs))


def fix_of(check: str) -> str:
    """The shell lines of a shipped fix."""
    shell = shipped().checks[check].value.fix.shell
    assert shell is not None
    return shell
