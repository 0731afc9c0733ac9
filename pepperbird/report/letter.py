"""The letter that asks an agency for leave to look at its systems: all of it from the plan, in plain English.

What would be run, as whom, what is read, what is never done, within which limits, at which hours, whom to call, and a
place to sign. Pure values here; `letter_text` writes them down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import EndpointPlan, JudgedAsset, Plan, ProbeCall
from pepperbird.model.site import Agency, Site
from pepperbird.model.sudoers import DEVICE
from pepperbird.model.text import clean
from pepperbird.plan.rights import rights
from pepperbird.report.words import count, date, kind, stop

NEVER: Final = (
    "No file is written, changed or deleted on a system, and no setting is changed.",
    "No program is installed, and none of ours stays on a system after the connection is closed.",
    "No service is started, stopped or restarted, and no update is downloaded or installed.",
    "The content of documents, mail and databases is not read.",
    "No password is asked for, guessed or tried, and no weakness is made use of.",
    "No other computer is contacted from a system, and no network is searched.",
)
BLANK: Final = "_" * 34


@dataclass(frozen=True, slots=True)
class Terms:
    """What the register does not say. '' leaves a line to fill in by hand."""

    hours: str = ""
    contact: str = ""
    days: int = 90
    annex: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the letter; `lines` is one text for a heading or paragraph, else one per item."""

    form: Literal["title", "heading", "subheading", "paragraph", "list", "code", "fields"]
    lines: tuple[str, ...]


def letter(catalog: Catalog, site: Site, plan: Plan, agency: Agency, terms: Terms) -> tuple[Block, ...]:
    """The whole letter for a plan of this agency alone. Raises UsageError where nothing would be contacted."""
    endpoints = [one for one in plan.endpoints if one.agency == agency.id and one.access.via != "kit"]
    if not endpoints:
        raise UsageError(
            f"the register names no access to a system of {agency.id}, so there is nothing to ask leave for"
        )
    office, name = _shown(site.file.name), _shown(agency.name)
    parts: tuple[Iterator[Block], ...] = (
        _opening(office, name, agency, plan.at),
        _systems(agency, plan, endpoints),
        _questions(catalog, endpoints),
        _rights(endpoints, terms),
        _answers(catalog, endpoints),
        _limits(catalog, endpoints),
        _hours(site, terms),
        _stopping(office, agency, endpoints, terms),
        _signing(office, name),
        _annex(catalog) if terms.annex else iter(()),
    )
    return tuple(block for part in parts for block in part)


def _shown(text: str, limit: int = 200) -> str:
    return clean(text, limit)


def _title(text: str) -> Block:
    return Block("title", (text,))


def _heading(text: str) -> Block:
    return Block("heading", (text,))


def _para(text: str) -> Block:
    return Block("paragraph", (text,))


def _list(items: Sequence[str]) -> Block:
    return Block("list", tuple(items))


def _opening(office: str, name: str, agency: Agency, at: str) -> Iterator[Block]:
    yield _title("Request for leave to look at computer systems")
    to = [f"{_shown(c.name)}{f', {_shown(c.role)}' if c.role else ''}" for c in agency.contacts]
    yield Block("fields", (f"To: {name}", *(f"Attention: {one}" for one in to), f"From: {office}", f"Date: {date(at)}"))
    yield _para(
        f"{office} asks {name} for leave to look at the systems named below with pepperbird, the checker of the "
        "national standards for data storage, data integrity, backup, disaster recovery and internet security. It "
        f"reads how the systems are set up, and gives {name} a report of what is in order, what is not, and what to "
        "mend first. It changes nothing. This letter says everything that it would do; nothing beyond it is asked for."
    )


