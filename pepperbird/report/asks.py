"""What the administrator cannot do alone, as letters that are ready to send: to the host, the registrar, the head.

A letter tells what is asked, where, why, until when and how it is seen to be done. It blames nobody, and it names
nothing but this agency's own systems.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.report.facts import AgencyFacts, shown
from pepperbird.report.view import ReportView, Todo, UnseenView
from pepperbird.report.view_ahead import Letter, LetterItem
from pepperbird.report.words import EFFORT, THINGS, WHOM, count, date

MOST_PLACES = 8
MOST_PAPERS = 40
LINE = "_" * 30


def letters(
    facts: AgencyFacts, todos: Sequence[Todo], papers: Sequence[UnseenView], handing_in: str = ""
) -> tuple[Letter, ...]:
    """One for each of whom something is asked; none where nothing is."""
    found = []
    for owner in ("host", "registrar"):
        ours = [todo for todo in todos if todo.fix.owner == owner]
        if ours:
            found.append(_request(facts, owner, ours))
    decisions = [todo for todo in todos if todo.fix.owner == "management" and todo.check != "document"]
    wanted = [*_refused(todos), *_papers(facts.id, papers)]
    if decisions or wanted:
        found.append(_to_the_head(facts, decisions, wanted, handing_in))
    return tuple(found)


def in_letter(view: ReportView) -> bool:
    """Whether the letter to the head has every wanted document with all for which it is wanted."""
    assets: dict[str, set[str]] = {}
    for paper in view.documents:
        assets.setdefault(paper.title, set()).add(paper.gap.asset)
    return len(assets) <= MOST_PAPERS and all(len(some) <= MOST_PLACES for some in assets.values())


def agency_of(facts: AgencyFacts) -> str:
    return shown(facts.agency.name) if facts.agency else facts.id


def _request(facts: AgencyFacts, owner: str, todos: Sequence[Todo]) -> Letter:
    agency = agency_of(facts)
    things = count(len(todos), "thing")
    return Letter(
        owner=owner,
        title=f"Ask your {WHOM[owner]}",
        to=f"The {WHOM[owner]} of {agency}",
        subject=f"{THINGS[min(len(todos), 5)] if len(todos) < 6 else things} that we ask of you for {agency}",
        opening=(
            f"On {date(facts.run.at)} the systems of {agency} were checked against the government's standards for data "
            "storage, backup and security. What follows can only be done by you. Please confirm each, with the day on "
            "which it was done.",
        ),
        items=tuple(_item(todo) for todo in todos),
        closing=("Please write to us if something cannot be done, or costs money, so that we can decide together.",),
        signers=(f"For {agency}: name, date, signature",),
    )


def _item(todo: Todo) -> LetterItem:
    where = [": ".join(part for part in (place.asset, place.subject) if part) for place in todo.places[:MOST_PLACES]]
    more = f" and {len(todo.places) - MOST_PLACES} more" if len(todo.places) > MOST_PLACES else ""
    lines = [f"Where: {', '.join(where)}{more}", f"What to do: {todo.fix.text}"]
    if todo.fix.verify:
        lines.append(f"Seen by: {' ; '.join(todo.fix.verify.strip().splitlines())}")
    if todo.due:
        lines.append(f"By: {date(todo.due)}")
    return LetterItem(todo.title, todo.why, tuple(lines), todo.control)


def _refused(todos: Sequence[Todo]) -> Iterator[LetterItem]:
    """Documents that were handed in and do not count."""
    for todo in todos:
        if todo.check == "document":
            yield LetterItem(todo.control_title, "", (f"To do: {todo.fix.text}",), todo.control)


def _papers(agency: str, papers: Sequence[UnseenView]) -> Iterator[LetterItem]:
    """Each wanted document once, with everything it is wanted for."""
    by_title: dict[str, list[UnseenView]] = {}
    for paper in papers:
        by_title.setdefault(paper.title, []).append(paper)
    for title, some in by_title.items():
        clauses = dict.fromkeys(clause for one in some for clause in one.gap.clauses)
        assets = list(dict.fromkeys(one.gap.asset for one in some if one.gap.asset))
        lines = [some[0].paper] if some[0].paper else []
        if len(assets) > 1:
            more = f" and {len(assets) - MOST_PLACES} more" if len(assets) > MOST_PLACES else ""
            lines.append(f"One for each of: {', '.join(assets[:MOST_PLACES])}{more}")
        elif assets not in ([], [agency]):
            lines.append(f"For: {assets[0]}")
        if some[0].gap.remedy and not some[0].usual:
            lines.append(f"To do: {some[0].gap.remedy}")
        yield LetterItem(title, "", tuple(lines), ", ".join(clauses))


def _to_the_head(
    facts: AgencyFacts, decisions: Sequence[Todo], papers: Sequence[LetterItem], handing_in: str
) -> Letter:
    agency = agency_of(facts)
    asked = [count(len(decisions), "decision")] if decisions else []
    asked += [f"{len(papers)} {'document' if len(papers) == 1 else 'documents'} to sign"] if papers else []
    left = papers[MOST_PAPERS:]
    return Letter(
        owner="management",
        title="Needs your head's signature",
        to=f"The head of {agency}",
        subject=f"{' and '.join(asked).capitalize()} for {agency}",
        opening=(
            f"On {date(facts.run.at)} {agency} was checked against the government's standards. What follows cannot be "
            "settled by our administrators: it needs your decision, or your name under a document. Forms with an "
            "example for each part come from the programme office (`pepperbird attest template`).",
        ),
        items=tuple(
            [_decision(todo) for todo in decisions]
            + list(papers[:MOST_PAPERS])
            + (
                [LetterItem(f"{len(left)} more documents", "", (", ".join(one.control for one in left),), "")]
                if left
                else []
            )
        ),
        closing=tuple(
            text
            for text in (
                f"For the administrator: {handing_in[:1].lower()}{handing_in[1:]}." if handing_in and papers else "",
                "Each counts once it is signed, handed in and reviewed by the programme office.",
            )
            if text
        ),
        signers=("Head of agency: name, date, signature", "Received by the administrator: name, date, signature"),
    )


def _decision(todo: Todo) -> LetterItem:
    item = _item(todo)
    takes = f"Takes {EFFORT[todo.fix.effort]}" + (", and a line in the budget" if todo.fix.cost == "budget" else "")
    return LetterItem(f"Decide: {item.title}", item.why, (*item.lines, takes), item.control)


def letter_text(letter: Letter) -> Iterator[str]:
    """The letter as plain lines, to be copied into a mail."""
    yield f"To: {letter.to}"
    yield f"Subject: {letter.subject}"
    for text in letter.opening:
        yield ""
        yield text
    for number, item in enumerate(letter.items, start=1):
        yield ""
        yield f"[ ] {number}. {item.title}" + (f" ({item.control})" if item.control else "")
        yield from (f"    {line}" for line in (*((item.why,) if item.why else ()), *item.lines))
    for text in letter.closing:
        yield ""
        yield text
    for signer in letter.signers:
        yield ""
        yield f"{signer}: {LINE}"
