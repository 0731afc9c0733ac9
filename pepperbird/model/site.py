"""Site: the register of agencies and what each has, as read from `agencies/<id>.yaml` under a site folder.

The agency's officer signs the register (`declared.RegisterStanding` says how far); what is found and not declared
counts against DS-01.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from pepperbird.model.agreed import AgreedPlan, PlanStanding
from pepperbird.model.attestation import Attestation
from pepperbird.model.attested import Attested
from pepperbird.model.base import Bool, Identifier, Model, Number, PositiveInt, Slug, Str, Text
from pepperbird.model.declared import ContentStanding, Decommission, RegisterStanding, Waiver
from pepperbird.model.delivery import Delivery
from pepperbird.model.kept import Drills, Kept
from pepperbird.model.people import Absence, Authorisation, Contact, Date
from pepperbird.model.retention import Backups, Retention
from pepperbird.model.schedule import Hours, Schedule
from pepperbird.model.serve import Serve
from pepperbird.model.state import AssetKind, Cadence, Tier

Via = Literal["ssh", "local", "replay", "sql", "s3", "restic", "tls", "http", "dns", "smtp", "tcp", "kit"]
SecretRef = Annotated[str, StringConstraints(pattern=r"^(env|file|cred|command):.+$")]
Pattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_@+.?*-]{1,100}$")]
"""Names of files, `*` and `?` for any characters; no folder."""
YearDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")]
"""A name of a bucket."""
AWS_BACKUP: Final = "aws-backup"
"""The `tool` of a repository that is a vault of AWS Backup."""
Vault = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{2,50}$")]
"""A name of a vault of AWS Backup."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Access(Model):
    """One way to reach an asset. `at` is host, host:port or a path; `as` the account; secrets are references only.

    `host_key` pins an SSH host key by fingerprint (`SHA256:...`), else known_hosts decides. `jump` names hosts to go
    through, nearest first. `legacy` allows the fallback to the `ssh` program for servers with only old algorithms.
    `compress` asks the SSH server to compress both ways; `link` names the thin line that the way goes over.
    `tls` and `ca` are for databases: `verify` asks for a certificate of a known authority (`ca` names a file of such)
    in the server's name, `require` for any, `off` for none; left out it is `require`, but on this computer itself.
    An object store (`via: s3`) is the URL of its server, or a region of AWS with the number of the `account`; `as` is
    the id of the access key, `buckets` are those to ask where it is not all, `region` what requests are signed for.
    """

    via: Via
    at: Str = ""
    user: Str | None = Field(default=None, alias="as")
    secret: SecretRef | None = None
    key: Str | None = None
    host_key: Str | None = None
    jump: tuple[Str, ...] = ()
    legacy: Bool = False
    compress: Bool = False
    link: Slug | None = None
    tls: Literal["verify", "require", "off"] | None = None
    ca: str | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")] | None = None
    account: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    buckets: tuple[Bucket, ...] = ()
    zone: Slug | None = None
    vantage: Literal["inside", "outside"] = "inside"


class Asset(Model):
    """A thing that is judged. `on` is the host asset it stands on, `path` where it lies, `directory` what rules it."""

    id: Slug
    kind: AssetKind
    title: Str = ""
    tier: Tier | None = None
    on: Slug | None = None
    site: Slug | None = None
    tool: Slug | None = None
    path: Str | None = None
    public: tuple[Str, ...] = ()
    """Addresses under which the Internet can reach it."""
    stores: tuple[Slug, ...] = ()
    directory: Str = ""
    logs_to: Kept | None = None
    packages_to: Kept | None = None
    cadence: Cadence = Cadence.ONLINE
    access: tuple[Access, ...] = ()