def _systems(agency: Agency, plan: Plan, endpoints: Sequence[EndpointPlan]) -> Iterator[Block]:
    yield _heading("The systems")
    titles = {asset.id: asset.title for asset in agency.assets}
    yield _list([_system(one, titles.get(one.asset, "")) for one in endpoints])
    hosts = {one.asset for one in endpoints}
    others = [one for one in plan.assets if one.agency == agency.id and one.id not in hosts and one.id != agency.id]
    along = [_along(one) for one in others if one.host in hosts]
    if along:
        yield _para("What is seen there also tells about these, which are not contacted by themselves:")
        yield _list(along)
    apart = [_along(one) for one in others if one.host not in hosts]
    if apart:
        yield _para("Declared by the agency, and not contacted at all:")
        yield _list(apart)


def _system(endpoint: EndpointPlan, title: str) -> str:
    access = endpoint.access
    name = f"{_shown(title)} ({endpoint.asset})" if title else endpoint.asset
    if access.via != "ssh":
        return f"{name}, the computer that pepperbird itself runs on"
    through = f", through {', then '.join(map(_shown, access.jump))}" if access.jump else ""
    return f"{name}, at {_shown(access.at)}{through}, over SSH"


def _along(asset: JudgedAsset) -> str:
    title = _shown(str(asset.declared.get("title") or ""))
    name = f"{title} ({asset.id})" if title else asset.id
    return f"{name}, {kind(asset.kind)}{f' on {asset.host}' if asset.host else ''}"


def _questions(catalog: Catalog, endpoints: Sequence[EndpointPlan]) -> Iterator[Block]:
    program = catalog.programs["shell"]
    yield _heading("What is run")
    yield _para(
        "One connection is made to each system. Through it goes one program, the same for all systems of all agencies: "
        f"{len(program):,} bytes of readable shell text, which the command `pepperbird plan --program` prints. Its "
        "SHA-256 fingerprint is:"
    )
    yield Block("code", (hashlib.sha256(program).hexdigest(),))
    yield _para("The program asks these questions, one after the other, and prints the answers:")
    asked = {call.id: call for one in endpoints for call in one.probes}
    everywhere = set.intersection(*({call.id for call in one.probes} for one in endpoints))
    for collector in catalog.collectors.values():
        ours = [call for name, call in asked.items() if name.partition(".")[0] == collector.id]
        if ours:
            yield Block("subheading", (collector.title,))
            yield _list([_question(catalog, call, endpoints, everywhere) for call in ours])


def _question(catalog: Catalog, call: ProbeCall, endpoints: Sequence[EndpointPlan], everywhere: set[str]) -> str:
    namespace, _, name = call.id.partition(".")
    text = catalog.collectors[namespace].probes[name].doc
    root = ", with root's rights for some of it" if call.commands else ""
    some = [one.asset for one in endpoints if any(probe.id == call.id for probe in one.probes)]
    where = "" if call.id in everywhere else f" Only on {', '.join(some)}."
    return f"{stop(text)} At most {count(call.timeout, 'second')} and {_size(call.max_bytes)}{root}.{where}"


def _rights(endpoints: Sequence[EndpointPlan], terms: Terms) -> Iterator[Block]:
    needed = rights(endpoints)
    whole = [one.asset for one in endpoints if one.access.user == "root" and one.access.via == "ssh"]
    here = [one.asset for one in endpoints if one.access.via != "ssh"]
    yield _heading("With which rights")
    if len(whole) + len(here) < len(endpoints):
        yield _para(
            "The program runs as an ordinary account that is made for it. The account has no password and lets in one "
            f"key, which may run programs and nothing else; it ends by itself after {count(terms.days, 'day')}. The "
            "command `pepperbird access` prints the script that makes it, and another one that takes all of it away "
            "again; the agency's own administrator reads and runs them."
        )
    if whole:
        yield _para(f"On {', '.join(whole)} it runs as root, with every right: so the register has it.")
    if here:
        yield _para(f"On {', '.join(here)} it runs as the account that starts pepperbird there.")
    if not needed and not whole:
        yield _para("It has no right beyond those of an ordinary account.")
    for account, commands in needed.items():
        yield _para(
            f"As root the account `{account}` may run these commands, with exactly these arguments, and no other. "
            "sudo writes each use into the system's own log. Where the agency grants only some of them, the scan goes "
            "on, and the report says what could not be seen."
        )
        yield Block("code", tuple(one.command for one in commands))
        if any(DEVICE in one.command for one in commands):
            yield _para("DEVICE stands for the name of a disk: each disk of the system has a line of its own.")


