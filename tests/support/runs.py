"""A made-up agency's run with every state, gap and kind of finding in it, for tests of what comes after judging.

Texts are like those of real content, so that a report made of it can be looked at. `hostile_run` is the same run with
what an unfriendly target would send in every place that a target can reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.check import Check, Fix
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan, JudgedAsset, Pair, Plan, Selection
from pepperbird.model.policy import Clause, Control, ControlSetting, Deadlines, Document, Freshness, Gate, Policy
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, Figures, Grade, NationScore, NextGrade, Stage, StageStanding
from pepperbird.model.site import Access, Agency, Site, SiteFile, Waiver
from pepperbird.model.state import AssetKind, Assurance, Cadence, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict

AT = "2026-11-23T12:00:00Z"
LINUX = AssetKind.LINUX_SERVER
P, F, E, U, X, N = State.PASS, State.FAIL, State.ERROR, State.UNREACHABLE, State.UNCHECKED, State.NOT_APPLICABLE
DENIED = Gap(
    GapReason.DENIED, "sudo asked for a password", "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T -f /etc/ssh/sshd_config"
)  # fmt: skip
DARK = Gap(GapReason.CONNECT_TIMEOUT, "no connection to 10.20.0.9 port 22 within 15 seconds")
UNSIGNED = Gap(GapReason.NO_ATTESTATION, "no record in attestations/moh", "")
NOT_BUILT = Gap(GapReason.NO_COLLECTOR, "needs the database collector")


def a_fix(text: str, shell: str = "", verify: str = "", undo: str = "", *, risk: str = "none", effort: str = "minutes",
          cost: str = "none", owner: str = "admin", variants: dict[str, dict[str, str]] | None = None) -> Fix:  # fmt: skip
    given = {"text": text, "effort": effort, "cost": cost, "owner": owner, "risk": risk, "variants": variants or {}}
    given |= {key: value for key, value in (("shell", shell), ("verify", verify), ("undo", undo)) if value}
    return Fix.model_validate(given)


def a_check(name: str, title: str, why: str, fix: Fix) -> Check:
    return Check.model_construct(id=name, title=title, why=why, fix=fix, expect="true", message="m", expected="e")


CHECKS = (
    a_check(
        "sshd.root-login", "Root cannot log in over SSH with a password",
        "A shared root password leaves no name in the log and opens every machine at once.",
        a_fix(
            "Let administrators log in with their own account and key, then close the door for root's password. Keep a "
            "second session open until the new one works.",
            "printf 'PermitRootLogin prohibit-password\\n' > /etc/ssh/sshd_config.d/10-root.conf\nsshd -t && systemctl "
            "reload ssh", "sshd -T | grep -i permitrootlogin",
            "rm /etc/ssh/sshd_config.d/10-root.conf && systemctl reload ssh", risk="reload",
            variants={"el7": {"text": "CentOS 7 has no sshd_config.d: edit the line in /etc/ssh/sshd_config.",
                              "shell": "sed -i '/^PermitRootLogin/d' /etc/ssh/sshd_config\nsystemctl reload sshd"}},
        ),
    ),
    a_check(
        "sshd.password-login", "Log-in over SSH needs a key", "Passwords are guessed day and night on every open port.",
        a_fix("Install each administrator's public key first, then turn passwords off.",
              "printf 'PasswordAuthentication no\\n' > /etc/ssh/sshd_config.d/11-password.conf\nsystemctl reload ssh",
              "sshd -T | grep -i passwordauthentication", risk="reload", effort="hours"),
    ),
    a_check(
        "storage.capacity", "Data filesystems have room", "A full disk stops the service and may tear the last write.",
        a_fix("Find what grew, move or delete it by your retention rule, or enlarge the volume.",
              'du -xh --max-depth=2 "$SUBJECT" | sort -h | tail -20', 'df -h "$SUBJECT"', effort="hours", cost="small"),
    ),
    a_check(
        "storage.data-encrypted", "Data lies on encrypted volumes", "A disk that is stolen or sold is then only scrap.",
        a_fix("Move the data to a LUKS volume in a maintenance window; make and test a backup first.",
              effort="days", risk="data"),
    ),
    a_check(
        "storage.usb-blocked", "USB storage is blocked", "A stick carries data out and malware in.",
        a_fix("Block the kernel module.", "echo 'install usb-storage /bin/false' > /etc/modprobe.d/usb-storage.conf",
              "modprobe -n -v usb-storage", "rm /etc/modprobe.d/usb-storage.conf"),
    ),
    a_check(
        "packages.security-updates", "Security updates are installed in time", "Known holes are used within days.",
        a_fix("Install the security updates and restart what they touched.",
              "apt-get update && apt-get -y upgrade", "apt-get -s upgrade | grep -ci security", risk="restart"),
    ),
    a_check(
        "register.backup-declared", "Each data store has a declared backup",
        "What nobody wrote down is what nobody restores.",
        a_fix("Name the repository under `backed_up_to` of the store in the agency's file; set one up where none is.",
              effort="days", cost="budget", owner="management"),
    ),
    a_check("backup.repository-room", "The repository has room", "A full repository silently ends the backups.",
            a_fix("Prune by the agreed retention or enlarge the volume.", effort="hours", cost="small")),
    a_check("register.service-targets", "Each service has recovery targets", "Without targets no plan can be tested.",
            a_fix("Decide with the service's owner how long it may be down and how much may be lost.",
                  effort="days", owner="management")),
)  # fmt: skip


def _clause(name: str, check: str = "", *, pending: str = "", document: str = "", on: AssetKind = LINUX) -> Clause:
    if check:
        return Clause(id=name, check=check, on=(on,))
    if pending:
        return Clause(id=name, pending=pending, on=(on,))
    paper = Document(title=document, sections=("roles", "targets"), signers=("head of agency",), valid_days=365)
    return Clause(id=name, document=paper, on=(on,))


STORE, REPO, AGENCY = AssetKind.DATA_STORE, AssetKind.BACKUP_REPOSITORY, AssetKind.AGENCY
CONTROLS: tuple[tuple[str, str, Severity, bool, tuple[Clause, ...]], ...] = (
    ("DS-03", "Data at rest is encrypted", Severity.HIGH, True, (
        Clause(any_of=(_clause("DS-03.1", "storage.data-encrypted"),
                       _clause("DS-03.2", pending="needs the database collector"))),)),
    ("DS-12", "Storage has room to grow", Severity.HIGH, True, (_clause("DS-12.1", "storage.capacity"),)),
    ("DS-18", "Removable media are controlled", Severity.MEDIUM, True, (_clause("DS-18.2", "storage.usb-blocked"),)),
    ("DI-14", "Databases check their pages", Severity.MEDIUM, True, (
        _clause("DI-14.1", pending="needs the database collector"),)),
    ("BR-01", "Everything that matters is backed up", Severity.CRITICAL, False, (
        _clause("BR-01.1", pending="needs the restic collector", on=STORE),
        _clause("BR-01.3", "register.backup-declared", on=STORE))),
    ("BR-17", "Repositories have room", Severity.MEDIUM, True, (
        _clause("BR-17.1", "backup.repository-room", on=REPO),)),
    ("DR-01", "There is a recovery plan", Severity.HIGH, True, (
        _clause("DR-01.1", document="Disaster recovery plan", on=AGENCY),)),
    ("DR-02", "Recovery targets are decided", Severity.HIGH, True, (
        _clause("DR-02.2", "register.service-targets", on=AGENCY),)),
    ("IS-07", "The domain is signed", Severity.HIGH, True, (
        _clause("IS-07.1", pending="needs the DNS collector", on=AssetKind.DNS_DOMAIN),)),
    ("IS-20", "Remote administration is hardened", Severity.HIGH, True, (
        _clause("IS-20.1", "sshd.root-login"), _clause("IS-20.4", "sshd.password-login"))),
    ("IS-21", "Security updates are installed", Severity.CRITICAL, True, (
        _clause("IS-21.1", "packages.security-updates"),)),
)  # fmt: skip
TITLES = {"BR": "Backup and recovery", "DS": "Data storage", "DI": "Data integrity", "DR": "Disaster recovery",
          "IS": "Internet security"}  # fmt: skip


def a_control(name: str, title: str, severity: Severity, waivable: bool, clauses: tuple[Clause, ...]) -> Control:
    kinds = tuple({leaf.on[0]: None for clause in clauses for leaf in clause.leaves})
    return Control(
        id=name, title=title, severity=severity, severity_why="It decides how much is lost.", applies_to=kinds,
        waivable=waivable, statement=f"{title}, on every machine and store of the agency.", rationale="It pays.",
        clauses=clauses, remediation=("Follow the fix of each check.",), references={"nist": ("AC-17",)},
    )  # fmt: skip


def a_catalog(root: str) -> Catalog:
    controls = {row[0]: a_control(*row) for row in CONTROLS}
    settings = {name: ControlSetting(enforcement=Enforcement.REQUIRED) for name in controls}
    baselines = {
        str(tier): ResolvedBaseline(
            str(tier), f"{tier} tier", tier, (), Deadlines(critical=7, high=30, medium=90, low=180),
            Freshness(online=7, relay=14, visited=None), Gate(score=60, coverage=70), settings,
        )
        for tier in Tier
    }  # fmt: skip
    baselines["moh-local"] = replace(
        baselines["standard"], id="moh-local", title="Health's own", loosened=("DS-12.min_free_pct",)
    )
    policies = {
        standard: Policy(id=standard, title=title, version="0.1.0", status="draft", catalogue={}, controls=own)
        for standard, title in TITLES.items()
        if (own := tuple(c for c in controls.values() if c.id.startswith(standard)))
    }
    return Catalog(
        policies, controls, {check.id: check for check in CHECKS}, {}, baselines, {}, {}, (), {}, "sha256:" + "c" * 64,
        root,
    )  # fmt: skip


Row = tuple[str, str, Sequence[tuple[str, State, str, str, str, Gap | None]]]
"""(control, asset, [(clause, state, subject, message, expected, gap)])"""
SEEN, BARE = "sshd.effective of moh/{}/ssh", "the register"
ROWS: tuple[Row, ...] = (
    ("DS-03", "db1", [("DS-03.1", F, "/srv/registry", "/srv/registry lies on /dev/sdb1 without encryption", "every data volume encrypted", None),
                      ("DS-03.2", X, "", "needs the database collector", "encrypted tablespaces", NOT_BUILT)]),
    ("DS-03", "app1", [("DS-03.1", P, "/srv/www", "on LUKS volume data", "every data volume encrypted", None)]),
    ("DS-03", "old1", [("DS-03.1", U, "", "no connection in time", "every data volume encrypted", DARK)]),
    ("DS-12", "db1", [("DS-12.1", F, "/srv/registry", "4 percent free of 1.8 TB", "at least 15 percent free", None),
                      ("DS-12.1", F, "/var/lib/postgresql", "9 percent free of 200 GB", "at least 15 percent free", None),
                      ("DS-12.1", P, "/home", "71 percent free of 80 GB", "at least 15 percent free", None)]),
    ("DS-12", "app1", [("DS-12.1", P, "/srv/www", "71 percent free of 80 GB", "at least 15 percent free", None)]),
    ("DS-12", "old1", [("DS-12.1", U, "", "no connection in time", "at least 15 percent free", DARK)]),
    ("DS-18", "db1", [("DS-18.2", F, "", "the usb-storage module can be loaded", "usb-storage cannot be loaded", None)]),
    ("DS-18", "app1", [("DS-18.2", N, "", "this machine is virtual and has no USB", "usb-storage cannot be loaded", None)]),
    ("DI-14", "db1", [("DI-14.1", X, "", "needs the database collector", "page checksums on", NOT_BUILT)]),
    ("BR-01", "registry", [("BR-01.1", X, "", "needs the restic collector", "a backup inside the recovery point", replace(NOT_BUILT, detail="needs the restic collector")),
                           ("BR-01.3", F, "", "no repository is declared for this store", "at least one repository", None)]),
    ("BR-17", "vault", [("BR-17.1", E, "", "the samples end before today", "30 days of room", Gap(GapReason.PARSE, "df ended early", ""))]),
    ("DR-01", "moh", [("DR-01.1", X, "", "no signed record was handed in", "signed, reviewed and in force", UNSIGNED)]),
    ("DR-02", "moh", [("DR-02.2", F, "birth-certificates", "no recovery time is declared", "recovery time and point declared", None),
                      ("DR-02.2", P, "vaccination-cards", "4 hours and 1 hour", "recovery time and point declared", None)]),
    ("IS-07", "moh#dns-domain", [("IS-07.1", X, "", "the register has no domain name", "a signed zone", None)]),
    ("IS-20", "db1", [("IS-20.1", F, "", 'PermitRootLogin is "yes"; allowed is prohibit-password, no', "prohibit-password or no", None),
                      ("IS-20.4", F, "", "PasswordAuthentication is yes", "no", None)]),
    ("IS-20", "app1", [("IS-20.1", E, "", "not allowed to look", "prohibit-password or no", DENIED),
                       ("IS-20.4", E, "", "not allowed to look", "no", DENIED)]),
    ("IS-20", "old1", [("IS-20.1", U, "", "no connection in time", "prohibit-password or no", DARK)]),
    ("IS-21", "db1", [("IS-21.1", F, "openssl 3.0.11-1", "pending for 41 days", "installed within 7 days", None),
                      ("IS-21.1", F, "linux-image-6.1", "pending for 22 days", "installed within 7 days", None)]),
    ("IS-21", "app1", [("IS-21.1", P, "", "nothing pending", "installed within 7 days", None)]),
    ("IS-21", "old1", [("IS-21.1", U, "", "no connection in time", "installed within 7 days", DARK)]),
)  # fmt: skip
KINDS = {"moh": AGENCY, "app1": LINUX, "db1": LINUX, "old1": LINUX, "registry": STORE, "vault": REPO}
HOSTS = {"app1": "app1", "db1": "db1", "old1": "old1", "registry": "db1", "vault": "app1"}
WORST = (F, E, U, X, State.STALE, P, N)
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
        finding = Finding("moh", control, asset, clause, checks[clause] or "", subject, state, message, expected, source,
                          gap, AT)  # fmt: skip
        clauses.setdefault(clause, []).append(finding)
    alternative = {leaf.id for one in catalog.controls[control].clauses if one.any_of for leaf in one.leaves}
    results = tuple(
        ClauseResult(name, "alternative" if name in alternative else "required",
                     min((f.state for f in found), key=WORST.index), tuple(found))
        for name, found in clauses.items()
    )  # fmt: skip
    state = min((r.state for r in results), key=WORST.index)
    kind = asset.partition("#")[2] or str(KINDS.get(asset, STORE))
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
    names = {row[1]: KINDS.get(row[1], STORE) for row in rows if "#" not in row[1]}
    endpoints = tuple(
        EndpointPlan(f"moh/{host}/ssh", "moh", host, Access(via="ssh", at=f"{host}.health.example.lr", user="pepperbird"),
                     (), "shell", 60, 10)
        for host in ("app1", "db1", "old1") if host in names
    )  # fmt: skip
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
    "/srv/da ta'; reboot; '$(reboot)`reboot`", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}{% raw %}", "x" * 10_000_000,
    "]]></style></pre><h1>", "&lt;b&gt;", "z\u0301" * 300, "\r\n\r\nHTTP/1.1 200 OK", "\u2028\u2029\u200b\ufeff",
)  # fmt: skip


def hostile_run(root: str = ".") -> Run:
    """`a_run` with a finding, a gap and a discovered store for each text of HOSTILE."""
    rows: list[Row] = list(ROWS)
    for text in HOSTILE:
        gap = Gap(GapReason.PARSE, text, text)
        rows += [
            ("BR-01", f"db1:{text}", [("BR-01.3", F, text, text, text, None)]),
            ("DI-14", f"db1:{text}", [("DI-14.1", E, text, text, text, gap)]),
            ("DS-12", f"db1:{text}", [("DS-12.1", F, text, text, text, None)]),
        ]
    return a_run(root, rows)