class Store(Model):
    """A data store, judged as an asset of kind data-store. `asset` is where it lives, `path` its directory there.

    `backup_as` are the names under which backups hold it, where they are not its path on its machine: a path, a prefix
    of archives, a stanza, a pattern of files.
    One that lives in a database server has `database` instead, the name of the database (MySQL: of the schema); one
    that lives in an object store has `bucket`. `purpose` says what binds it beyond the common rules: `records-archive`
    for records that may not change, `open-data` for what is published, last approved as such on `published`.
    """

    id: Slug
    asset: Slug
    title: Str = ""
    owner: Str = ""
    path: Str | None = None
    database: Str = ""
    bucket: Bucket | None = None
    purpose: Literal["", "records-archive", "open-data"] = ""
    published: Date | None = None
    classification: Str = Field(default="", alias="class")
    tier: Tier | None = None
    retention: Str = ""
    backed_up_to: tuple[Slug, ...] = ()
    backup_as: tuple[Text, ...] = ()


class Repository(Model):
    """A backup repository: an asset of kind backup-repository with what only repositories declare.

    `password_file` is the path, on the machine where it lies, of the file that the tool reads the passphrase from;
    pepperbird never reads it. `config` is the tool's own file there, for Bacula its catalogue: the file of SQLite, or
    the folder of PostgreSQL's socket. `log` is the log that rsync writes there. `patterns` are the files of a folder of
    dumps. `schedule` is how often it is filled, `keep_days` for how many days back nothing is thinned, `administrators`
    the fingerprints of the SSH keys of those who administer it or scan it, `directory` the domain or account that rules
    it. `mount` is what must be mounted for it to be there at all. One in an object store has `bucket`, and `on` names
    the object store; the bucket holds nothing but the repository. One of AWS Backup (`tool: aws-backup`) has `vault`,
    the name of the vault, and `on` names the object store of that account and region.
    """

    id: Slug
    tool: Slug
    media: Str = ""
    system: Str = ""
    schedule: Str = ""
    keep_days: PositiveInt | None = None
    on: Slug | None = None
    path: Str | None = None
    bucket: Bucket | None = None
    vault: Vault | None = None
    password_file: Str | None = None
    config: Str | None = None
    log: Str | None = None
    patterns: tuple[Pattern, ...] = ()
    mount: Str | None = None
    drills: Drills | None = None
    administrators: tuple[Text, ...] = ()
    directory: Str = ""
    site: Slug | None = None
    tier: Tier | None = None


class Link(Model):
    """A thin line, such as a satellite dish, that machines lie behind: asked one at a time, compressed, in few bytes.

    `kbits` is how much it carries, in kbit/s. One scan may use it for so many `minutes` and `megabytes`, and begins
    with no machine that would not fit any more.
    """

    id: Slug
    kbits: PositiveInt
    minutes: PositiveInt = 60
    megabytes: PositiveInt | None = None


class Place(Model):
    """Where machines stand. `role: alternate` marks the recovery site.

    `power` is when they are switched on, `quiet` when they must be left alone: schedules keep to both.
    """

    id: Slug
    lat: Number | None = None
    lon: Number | None = None
    country: Country
    role: Literal["primary", "alternate", "other"] = "other"
    power: tuple[Hours, ...] = ()
    quiet: tuple[Hours, ...] = ()


class Service(Model):
    """What citizens or officers use. `rto` and `rpo` in minutes, as the business impact analysis decided."""

    id: Slug
    title: Str = ""
    rto: PositiveInt | None = None
    rpo: PositiveInt | None = None
    tier: Tier | None = None
    stores: tuple[Slug, ...] = ()


class Agency(Model):
    """`power` holds for places that declare none of their own; `quiet` beside theirs."""

    id: Slug
    name: Text
    tier: Tier
    power: tuple[Hours, ...] = ()
    quiet: tuple[Hours, ...] = ()
    contacts: tuple[Contact, ...] = ()
    links: tuple[Link, ...] = ()
    sites: tuple[Place, ...] = ()
    services: tuple[Service, ...] = ()
    assets: tuple[Asset, ...] = ()
    stores: tuple[Store, ...] = ()
    repositories: tuple[Repository, ...] = ()
    authorisations: tuple[Authorisation, ...] = ()
    absences: tuple[Absence, ...] = ()


