"""From a parcel and what the site says of delivery to errands: one for each way and recipient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pepperbird.errors import UsageError
from pepperbird.model.delivery import Delivery, MailServer, Way
from pepperbird.model.people import Contact
from pepperbird.notify import bucket, folder, mail
from pepperbird.notify.deliver import Errand
from pepperbird.notify.letter import address_of, letter, message_id
from pepperbird.notify.parcel import Outcome, Parcel


@dataclass(frozen=True, slots=True)
class Given:
    """What only the process that delivers has: the site's folder, and what is behind the secrets of its ways."""

    root: Path
    secrets: Mapping[Way, str]


def ways_of(settings: Delivery, chosen: Sequence[Way]) -> tuple[Way, ...]:
    """The ways to use: those chosen, else all that the site configures. Raises UsageError for one that it does not."""
    configured: dict[Way, object] = {"mail": settings.mail, "folder": settings.folder, "s3": settings.s3}
    for way in chosen:
        if configured[way] is None:
            raise UsageError(f"site.yaml says nothing of delivery by {way}; write `{way}:` under `delivery:`")
    return tuple(way for way in configured if configured[way] is not None and (not chosen or way in chosen))


def errands(
    parcel: Parcel, contacts: Sequence[Contact], settings: Delivery, ways: Sequence[Way], given: Given
) -> Iterator[Errand]:
    """In the order of the ways and of the contacts. Raises UsageError for an address that is none."""
    if "mail" in ways and settings.mail is not None:
        yield from _mails(parcel, contacts, settings.mail, given)
    if "folder" in ways and settings.folder is not None:
        place = given.root / Path(settings.folder.path).expanduser()
        yield Errand(parcel, "folder", str(place), "", lambda at, may: folder.put(place, parcel))
    if "s3" in ways and settings.s3 is not None:
        where, secret = settings.s3, given.secrets.get("s3", "")
        yield Errand(
            parcel, "s3", f"{where.endpoint or 'aws'} {where.bucket}/{where.prefix}", "",
            lambda at, may: bucket.put(where, secret, parcel), tries=3,
        )  # fmt: skip


def _mails(parcel: Parcel, contacts: Sequence[Contact], server: MailServer, given: Given) -> Iterator[Errand]:
    """One to each address, whoever has it."""
    named = {folded(address_of(one.mail)): one for one in reversed(contacts) if one.mail}
    for one in (one for one in contacts if one.mail and named[folded(one.mail)] is one):
        yield Errand(
            parcel, "mail", folded(one.mail), message_id(parcel, server.sender, folded(one.mail)),
            partial(_send, parcel, one, server, given), tries=server.tries,
        )  # fmt: skip


def _send(
    parcel: Parcel, contact: Contact, server: MailServer, given: Given, at: str, may: Callable[[], bool]
) -> Outcome:
    recipient = folded(contact.mail)
    ca = str(given.root / Path(server.ca).expanduser()) if server.ca else None
    if ca is not None and not Path(ca).is_file():
        return Outcome("refused", f"{ca}: there is no such file of authorities")
    message = letter(parcel, server.sender, recipient, contact.name, at)
    return mail.send(server, given.secrets.get("mail"), recipient, message, ca, may)


def folded(address: str) -> str:
    """The same mailbox written the same: a domain has no capitals."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"
