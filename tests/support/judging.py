"""A catalog with one control, made in memory: clauses and checks as a test wants them, over a small set of facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.attestation import Attestation
from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.check import Check
from pepperbird.model.collector import Collector
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.plan import JudgedAsset, Pair, Plan, Selection
from pepperbird.model.policy import Control, ControlSetting, Deadlines, Freshness, Gate
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import AssetKind, Cadence, Enforcement, State, Tier
from pepperbird.model.verdict import Verdict

AT = "2026-11-23T12:00:00Z"
SERVER = [AssetKind.LINUX_SERVER]
DISK = Collector.model_validate(
    {
        "id": "disk", "title": "Disk", "doc": "d", "family": "shell", "on": SERVER,
        "probes": {"list": {"doc": "l", "parser": "json"}},
        "facts": {
            "mode": {"type": "string", "doc": "m", "from": "list.mode"},
            "other": {"type": "string", "doc": "o", "from": "list.other"},
            "pool": {"type": "bool", "doc": "p", "from": "list.pool"},
            "mounts": {
                "type": "rows", "doc": "m", "key": "target", "complete": True, "track": "samples", "sample": "free",
                "from": "list.mounts",
                "fields": {
                    "target": {"type": "string", "doc": "t"},
                    "free": {"type": "int", "doc": "f", "unit": "percent"},
                },
            },
            "updates": {
                "type": "rows", "doc": "u", "key": "name", "complete": True, "track": "first_seen",
                "from": "list.updates", "fields": {"name": {"type": "string", "doc": "n"}},
            },
        },
    }
)  # fmt: skip
FIX = {"text": "Repair it.", "effort": "minutes", "cost": "none", "owner": "admin", "risk": "none"}
EXAMPLE = {"name": "n", "given": {}, "then": "pass"}


def check(name: str, **fields: Any) -> Check:
    base = {
        "id": f"disk.{name}", "title": "t", "why": "w", "message": "seen", "expected": "wanted", "fix": FIX,
        "examples": [EXAMPLE, EXAMPLE, EXAMPLE],
    }  # fmt: skip
    return Check.model_validate(base | fields)


MODE = check("mode", expect='disk.mode == "good"', message="mode is {disk.mode}", expected="good")
OTHER = check("other", expect='disk.other == "good"')
ROOM = check(
    "room",
    for_each={"as": "m", "in": "disk.mounts", "subject": "m.target", "on_empty": "fail"},
    expect="m.free >= params.min_free",
    message="{m.free} % free",
)


def catalog_of(
    clauses: Sequence[Mapping[str, Any]], *checks: Check, kinds: Sequence[str] = ("linux-server",)
) -> Catalog:
    control = Control.model_validate(
        {
            "id": "DS-12", "title": "t", "severity": "high", "severity_why": "w", "applies_to": kinds, "waivable": True,
            "statement": "s", "rationale": "r", "clauses": clauses, "remediation": ["r"],
            "parameters": {
                "min_free": {"type": "int", "compare": "min", "unit": "percent"},
                "share": {"type": "int", "compare": "min", "unit": "percent"},
                "valid": {"type": "int", "compare": "max", "unit": "days"},
            },
        }
    )  # fmt: skip
    setting = ControlSetting(enforcement=Enforcement.REQUIRED, params={"min_free": 10, "share": 50, "valid": 365})
    baseline = ResolvedBaseline(
        "standard", "Standard", Tier.STANDARD, (), Deadlines(critical=1, high=1, medium=1, low=1),
        Freshness(online=7, relay=14, visited=None), Gate(score=60, coverage=70), {"DS-12": setting},
    )  # fmt: skip
    return Catalog(
        policies={}, controls={"DS-12": control}, checks={one.id: one for one in checks}, collectors={"disk": DISK},
        baselines={"standard": baseline, "foundation": baseline, "critical": baseline}, lists={}, list_files={},
        redactions=(), programs={}, digest="sha256:test", root="",
    )  # fmt: skip


GOOD = {
    "mode": "good", "other": "good", "pool": True, "updates": [],
    "mounts": [{"target": "/a", "free": 50}, {"target": "/b", "free": 5}],
}  # fmt: skip


def judge(
    catalog: Catalog, facts: Any = GOOD, *, tool: str = "", memory: Memory | None = None, at: str = AT,
    attestations: Sequence[Attestation] = (), kind: AssetKind = AssetKind.LINUX_SERVER, runner: Any = None,
) -> Verdict:  # fmt: skip
    """The verdict on the one pair of this catalog, for an asset that showed `facts` (a mapping or a Gap)."""
    asset = JudgedAsset(
        "moh", "srv", kind, Tier.STANDARD, Cadence.ONLINE, "srv", "moh/srv/ssh", True,
        {"id": "srv", "kind": str(kind), "tool": tool},
    )  # fmt: skip
    plan = Plan(
        at, Selection(), ("moh",), (), (asset,),
        (Pair("moh", "DS-12", "srv", kind, Tier.STANDARD, Enforcement.REQUIRED),),
        {"moh": {"id": "moh"}}, dict.fromkeys(Tier, "standard"),
    )  # fmt: skip
    site = Site(
        file=SiteFile(name="t"), agencies=(Agency(id="moh", name="Health", tier=Tier.STANDARD),),
        attestations=tuple(attestations),
    )  # fmt: skip
    evidence = Evidence({"moh/srv": AssetEvidence("moh/srv", {"disk": facts}, at)})
    (verdict,) = evaluate(catalog, plan, evidence, memory or Memory(), site=site, at=at, runner=runner)
    return verdict


def state_of(catalog: Catalog, facts: Any = GOOD, **more: Any) -> State:
    return judge(catalog, facts, **more).state