class EvidenceKey(Model):
    """The key that a scan signs with: its file, and where its passphrase is (asked for, where it is not said)."""

    file: Str
    passphrase: SecretRef | None = None


class Defaults(Model):
    """Site-wide limits, from `site.yaml`. Seconds and counts."""

    deadline: PositiveInt = 120
    connect_timeout: PositiveInt = 15
    parallel: PositiveInt = 32
    known_hosts: Str = "known_hosts"
    identity: Str | None = None
    user: Str | None = None
    evidence_key: EvidenceKey | None = None
    require_signed_content: Bool = False
    master_key: SecretRef | None = None
    """Where the key is under which the store seals evidence; without one it lies in clear."""
    retention: Retention | None = None


class SiteFile(Model):
    """`site.yaml`: one per site folder."""

    name: Text
    time_zone: Str = "Africa/Monrovia"
    budget_year: YearDay = "01-01"
    """The day on which each budget year begins, month and day."""
    baseline: Slug | None = None
    """An overlay file's id in `baselines/` of the site; None takes each tier's published baseline."""
    schedules: tuple[Schedule, ...] = ()
    targets: dict[Identifier, Number] = Field(default_factory=dict)
    """What each indicator of the quarterly report is to reach."""
    publish_names: Bool = False
    """True where the quarterly report may name agencies."""
    backups: Backups | None = Field(default=None, exclude=True)
    """Where the store is backed up to; decides no verdict, and is not kept with a run."""
    defaults: Defaults = Defaults()
    delivery: Delivery | None = Field(default=None, exclude=True)
    """How reports reach the agencies; decides no verdict, and is not kept with a run."""
    serve: Serve = Field(default=Serve(), exclude=True)
    """What `serve` does beside scanning; decides no verdict, and is not kept with a run."""

    @model_validator(mode="after")
    def _served(self) -> SiteFile:
        if self.serve.deliver and self.delivery is None:
            raise ValueError("serve: {deliver: true} needs `delivery:`; docs/delivery.md says what to write")
        if self.serve.prune is not None and self.defaults.retention is None:
            raise ValueError("serve: {prune: ...} needs `defaults: {retention: ...}`; docs/operating.md shows one")
        return self


class Site(Model):
    """Everything declared: the snapshot that a run keeps the digest of. `root` is the folder it was read from."""

    file: SiteFile
    agencies: tuple[Agency, ...]
    attestations: tuple[Attestation, ...] = ()
    """Files of the site: nobody's signature stands behind them, and none gives a pass."""
    attested: tuple[Attested, ...] = ()
    """Signed and reviewed records of the store, as they stood when the site was read for a run."""
    waivers: tuple[Waiver, ...] = ()
    decommissions: tuple[Decommission, ...] = ()
    registers: tuple[RegisterStanding, ...] = ()
    content: ContentStanding = ContentStanding()
    agreed: tuple[AgreedPlan, ...] = ()
    plans: tuple[PlanStanding, ...] = ()
    root: Str = Field(default="", exclude=True)

    def register(self, agency_id: str) -> RegisterStanding:
        """How far the agency's register is signed; unsigned where nothing is known of it."""
        return next((one for one in self.registers if one.agency == agency_id), RegisterStanding(agency=agency_id))

    def plan_of(self, agency_id: str) -> AgreedPlan | None:
        """The plan that the agency agreed to; None where there is none, or nothing was ever in it."""
        return next((one for one in self.agreed if one.agency == agency_id and (one.items or one.dropped)), None)

    def plan_standing(self, agency_id: str) -> PlanStanding:
        """How far the agency's plan is signed; unsigned where nothing is known of it."""
        return next((one for one in self.plans if one.agency == agency_id), PlanStanding(agency=agency_id))

    def agency(self, agency_id: str) -> Agency:
        """The agency of that id. Raises KeyError."""
        for one in self.agencies:
            if one.id == agency_id:
                return one
        raise KeyError(agency_id)