def _answers(catalog: Catalog, endpoints: Sequence[EndpointPlan]) -> Iterator[Block]:
    yield _heading("What is read, and what leaves the system")
    most = max(sum(call.max_bytes for call in one.probes) for one in endpoints)
    yield _para(
        "Only the answers to the questions above leave a system: settings, versions, states, sizes and names. They "
        f"cannot be more than {_size(most)} for a system, and are mostly far less. Before anything is kept, these "
        "are struck out by the computer that asked:"
    )
    yield _list([stop(rule.doc) for rule in catalog.redactions])
    yield _heading("What is never done")
    yield _list(NEVER)


def _limits(catalog: Catalog, endpoints: Sequence[EndpointPlan]) -> Iterator[Block]:
    yield _heading("Limits")
    longest = max(one.deadline for one in endpoints)
    heavy = [
        catalog.collectors[one.partition(".")[0]].probes[one.partition(".")[2]].doc
        for one in sorted({call.id for endpoint in endpoints for call in endpoint.probes})
        if catalog.collectors[one.partition(".")[0]].probes[one.partition(".")[2]].cost == "heavy"
    ]
    yield _list(
        [
            f"A scan takes at most {count(longest, 'second')} for each system, connection included; then the "
            "connection is closed, whatever state it is in.",
            "Each question has a limit of its own in seconds and bytes, named above, and is ended when it reaches it.",
            "Questions are asked one at a time, so that a system never works on two of them at once.",
            *([f"These take more of a system than the others: {' '.join(map(stop, heavy))}"] if heavy else []),
        ]
    )


def _hours(site: Site, terms: Terms) -> Iterator[Block]:
    yield _heading("When")
    hours = _shown(terms.hours) or f"from {BLANK} to {BLANK}"
    yield _para(f"Hours at which a scan may run ({_shown(site.file.time_zone)} time): {hours}.")


def _stopping(office: str, agency: Agency, endpoints: Sequence[EndpointPlan], terms: Terms) -> Iterator[Block]:
    yield _heading("Whom to call, and how to stop it")
    contacts = [
        ", ".join(_shown(text) for text in (one.name, one.role, one.phone, one.mail) if text) for one in agency.contacts
    ]
    yield Block(
        "fields",
        (
            f"{office}: {_shown(terms.contact) or BLANK}",
            *(f"The agency: {one}" for one in contacts or (BLANK,)),
        ),
    )
    accounts = sorted({one.access.user for one in endpoints if one.access.user and one.access.user != "root"})
    yield _para(
        "The agency may end this at any time and need not say why: by a call, or by running the script of `pepperbird "
        "access --remove`"
        + (f", or at once by locking the account: `usermod --expiredate 1 {accounts[0]}`." if accounts else ".")
        + " A scan that is under way ends with its connection, and leaves nothing behind."
    )


def _signing(office: str, name: str) -> Iterator[Block]:
    yield _heading("Leave")
    yield _para(f"{name} allows {office} what this letter says, and nothing beyond it, until {BLANK}.")
    for who in (name, office):
        yield Block("fields", (f"For {who}", *(f"{one}: {BLANK}" for one in ("Name", "Office", "Date", "Signature"))))


def _annex(catalog: Catalog) -> Iterator[Block]:
    yield _heading("Annex: the program, whole")
    yield Block("code", tuple(catalog.programs["shell"].decode().splitlines()))


def _size(size: int) -> str:
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} megabytes"
    return f"{round(size / 1000)} kilobytes" if size >= 1000 else f"{size} bytes"
