"""A parcel as a mail to one person. Pure. No name, address or subject adds a header: what could is refused or shown."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pepperbird.errors import UsageError
from pepperbird.model.delivery import Sender
from pepperbird.model.text import clean
from pepperbird.notify.parcel import Parcel

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
MAX_ADDRESS = 254


def address_of(mail: str) -> str:
    """The address as it may stand in an envelope. Raises UsageError for anything that is not one plain address."""
    if len(mail) > MAX_ADDRESS or not _ADDRESS.fullmatch(mail):
        raise UsageError(f"{clean(mail, 100)!r} is no plain mail address")
    return mail


def message_id(parcel: Parcel, sender: Sender, recipient: str) -> str:
    """The same for the same parcel and recipient, so that a mail server knows a copy."""
    name = hashlib.sha256(f"{parcel.digest}\n{recipient}".encode()).hexdigest()[:40]
    return f"<{name}@{sender.mail.rpartition('@')[2]}>"


def letter(parcel: Parcel, sender: Sender, recipient: str, name: str, at: str) -> bytes:
    """The mail as bytes, in ASCII, ready for a server. `name` is the recipient's; `at` the time it is sent."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(clean(sender.name, 100), addr_spec=address_of(sender.mail))
    message["To"] = Address(clean(name, 100), addr_spec=address_of(recipient))
    message["Subject"] = clean(parcel.subject, 200)
    message["Date"] = format_datetime(datetime.fromisoformat(at))
    message["Message-ID"] = message_id(parcel, sender, recipient)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(parcel.text, cte="quoted-printable")
    for file in parcel.files:
        main, _, sub = file.kind.partition("/")
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    return message.as_bytes()
