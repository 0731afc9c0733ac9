"""Transcripts to evidence: Gaps of the transport, what the connection told, remedies, digests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.site import Access
from pepperbird.model.state import Assurance
from pepperbird.observe.observe import observe
from tests.support.samples import samples
from tests.support.shipped import shipped_catalog

CATALOG = shipped_catalog()
CALLS = tuple(
    ProbeCall(f"{one.id}.{name}", probe.timeout, probe.max_bytes, probe.privilege, probe.commands)
    for one in CATALOG.collectors.values()
    for name, probe in one.probes.items()
)
ENDPOINT = EndpointPlan("moh/srv/ssh", "moh", "srv", Access(via="ssh", at="h", user="scan"), CALLS, "shell", 60, 5)
TOLD = {
    "server_version": "SSH-2.0-OpenSSH_9.2", "kex_algorithms": ["curve25519-sha256"],
    "host_key_algorithms": ["ssh-ed25519"], "ciphers": ["aes256-ctr"], "macs": ["hmac-sha2-256"],
    "compression": ["none"],
}  # fmt: skip


def transcript(**changes: Any) -> Transcript:
    outputs = {k: v for one in samples() if one.folder.name == "debian-12-well-kept" for k, v in one.outputs().items()}
    base = Transcript("moh/srv/ssh", "2026-11-23T12:00:00Z", "2026-11-23T12:00:09Z", TOLD, outputs)
    return replace(base, **changes)


def test_a_whole_transcript_gives_facts_of_every_collector() -> None:
    seen = observe(CATALOG, ENDPOINT, transcript())
    assert seen.asset == "moh/srv"
    assert seen.collected_at == "2026-11-23T12:00:09Z"
    assert seen.assurance is Assurance.OBSERVED
    assert set(seen.facts) == set(CATALOG.collectors)
    assert seen.facts["ssh_transport"]["macs"] == ["hmac-sha2-256"]
    assert seen.facts["sshd"]["running"] is True


def test_a_host_that_was_never_reached_is_one_gap_per_namespace() -> None:
    gap = Gap(GapReason.UNREACHABLE, "no route to host")
    seen = observe(CATALOG, ENDPOINT, transcript(connection={}, probes={}, gap=gap))
    assert all(seen.facts[name] == gap for name in ("sshd", "storage", "packages", "sockets"))
    assert seen.facts["ssh_transport"] == gap


def test_what_an_unvouched_server_says_of_itself_is_no_evidence() -> None:
    gap = Gap(GapReason.HOST_KEY, "the key changed")
    told = {"kex_algorithms": ["curve25519-sha256"], "ciphers": ["aes256-ctr"]}
    assert observe(CATALOG, ENDPOINT, transcript(connection=told, probes={}, gap=gap)).facts["ssh_transport"] == gap
    later = Gap(GapReason.PROBE_TIMEOUT, "the host drips")
    verified = observe(
        CATALOG, ENDPOINT, transcript(connection={**told, "host_key_verified": True}, probes={}, gap=later)
    )
    assert verified.facts["ssh_transport"]["ciphers"] == ["aes256-ctr"]


def test_a_connection_that_broke_leaves_what_came_before() -> None:
    gap = Gap(GapReason.UNREACHABLE, "the connection was lost")
    kept = {name: one for name, one in transcript().probes.items() if name == "storage.mounts"}
    seen = observe(CATALOG, ENDPOINT, transcript(probes=kept, gap=gap))
    assert seen.facts["sshd"] == gap
    assert seen.facts["storage"]["pools"] == gap
    row = seen.facts["storage"]["filesystems"][0]
    assert (row["target"], row["available"]) == ("/", gap)


def test_a_gap_of_the_transport_stands_for_its_probe_only() -> None:
    gap = Gap(GapReason.TRUNCATED, "more than it may say")
    probes = {**transcript().probes, "storage.usb": ProbeOutput(b"", b"", None, 9, gap)}
    facts = observe(CATALOG, ENDPOINT, transcript(probes=probes)).facts["storage"]
    assert facts["usb_storage"] == gap
    assert facts["pools"] == []


def test_an_asset_reached_without_ssh_has_nobody_who_looked_at_its_algorithms() -> None:
    seen = observe(CATALOG, ENDPOINT, transcript(connection={"user": "root"}))
    assert {one.reason for one in seen.facts["ssh_transport"].values()} == {GapReason.NO_COLLECTOR}


def test_what_the_connection_told_is_typed_too() -> None:
    seen = observe(CATALOG, ENDPOINT, transcript(connection={**TOLD, "macs": "hmac-md5", "ciphers": [1]}))
    assert seen.facts["ssh_transport"]["macs"].reason is GapReason.PARSE
    assert seen.facts["ssh_transport"]["ciphers"].reason is GapReason.PARSE


def test_a_refusal_of_sudo_names_the_line_that_would_help() -> None:
    probes = {**transcript().probes, "sshd.daemons": ProbeOutput(b"", b"sudo: a password is required\x1b[2J", 77, 9)}
    gap = observe(CATALOG, ENDPOINT, transcript(probes=probes)).facts["sshd"]["settings"]
    assert gap.reason is GapReason.DENIED
    assert gap.detail == "sudo: a password is required\\x1b[2J"
    assert gap.remedy.startswith("scan ALL=(root) NOPASSWD: /usr/sbin/sshd -T, /usr/sbin/sshd -T -C user\\=unknown ")


def test_the_digest_tells_any_other_transcript_apart() -> None:
    first = observe(CATALOG, ENDPOINT, transcript()).digest
    assert first == observe(CATALOG, ENDPOINT, transcript()).digest
    assert first.startswith("sha256:")
    probes = {**transcript().probes}
    probes["storage.usb"] = replace(probes["storage.usb"], stdout=probes["storage.usb"].stdout + b"\n")
    others = [transcript(probes=probes), transcript(ended="2026-11-23T12:00:10Z"), transcript(connection={})]
    assert len({first, *(observe(CATALOG, ENDPOINT, one).digest for one in others)}) == 4
