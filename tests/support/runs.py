"""A made-up agency's run with every state, gap and kind of finding in it, for tests of what comes after judging.

Texts are like those of real content, so that a report made of it can be looked at. `hostile_run` is the same run with
what an unfriendly target would send in every place that a target can reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pepperbird.model.agreed import PlanChange, PlanStanding
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import ContentStanding, RegisterChange, RegisterStanding, Waiver
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan, JudgedAsset, Pair, Plan, Selection
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, Figures, Grade, NationScore, NextGrade, Stage, StageStanding
from pepperbird.model.site import Access, Agency, Site, SiteFile
from pepperbird.model.state import AssetKind, Assurance, Cadence, Enforcement, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from tests.support.runs_content import AGENCY, LINUX, REPO, STORE, a_catalog

AT = "2026-11-23T12:00:00Z"
Seen = tuple[str, State, str, str, str, Gap | None]
"""(clause, state, subject, message, expected, gap)"""
Row = tuple[str, str, Sequence[Seen]]
"""(control, asset, what was seen)"""
SEEN, BARE = "sshd.effective of moh/{}/ssh", "the register"
GAPS = {
    "denied": Gap(GapReason.DENIED, "sudo asked for a password", "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T"),
    "dark": Gap(GapReason.CONNECT_TIMEOUT, "no connection to 10.20.0.9 port 22 within 15 seconds"),
    "unsigned": Gap(GapReason.NO_ATTESTATION, "no record in attestations/moh"),
    "database": Gap(GapReason.NO_COLLECTOR, "needs the database collector"),
    "restic": Gap(GapReason.NO_COLLECTOR, "needs the restic collector"),
    "undeclared": Gap(
        GapReason.NO_ATTESTATION,
        "The register has no dns domain, which every agency of this tier should have.",
        "declare it, or hand in a signed declaration that the agency has none",
    ),
    "parse": Gap(GapReason.PARSE, "df ended early"),
}
TABLE = """
DS-03 db1 DS-03.1 fail | /srv/registry | /srv/registry lies on /dev/sdb1 in clear | every data volume encrypted
DS-03 db1 DS-03.2 unchecked | | needs the database collector | encrypted tablespaces | database
DS-03 app1 DS-03.1 pass | /srv/www | on LUKS volume data | every data volume encrypted
DS-03 old1 DS-03.1 unreachable | | no connection in time | every data volume encrypted | dark
DS-12 db1 DS-12.1 fail | /srv/registry | 4 percent free of 1.8 TB | at least 15 percent free
DS-12 db1 DS-12.1 fail | /var/lib/postgresql | 9 percent free of 200 GB | at least 15 percent free
DS-12 db1 DS-12.1 pass | /home | 71 percent free of 80 GB | at least 15 percent free
DS-12 app1 DS-12.1 pass | /srv/www | 71 percent free of 80 GB | at least 15 percent free
DS-12 old1 DS-12.1 unreachable | | no connection in time | at least 15 percent free | dark
DS-18 db1 DS-18.2 fail | | the usb-storage module can be loaded | usb-storage cannot be loaded
DS-18 app1 DS-18.2 not_applicable | | this machine is virtual and has no USB | usb-storage cannot be loaded
DI-14 db1 DI-14.1 unchecked | | needs the database collector | page checksums on | database
BR-01 registry BR-01.1 unchecked | | needs the restic collector | a backup inside the recovery point | restic
BR-01 registry BR-01.3 fail | | no repository is declared for this store | at least one repository
BR-17 vault BR-17.1 error | | the samples end before today | 30 days of room | parse
DR-01 moh DR-01.1 unchecked | | no signed record was handed in | signed, reviewed and in force | unsigned
DR-02 moh DR-02.2 fail | birth-certificates | no recovery time is declared | recovery time and point declared
DR-02 moh DR-02.2 pass | vaccination-cards | 4 hours and 1 hour | recovery time and point declared
IS-07 moh#dns-domain IS-07.1 unchecked | | the register has no domain name | | undeclared
IS-20 db1 IS-20.1 fail | | PermitRootLogin is "yes"; allowed is prohibit-password, no | prohibit-password or no
IS-20 db1 IS-20.4 fail | | PasswordAuthentication is yes | no
IS-20 app1 IS-20.1 error | | not allowed to look | prohibit-password or no | denied
IS-20 app1 IS-20.4 error | | not allowed to look | no | denied
IS-20 old1 IS-20.1 unreachable | | no connection in time | prohibit-password or no | dark
IS-21 db1 IS-21.1 fail | openssl 3.0.11-1 | pending for 41 days | installed within 7 days
IS-21 db1 IS-21.1 fail | linux-image-6.1 | pending for 22 days | installed within 7 days
IS-21 app1 IS-21.1 pass | | nothing pending | installed within 7 days
IS-21 old1 IS-21.1 unreachable | | no connection in time | installed within 7 days | dark
"""
"""What the run saw: control, asset, clause, state | subject | seen | expected | gap."""


def _rows() -> tuple[Row, ...]:
    found: dict[tuple[str, str], list[Seen]] = {}
    for line in TABLE.strip().splitlines():
        head, *texts = (part.strip() for part in line.split("|"))
        control, asset, clause, state = head.split()
        subject, message, expected, gap = (*texts, "")[:4]
        found.setdefault((control, asset), []).append((clause, State(state), subject, message, expected, GAPS.get(gap)))
    return tuple((control, asset, tuple(seen)) for (control, asset), seen in found.items())


ROWS = _rows()
_KINDS = {"moh": AGENCY, "app1": LINUX, "db1": LINUX, "old1": LINUX, "registry": STORE, "vault": REPO}
HOSTS = {"app1": "app1", "db1": "db1", "old1": "old1", "registry": "db1", "vault": "app1"}


def kind_of(asset: str) -> AssetKind:
    """Of a name that the table does not have: a server where it says so, else a store."""
    return _KINDS.get(asset, LINUX if asset.startswith("server") else STORE)


WORST = (
    State.FAIL, State.ERROR, State.UNREACHABLE, State.UNCHECKED, State.STALE, State.PASS, State.NOT_APPLICABLE,
)  # fmt: skip
WAIVER = Waiver(
    id="w-2026-004", agency="moh", control="DS-18", asset="db1", reason="The vaccine scanner is read by USB",
    measure="Ports are sealed and logged", approved_by="PMO, B. Kollie", since="2026-10-01", until="2026-12-31",
)  # fmt: skip


def _verdict(row: Row, catalog: Catalog) -> Verdict:
    control, asset, seen = row
    clauses: dict[str, list[Finding]] = {}
    checks = {leaf.id: leaf.check or ("document" if leaf.document else "pending")
              for leaf in catalog.controls[control].leaves}  # fmt: skip
    host = HOSTS.get(asset)
    source = SEEN.format(host) if host else BARE
    for clause, state, subject, message, expected, gap in seen:
        finding = Finding(
            "moh", control, asset, clause, checks[clause] or "", subject, state, message, expected, source, gap, AT
        )
        clauses.setdefault(clause, []).append(finding)
    alternative = {leaf.id for one in catalog.controls[control].clauses if one.any_of for leaf in one.leaves}
    results = tuple(
        ClauseResult(name, "alternative" if name in alternative else "required",
                     min((f.state for f in found), key=WORST.index), tuple(found))
        for name, found in clauses.items()
    )  # fmt: skip
    state = min((r.state for r in results), key=WORST.index)
    kind = asset.partition("#")[2] or str(kind_of(asset))
    return Verdict(
        "moh", control, asset, kind, "standard", catalog.controls[control].severity, Enforcement.REQUIRED, state,
        next(r.clause for r in results if r.state is state), Assurance.OBSERVED, results, AT,
    )  # fmt: skip


def _entry(verdict: Verdict) -> PostureEntry:
    waived = (verdict.control, verdict.asset) == (WAIVER.control, WAIVER.asset)
    return PostureEntry(
        verdict.agency, verdict.control, verdict.asset, verdict.kind, verdict.tier, verdict.severity,
        verdict.enforcement, State.WAIVED if waived else verdict.state, verdict.assurance, verdict.at,
        WAIVER.id if waived else None, verdict.state if waived else None,
    )  # fmt: skip


def a_site() -> Site:
    health = Agency(id="moh", name="Ministry of Health", tier=Tier.STANDARD)
    return Site(file=SiteFile(name="Liberia"), agencies=(health,), waivers=(WAIVER,))


def hostile_site() -> Site:
    """The register as a careless import would fill it."""
    text = "".join(one for one in HOSTILE if len(one) < 1000).replace("\ud800", "")
    waiver = WAIVER.model_copy(update={"reason": text, "measure": text, "approved_by": text, "subject": text})
    health = Agency(id="moh", name=text, tier=Tier.STANDARD)
    change = RegisterChange(what="asset", id=text, how="changed", fields=(text,))
    register = RegisterStanding(
        agency="moh", state="changed", by=text, at=AT, why=text, compared_with=AT, changes=(change,) * 40
    )
    moved = PlanChange(control=text, how="dropped", then="2026-12-01", reason=text)
    plan = PlanStanding(agency="moh", state="changed", by=text, at=AT, why=text, changes=(moved,) * 40, required=True)
    content = ContentStanding(state="void", by=text, at=AT, why=text)
    return Site(
        file=SiteFile(name=text), agencies=(health,), waivers=(waiver,), registers=(register,), plans=(plan,),
        content=content,
    )  # fmt: skip


def _asset(name: str, kind: AssetKind) -> JudgedAsset:
    host = HOSTS.get(name)
    endpoint = f"moh/{host}/ssh" if host == name else None
    return JudgedAsset("moh", name, kind, Tier.STANDARD, Cadence.ONLINE, host, endpoint, ":" not in name, {"id": name})


def _score(assets: Iterable[str]) -> AgencyScore:
    return AgencyScore(
        "moh", Figures(33.4, 71.2, 62.2, 33.4, 12, 20), Grade.E, "seen and failing",
        NextGrade(Grade.D, ("score 40 or more: 6.6 points are missing", "coverage is enough")),
        StageStanding(Stage.SEEN, Stage.BASICS, ("IS-21: security updates must be installed on db1",
                                                 "BR-01: every data store needs a declared backup",
                                                 "DS-01: its evidence is not built yet")),
        3,
        {"DS": Figures(41.2, 66.0, 75.2, 41.2, 5, 7), "DI": None, "BR": Figures(0.0, 23.1, 76.9, 0.0, 1, 2),
         "DR": Figures(0.0, 50.0, 50.0, 0.0, 1, 2), "IS": Figures(28.6, 71.4, 57.1, 28.6, 2, 7)},
        {name: Figures(0.0 if name == "db1" else 61.5, 88.0, 50.0, 0.0, 3, 5) for name in assets}, 38.1,
    )  # fmt: skip


def a_run(root: str = ".", rows: Sequence[Row] = ROWS, *, scope: str = "full") -> Run:
    """The run of the made-up agency `moh`; a partial one looked at db1 alone."""
    catalog = a_catalog(root)
    if scope == "partial":
        rows = [row for row in rows if row[1] == "db1"]
    verdicts = tuple(_verdict(row, catalog) for row in rows)
    names = {row[1]: kind_of(row[1]) for row in rows if "#" not in row[1]}
    endpoints = tuple(
        EndpointPlan(f"moh/{host}/ssh", "moh", host, Access(via="ssh", at=f"{host}.example.lr"), (), "shell", 60, 10)
        for host in ("app1", "db1", "old1")
        if host in names
    )
    pairs = tuple(
        Pair("moh", v.control, v.asset, AssetKind(v.kind), Tier.STANDARD, Enforcement.REQUIRED) for v in verdicts
    )
    plan = Plan(
        AT, Selection(assets=("db1",) if scope == "partial" else ()), ("moh",), endpoints,
        tuple(_asset(name, kind) for name, kind in names.items()), pairs, {}, {tier: str(tier) for tier in Tier},
    )  # fmt: skip
    digests = Digests(*("sha256:" + letter * 64 for letter in "csbmev"))
    score = _score(names)
    nation = NationScore(score.figures, 33.4, 33.4, {"E": 1}, 1, 1)
    return Run("20261123T120000Z-4f2a", AT, "2026-11-23T12:00:41Z", scope, digests, plan, {}, verdicts,
               tuple(map(_entry, verdicts)), {"moh": score}, nation)  # fmt: skip


HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J", "a\u202egnp.exe", "<script>alert(1)</script>", "nul\x00byte", "half\ud800surrogate",
    "/srv/da ta'; reboot; '$(reboot)`reboot`", "\"><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}", "x" * 10_000_000,
    "]]></style></pre><h1>", "&lt;b&gt;", "z\u0301" * 300, "\r\n\r\nHTTP/1.1 200 OK", "\u2028\u2029\u200b\ufeff",
)  # fmt: skip


def hostile_run(root: str = ".") -> Run:
    """`a_run` with a finding, a gap and a discovered store for each text of HOSTILE."""
    rows: list[Row] = list(ROWS)
    for text in HOSTILE:
        gap = Gap(GapReason.PARSE, text, text)
        rows += [
            ("BR-01", f"db1:{text}", [("BR-01.3", State.FAIL, text, text, text, None)]),
            ("IS-21", f"db1:{text}", [("IS-21.1", State.ERROR, text, text, text, gap)]),
            ("DS-12", f"db1:{text}", [("DS-12.1", State.FAIL, text, text, text, None)]),
        ]
    return a_run(root, rows)
