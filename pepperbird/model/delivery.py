"""Delivery: how reports reach the agencies, as the site says it, and what became of each.

A secret is a reference; what it holds is never part of these values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from pepperbird.model.base import Model, PositiveInt, Slug, Str, Text
from pepperbird.model.serve import TimeOfDay

Way = Literal["mail", "folder", "s3"]
WAYS: tuple[Way, ...] = ("mail", "folder", "s3")
SecretRef = Annotated[str, StringConstraints(pattern=r"^(env|file|cred|command):.+$")]
Mail = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]
"""An address as it is written, without a name, a comment or quotes."""


class Sender(Model):
    mail: Mail
    name: Str = ""


class MailServer(Model):
    """The programme office's own mail server. `ca` names a file of authorities, where it is none publicly known.

    `tls: starttls` begins in clear and refuses to go on without encryption; `implicit` is encrypted from the first
    byte; `none` sends in clear, which has to be said, and never with a password.
    """

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535, strict=True)] = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca: Str | None = None
    user: Str | None = None
    secret: SecretRef | None = None
    sender: Sender = Field(alias="from")
    tries: PositiveInt = 4

    @model_validator(mode="after")
    def _whole(self) -> MailServer:
        if (self.user is None) != (self.secret is None):
            raise ValueError("user and secret go together")
        if self.user is not None and self.tls == "none":
            raise ValueError("a password is not sent in clear; use tls: starttls or implicit, or leave user out")
        return self


class Folder(Model):
    path: Text


class Bucket(Model):
    """A bucket of an object store. `endpoint` is its URL; left out it is AWS. `key` is the id of the access key."""

    bucket: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")]
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{0,200}$")] = ""
    endpoint: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$")] | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    key: Str
    secret: SecretRef


class DigestDay(Model):
    """When the weekly mail goes to those who asked for it, on the clock of the site."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: TimeOfDay = "07:00"


class Delivery(Model):
    """`delivery:` of site.yaml. A way that is not configured is not used."""

    formats: tuple[Slug, ...] = ("html",)
    mail: MailServer | None = None
    folder: Folder | None = None
    s3: Bucket | None = None
    digest: DigestDay = DigestDay()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one parcel on one way to one recipient.

    `state` is `trying` until the first byte of it leaves, `sending` from then until it is known, `sent`, `unsure`
    where the connection ended before the server said whether it took it, or `failed`. `said` is what the other side
    said last; of the first two states it is a mark of whoever tries.
    """

    digest: str
    way: str
    recipient: str
    agency: str
    run: str
    at: str
    state: Literal["trying", "sending", "sent", "unsure", "failed"]
    message_id: str
    said: str
