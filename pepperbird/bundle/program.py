"""The one static shell program: the prelude, every shell collector's probes, the tail. Built from content alone."""

from __future__ import annotations

from pepperbird.bundle.sources import Sources

HEAD, TAIL = "collectors/program/head.sh", "collectors/program/tail.sh"


def build_programs(sources: Sources) -> dict[str, bytes]:
    """The program of each family; the same bytes for every target. What is missing lands in `sources.issues`."""
    shell = sorted(part.value.id for part in sources.collectors.values() if part.value.family == "shell")
    if not shell:
        return {}
    wanted = [HEAD, *(probe_file(name) for name in shell), TAIL]
    for path in (HEAD, TAIL):
        if path not in sources.files:
            sources.say_file(path, "the shell program needs this file; add it")
    return {"shell": b"".join(_ended(sources.files.get(path, b"")) for path in wanted)}


def probe_file(namespace: str) -> str:
    """Where the probes of a shell collector stand."""
    return f"collectors/{namespace}/probe.sh"


def _ended(data: bytes) -> bytes:
    """A file without its last line break would run into the next one."""
    return data if data.endswith(b"\n") or not data else data + b"\n"
