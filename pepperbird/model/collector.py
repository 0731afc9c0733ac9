"""Collector: what is asked of a target and which facts come of it, from `collectors/<namespace>/collector.yaml`.

Families: `shell` runs functions of `probe.sh` (named `<namespace>_<probe>`) on a Unix shell, local or over ssh;
`connection` is told by the transport itself (algorithms offered, clock offset), nothing is run for it; `sql` asks a
database server one query per probe, `<probe>.sql`, in a read-only session that `session.sql` and `limit.sql` set up
(`clock.sql` asks for its time); `s3` asks an object store one operation per probe, its `call`, which only reads;
`powershell` runs functions of `probe.ps1`, named likewise, in the kit that a Windows server runs itself.
"""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from pepperbird.model.base import Bool, Identifier, Int, Model, PositiveInt, Slug, Str, Text
from pepperbird.model.fields import FieldSpec
from pepperbird.model.gap import GapReason
from pepperbird.model.state import AssetKind
from pepperbird.model.sudoers import command_words

STORE_PATHS: Final = "register.store_paths"
REPOSITORIES: Final = {
    f"register.{tool}": (tool, field)
    for field, tools in {
        "password_file": ("restic", "borg"), "config": ("pgbackrest", "rsnapshot", "bacula"), "patterns": ("files",),
        "log": ("rsync",), "mount": ("barman", "btrfs", "zfs", "lvm"),
    }.items()
    for tool in tools
}  # fmt: skip
"""The backup repositories of a tool that lie on the machine: three values each, its id, its path and this field."""
BUCKETS: Final = "register.buckets"
REPOSITORY_BUCKETS: Final = "register.repository_buckets"
"""The buckets that the register names in an object store: all of them, and those that are backup repositories."""
VAULTS: Final = "register.vaults"
"""The vaults of AWS Backup that are declared as repositories: two values each, the id and the name of the vault."""
KEPT: Final = {"register.kept_logs": "logs_to", "register.kept_packages": "packages_to"}
"""What the register declares to be kept on the machine for others: two values each, whose it is and its path here."""
MANY: Final = frozenset({STORE_PATHS, BUCKETS, REPOSITORY_BUCKETS, VAULTS, *REPOSITORIES, *KEPT})
"""What a probe may take as an argument and of which a machine may have none, one or many."""
PLACES: Final = {STORE_PATHS, *KEPT, *REPOSITORIES} | {f"{name}.{field}" for name, (_, field) in REPOSITORIES.items()}
"""What may stand in braces in a command that needs sudo: the path, or the further field of a repository."""


class Each(Model):
    """A query asked once in every database that another probe of the collector lists, and in no more than `most`."""

    probe: Identifier
    column: Identifier
    only: Identifier
    """The column of that probe that is true where this is asked."""
    most: PositiveInt = 64


class Found(Model):
    """The one value at `path` in what another probe was answered of the same bucket; lists are gone through."""

    probe: Identifier
    path: tuple[Str, ...] = Field(min_length=1)


class Call(Model):
    """One operation of an object store, or of AWS beside it.

    `scope` is what it is asked of: the account once, each bucket, each bucket that is a declared repository, the
    newest object in each of those (which the probe with `newest` finds), or each declared vault. `{account}`,
    `{bucket}`, `{key}` and `{vault}` in `given` stand for them, `{found}` for the value that `each` finds; everything
    else in it is fixed. `keep` are the members of the answer that are kept, at the top, and `columns` those of their
    rows; nothing else leaves the runner. `roots` are the elements that an answer may begin with (`json` for a text of
    JSON, `none` for an answer that has no text), `must` the members that it has: a server that does not know an
    operation may well answer another. `absent` are the error codes that say that nothing of this is set. `anonymous`
    asks without credentials. `next` is the member that leads to the next page, where the server is not S3.
    """

    operation: Str
    service: Literal["s3", "s3control", "kms", "backup"] = "s3"
    scope: Literal["account", "bucket", "repository", "object", "vault"] = "bucket"
    given: dict[Str, Str | Int] = Field(default_factory=dict)
    keep: tuple[Str, ...] = ()
    columns: tuple[Str, ...] = ()
    headers: tuple[Str, ...] = ()
    """Names of headers of the answer that are kept, in lower case; those that it lacks are left out."""
    not_aws: Bool = False
    """Asked only of servers other than AWS."""
    roots: tuple[Str, ...] = Field(min_length=1)
    must: tuple[Str, ...] = ()
    each: Found | None = None
    next: Str = ""
    absent: tuple[Str, ...] = ()
    anonymous: Bool = False
    newest: Bool = False
    """Goes through the pages of a list of objects, and keeps when the newest was written, and how many there are."""
    pages: PositiveInt = 1


