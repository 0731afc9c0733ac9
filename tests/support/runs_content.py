"""Made-up content for tests of what comes after judging: eleven controls, their checks with fixes, four baselines."""

from __future__ import annotations

from dataclasses import replace

from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.check import Check, Fix
from pepperbird.model.policy import Clause, Control, ControlSetting, Deadlines, Document, Freshness, Gate, Policy
from pepperbird.model.state import AssetKind, Enforcement, Severity, Tier

LINUX = AssetKind.LINUX_SERVER


def a_fix(text: str, shell: str = "", verify: str = "", undo: str = "", **given: object) -> Fix:
    plain = {"effort": "minutes", "cost": "none", "owner": "admin", "risk": "none"}
    scripts = {key: value for key, value in (("shell", shell), ("verify", verify), ("undo", undo)) if value}
    return Fix.model_validate({"text": text} | plain | scripts | given)


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
