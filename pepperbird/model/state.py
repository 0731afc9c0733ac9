"""States, tiers, severities: the closed sets of the standards, and how states combine.

The algebra over the required clauses of a pair (design, section 3): fail > error > unreachable > unchecked > stale >
pass; not_applicable only if all are. `any_of`: one pass suffices; else fail if any is conclusive; else the worst of the
unknown ones.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What is known of a pair (control, asset). `waived` is laid over a fail by posture, never computed by a check."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"
    ERROR = "error"
    UNREACHABLE = "unreachable"
    UNCHECKED = "unchecked"
    STALE = "stale"

    @property
    def conclusive(self) -> bool:
        """True where the state rests on evidence: pass, fail, not_applicable, waived."""
        return self in _CONCLUSIVE

    @property
    def unknown(self) -> bool:
        """True where evidence is missing: error, unreachable, unchecked, stale."""
        return self not in _CONCLUSIVE


_CONCLUSIVE = frozenset({State.PASS, State.FAIL, State.NOT_APPLICABLE, State.WAIVED})


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Tier(StrEnum):
    FOUNDATION = "foundation"
    STANDARD = "standard"
    CRITICAL = "critical"


class Enforcement(StrEnum):
    REQUIRED = "required"
    ADVISORY = "advisory"
    NOT_REQUIRED = "not-required"


class Assurance(StrEnum):
    """How a pass was seen, strongest first. The assurance of a pair is the weakest of the clauses that carried it."""

    OBSERVED = "observed"
    SELF_COLLECTED = "self-collected"
    ATTESTED = "attested"


class Cadence(StrEnum):
    """How often an asset can be reached; decides how long a result stays fresh."""

    ONLINE = "online"
    RELAY = "relay"
    VISITED = "visited"


class AssetKind(StrEnum):
    AGENCY = "agency"
    DATA_STORE = "data-store"
    LINUX_SERVER = "linux-server"
    WINDOWS_SERVER = "windows-server"
    NAS = "nas"
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MSSQL = "mssql"
    S3_BUCKET = "s3-bucket"
    NFS_EXPORT = "nfs-export"
    BACKUP_REPOSITORY = "backup-repository"
    WEB_ENDPOINT = "web-endpoint"
    DNS_DOMAIN = "dns-domain"
    MAIL_DOMAIN = "mail-domain"


SERVERS = frozenset({AssetKind.LINUX_SERVER, AssetKind.WINDOWS_SERVER, AssetKind.NAS})
"""The machines that other things stand on."""
