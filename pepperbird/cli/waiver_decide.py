"""Deciding of a delay that was asked for: approve, refuse, revoke, each signed by the decider's own key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.cli.signing import Signing, open_store
from pepperbird.cli.waiver_request import read_content
from pepperbird.errors import UsageError
from pepperbird.model.site import Site
from pepperbird.trust.days import day_of
from pepperbird.trust.envelope import seal
from pepperbird.trust.statement import Kind
from pepperbird.trust.waiver import Act, Decision

if TYPE_CHECKING:
    from pepperbird.scan.cases import Case
    from pepperbird.store.runs import Store


@dataclass(frozen=True)
class Deciding:
    """The store, and how the decider's key for an agency is opened."""

    store: Store
    site: Site
    signer: Callable[[str], Signing]
    at: str


@contextmanager
def deciding(folder: Path, site: Site, signer: Callable[[str], Signing], at: str) -> Iterator[Deciding]:
    with open_store(folder, at) as store:
        yield Deciding(store, site, signer, at)


def approve(to: Deciding, name: str, since: str | None, until: str | None, reason: str, content: Path | None) -> str:
    """Raises UsageError for what may not be waived, by whom, or for so long."""
    from pepperbird.scan.waiving import cases_in, check_terms, failing, latest_day

    case = _case(to, name)
    request, zone = case.request, to.site.file.time_zone
    if case.state in ("approved", "refused", "revoked"):
        raise UsageError(f"{name} is {case.state} already; a renewal is asked for anew")
    today = day_of(to.at, zone)
    first = since or today
    if first < today:
        raise UsageError(f"--since {first}: a waiver is not back-dated; today is {today} in {zone}")
    catalog = read_content(to.site, content)
    if request.control not in catalog.controls:
        raise UsageError(f"the content has no control {request.control}")
    standing = failing(to.store, request)
    last = until or min(request.until, latest_day(to.site, catalog, request, first))
    if last > request.until:
        raise UsageError(f"--until {last}: later than was asked for ({request.until})")
    check_terms(to.site, catalog, request, first, last, cases_in(to.store, to.site), standing)
    signing = _signing(to, case)
    decision = Decision(
        act=Act.APPROVE, agency=request.agency, request=case.digest, reason=reason, by=signing.entry.holder, at=to.at,
        since=first, until=last, run=standing.run,
    )  # fmt: skip
    _record(to, signing, decision)
    return f"Approved {name}: {request.control} on {request.asset} from {first} to {last}. The score stays as it is."


def refuse(to: Deciding, name: str, reason: str) -> str:
    """Raises UsageError where something was decided already."""
    case = _case(to, name)
    if case.state in ("approved", "refused", "revoked"):
        raise UsageError(f"{name} is {case.state} already")
    _decide(to, case, Act.REFUSE, reason)
    return f"Refused {name}."


def revoke(to: Deciding, name: str, reason: str) -> str:
    """Raises UsageError where it is not approved."""
    case = _case(to, name)
    if case.state != "approved":
        raise UsageError(f"{name} is not approved, so there is nothing to revoke ({case.state})")
    _decide(to, case, Act.REVOKE, reason)
    return f"Revoked {name}: the fail stands without it from now on."


def _decide(to: Deciding, case: Case, act: Act, reason: str) -> None:
    signing = _signing(to, case)
    holder = signing.entry.holder
    _record(
        to,
        signing,
        Decision(act=act, agency=case.request.agency, request=case.digest, reason=reason, by=holder, at=to.at),
    )


def _case(to: Deciding, name: str) -> Case:
    from pepperbird.scan.waiving import cases_in

    found = [case for case in cases_in(to.store, to.site) if name in (case.id, case.digest)]
    if not found:
        raise UsageError(f"no request {name!r}; `pepperbird waiver list` shows all")
    if len(found) > 1:
        raise UsageError(
            f"several requests are called {name}; name the whole digest: {', '.join(o.digest for o in found)}"
        )
    (case,) = found
    if case.state == "void" and case.waiver is None:
        raise UsageError(f"the request {name} does not hold: {case.why}")
    return case


def _signing(to: Deciding, case: Case) -> Signing:
    """The decider's key. Raises UsageError for the one who asked."""
    from pepperbird.scan.cases import why_not

    signing = to.signer(case.request.agency)
    if reason := why_not(to.store.ledger.ring(), case.request, case.key, signing.key.key_id):
        raise UsageError(f"{case.id}: {reason}; nothing was signed")
    return signing


def _record(to: Deciding, signing: Signing, decision: Decision) -> None:
    from pepperbird.store.signed import About

    about = About(Kind.WAIVER, decision.agency, f"{decision.act} {decision.statement().subjects[0].name}")
    to.store.signed.add(seal(decision.statement(), signing.key), about, to.at)