class Probe(Model):
    """One bounded, read-only question.

    `exits` says what an exit status other than those in `ok` means; an exit status in neither is Gap `parse`.
    `commands` are the exact command lines that need sudo, absolute paths and fixed arguments: `privileges` prints them.
    `args` are declared site values the probe takes ($1, $2 ... in order), by the path they have in the register;
    `register.kept_logs` is two values, whose it is and its path, for each log that arrives on the machine;
    `register.store_paths` is as many values as there are directories of stores and databases on the machine, and
    `{register.store_paths}` in a command stands for each of them. `register.restic` is the id, the path and the
    `password_file` ('' where not declared) of each restic repository that lies on the machine, one after the other;
    `{register.restic}` in a command is the path, `{register.restic.password_file}` the file. So for the other tools.
    `/dev/DEVICE` in a command stands for one disk of the machine: sudoers names those that it has.
    `grants` are the statements that give a database account the right to ask, with `{account}` in its place; for an
    object store they are the actions of a policy, as `s3:GetBucketAcl`.
    """

    doc: Text
    parser: Identifier
    privilege: Literal["none", "sudo", "administrator"] = "none"
    commands: tuple[Str, ...] = ()
    timeout: PositiveInt = 10
    """Seconds."""
    max_bytes: PositiveInt = 65536
    typical_bytes: PositiveInt = 1024
    """What it says on an ordinary machine: the cost of a scan that never was is told by it."""
    ok: tuple[Int, ...] = (0,)
    exits: dict[Int, GapReason] = Field(default_factory=dict)
    cost: Literal["cheap", "moderate", "heavy"] = "cheap"
    args: tuple[Str, ...] = ()
    grants: tuple[Str, ...] = ()
    each: Each | None = None
    call: Call | None = None

    @model_validator(mode="after")
    def _privilege(self) -> Self:
        if (self.privilege == "sudo") != bool(self.commands):
            raise ValueError("`commands` lists what sudo must allow, and only a probe with `privilege: sudo` has it")
        for command in self.commands:
            command_words(command)
        return self


class Derived(Model):
    """A value computed by a named parser from the parsed output of several probes.

    A Gap in any of them is its Gap, but for those that the parser itself lays into the columns that they concern.
    """

    doc: Text
    parser: Identifier
    origin: tuple[Identifier, ...] = Field(alias="from", min_length=1)


class Collector(Model):
    id: Identifier
    title: Text
    doc: Text
    family: Literal["shell", "connection", "sql", "s3", "powershell"]
    on: tuple[AssetKind, ...] = Field(min_length=1)
    unproved: dict[AssetKind, Text] = Field(default_factory=dict)
    """By kind of machine what is said of every verdict that rests on it there, where it was never run on one."""
    probes: dict[Identifier, Probe] = Field(default_factory=dict)
    derived: dict[Identifier, Derived] = Field(default_factory=dict)
    facts: dict[Identifier, FieldSpec] = Field(min_length=1)


class RedactionRule(Model):
    """Bytes that never leave the collecting process: every match of `pattern` (RE2-like) becomes `put`.

    With `words` only those lines are looked at that have one of them, in any case; most output has none.
    """

    id: Slug
    doc: Text
    pattern: Str
    put: Str
    words: tuple[Str, ...] = ()


class Redactions(Model):
    rules: tuple[RedactionRule, ...]


class ListFile(Model):
    """A dated list that checks read as `lists.<id>`: strings, sets (name to strings) or table (key to record)."""

    id: Identifier
    title: Text
    as_of: Str
    license: Str
    source: tuple[Str, ...]
    shape: FieldSpec
    entries: tuple[Str, ...] | dict[Str, tuple[Str, ...]] | dict[Str, dict[Str, Str | Int]]
