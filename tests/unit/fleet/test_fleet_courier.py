"""The courier: what a run of a schedule found goes out by itself, once; what fails is tried again; no scan waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest

from pepperbird.errors import UsageError
from pepperbird.fleet.asked import Asked
from pepperbird.fleet.courier import Courier, is_awake
from pepperbird.fleet.executor import Executor
from pepperbird.fleet.health import Health, said_of, undone
from pepperbird.fleet.metrics import metrics
from pepperbird.fleet.moments import text_of
from pepperbird.fleet.office import Office
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.model.catalog import Catalog
from pepperbird.model.state import State
from pepperbird.store.duties import DIGEST, DONE, OPEN, REPORT, UNSURE, Duty
from pepperbird.store.works import Request
from tests.support.mail_server import PASSWORD, USER, Post, serving
from tests.support.past import Past, failing
from tests.unit.fleet.conftest import NOON, Bench

DAILY = "schedules: [{id: nightly, cron: '0 2 * * *', within: 30}]\n"
CONTACTS = """\
contacts:
  - {name: A, mail: each@health.example.lr}
  - {name: B, mail: weekly@health.example.lr, digest: weekly}
"""
SITE = """\
serve: {{deliver: true}}
delivery:
  formats: [md]
  mail: {{host: localhost, port: {port}, user: {user}, secret: "env:X", ca: "{ca}", from: {{mail: p@pmo.example.lr}}}}
"""


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with serving(tmp_path_factory.mktemp("post")) as server:
        yield server


class Round:
    """A courier beside an executor on one bench, runs of a made-up past, and the mails since it was made."""

    def __init__(self, bench: Bench, post: Post, *, contacts: str = CONTACTS, lines: str = DAILY) -> None:
        self.bench, self.post, self._before = bench, post, len(post.mails)
        post.replies.clear()
        self.lines, self.contacts = SITE.format(port=post.port, user=USER, ca=post.ca) + lines, contacts
        bench.write("web", schedules=self.lines, agency=contacts)
        bench.switch_on("web")
        self.past, self.failing = Past(bench.store, {"moh": "Ministry"}, b""), False
        self.office: Office = replace(bench.office, secret=lambda *_: PASSWORD)
        self.health, self.site = Health(text_of(bench.moment)), SiteWatch(bench.site)
        self.executor = Executor(self.office, self.site, self.health)
        self.courier = Courier(self.office, self.site, self.health)

    def night(self, days: int = 1) -> None:
        """So many days later, after a run, which a schedule asked for. What failed in the one before passes, and
        the other way round."""
        self.bench.later(days=days)
        self.failing = not self.failing
        state = State.FAIL if self.failing else State.PASS
        entry = replace(failing("moh", text_of(self.bench.moment)), state=state, failing_since="")
        day = self.bench.moment.date().isoformat()
        run = self.past.keep(day, {"moh": 10.0 if self.failing else 20.0}, posture=(entry,))
        self.bench.store.duties.expect(REPORT, "moh", run, "", text_of(self.bench.moment))

    def change(self, old: str, new: str, contacts: str | None = None) -> None:
        """Somebody writes the site anew."""
        assert old in self.lines
        self.lines, self.contacts = self.lines.replace(old, new), self.contacts if contacts is None else contacts
        self.bench.write("web", schedules=self.lines, agency=self.contacts)
        self.site.schedules(self.office.log, self.health)

    @property
    def mails(self) -> list[str]:
        """To whom mails went."""
        return [one.rcpt_tos[0].partition("@")[0] for one in self.post.mails[self._before :]]

    @property
    def duties(self) -> dict[str, Duty]:
        return {one.what: one for one in self.bench.store.duties.all()}

    def text(self, number: int = -1) -> str:
        message = message_from_bytes(self.post.mails[number].content or b"", policy=default)
        body = message.get_body(("plain",))
        assert body is not None
        return f"{message['Subject']}\n{body.get_content()}".replace("\r", "")


@pytest.fixture
def made(bench: Bench, post: Post) -> Round:
    return Round(bench, post)


@pytest.fixture(autouse=True)
def read_content(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is that of this checkout, which was read before; runs of a made-up past have none of their own."""
    monkeypatch.setattr("pepperbird.fleet.courier.stored_content", lambda store, run: nullcontext(catalog))
    monkeypatch.setattr("pepperbird.scan.past.stored_content", lambda store, run: nullcontext(catalog))


def test_the_reports_of_a_run_go_out_once_to_those_who_want_each(made: Round) -> None:
    made.night()
    assert made.mails == [] and made.duties[REPORT].state == OPEN
    assert made.courier.round() and made.courier.round()
    assert made.mails == ["each", "weekly"], "the first of the weekly mails comes at once"
    assert {one.state for one in made.duties.values()} == {DONE}
    made.night()
    assert made.courier.round()
    assert made.mails == ["each", "weekly", "each"]
    assert made.health.now.wrong == () and made.health.now.delivered == 3
    assert "pepperbird_deliveries_total 3.0" in metrics(made.health.now)
    assert made.bench.events.count("delivered") == 3


@pytest.mark.slow
def test_a_schedule_s_full_run_is_delivered_and_no_other(bench: Bench, post: Post) -> None:
    part = "  - {id: part, cron: '0 3 * * *', kinds: [linux-server]}\n"
    made = Round(bench, post, lines=f"schedules:\n  - {{id: full, cron: '0 2 * * *'}}\n{part}")
    assert made.executor.round()
    bench.store.works.ask(Request("a", text_of(bench.moment), "a test", Asked().to_text()))
    assert made.executor.round() and bench.store.duties.all() == ()
    bench.later(hours=14, minutes=30)
    assert made.executor.round()
    (duty,) = bench.store.duties.all()
    assert (duty.what, duty.agency, duty.state) == (REPORT, "moh", OPEN)
    bench.later(hours=1)
    assert made.executor.round()
    assert [one.scope for one in bench.store.runs()] == ["partial", "full", "full"]
    assert bench.store.duties.all() == (duty,) and duty.run == bench.store.runs()[1].id
    made.change("deliver: true", "deliver: false")
    bench.later(hours=23)
    assert made.executor.round() and bench.store.duties.all() == (duty,)
    assert made.courier.round() and made.mails == [], "without leave nothing goes out"


def test_what_fails_is_tried_again_later_and_told_when_it_is_no_hiccup(made: Round, post: Post) -> None:
    made.night()
    made.courier.round()
    made.night()
    post.replies[:] = ["451 busy", "451 still busy", "250 taken"]
    assert not made.courier.round()
    assert made.health.now.wrong == (), "once may pass by itself"
    assert made.courier.round() and len(post.replies) == 2, "it is not tried again at once"
    made.bench.later(minutes=2)
    assert not made.courier.round()
    (said,) = made.health.now.wrong
    assert said.startswith("the report of moh of the run ") and said.endswith("the mail was refused: 451 still busy")
    assert 'pepperbird_delivery_failing{agency="moh",what="report"} 1.0' in metrics(made.health.now)
    made.bench.later(minutes=1)
    assert made.courier.round() and len(post.replies) == 1, "the second wait is longer"
    made.bench.later(minutes=2)
    assert made.courier.round() and made.health.now.wrong == ()
    assert made.mails[-1] == "each" and made.duties[REPORT].state == DONE
    assert made.bench.events.count("delivery-failed") == 2


def test_a_newer_report_takes_the_place_of_one_that_waits(made: Round, post: Post) -> None:
    made.night()
    made.courier.round()
    before = len(made.mails)
    made.night()
    post.replies[:] = ["451 no"]
    made.courier.round()
    since = made.duties[REPORT].since
    made.night()
    waiting = made.duties[REPORT]
    assert (waiting.since, waiting.tries, waiting.run) == (since, 0, made.bench.store.runs(limit=1)[0].id)
    assert made.courier.round() and made.mails[before:] == ["each"]


def test_nobody_knows_whether_it_arrived_is_said_until_somebody_decides(made: Round, post: Post) -> None:
    made.night()
    made.courier.round()
    made.night()
    post.replies[:] = ["cut"]
    tried = post.tried
    assert not made.courier.round()
    assert made.duties[REPORT].state == UNSURE
    (said,) = made.health.now.wrong
    assert "nobody knows whether it arrived" in said and "each@health.example.lr" in said
    made.bench.later(hours=3)
    assert not made.courier.round()
    assert post.tried == tried + 1, "it is not sent again by itself"
    made.night()
    assert made.courier.round() and made.health.now.wrong == (), "the next report takes its place"


def test_one_recipient_s_trouble_is_no_other_s(bench: Bench, post: Post) -> None:
    made = Round(bench, post, contacts=CONTACTS.replace("{name: B", "{name: N, mail: nobody@x.lr}\n  - {name: B"))
    made.night()
    assert not made.courier.round()
    assert made.mails == ["each", "weekly"]
    made.bench.later(minutes=5)
    assert not made.courier.round()
    assert made.mails == ["each", "weekly"], "who has it gets it no second time"
    assert "550 5.1.1 no such mailbox" in made.health.now.wrong[0]


@pytest.mark.slow
def test_no_run_is_kept_waiting_by_a_server_that_hangs(made: Round, post: Post) -> None:
    made.executor.round()
    made.night()
    post.hold = threading.Event()
    delivering = threading.Thread(target=made.courier.round)
    tried = post.tried
    delivering.start()
    try:
        while post.tried == tried:
            delivering.join(0.01)
        assert made.executor.round()
        assert made.bench.events.count("run-ended") == 1 and delivering.is_alive()
    finally:
        post.hold.set()
        delivering.join()
        post.hold = None
    assert made.mails == ["each", "weekly"]


def test_a_secret_that_is_not_there_is_told_and_nothing_is_lost(made: Round) -> None:
    def missing(*_: object) -> str:
        raise UsageError("site.yaml: delivery.mail.secret: X is not set")

    courier = Courier(replace(made.office, secret=missing), made.site, made.health)
    assert courier.round(), "it is looked up only where something is due"
    made.night()
    made.bench.later(minutes=2)
    assert not courier.round() and not courier.round()
    assert made.health.now.wrong == ("site.yaml: delivery.mail.secret: X is not set",)
    assert made.bench.events.count("courier-failing") == 1
    assert made.courier.round() and made.mails == ["each", "weekly"] and made.health.now.wrong == ()


def test_a_report_that_nobody_tries_to_deliver_is_told_in_two_hours(made: Round) -> None:
    """Whatever the courier waits for: it is not the courier that tells it."""
    made.night()
    duties = made.bench.store.duties.all()
    assert undone(duties, made.bench.moment + timedelta(hours=2)) == ()
    (one,) = undone(duties, made.bench.moment + timedelta(hours=2, minutes=1))
    assert said_of(one) == f"the report of moh of the run {one.run}: not delivered since {one.since}: nobody tried"


def test_a_report_whose_run_is_gone_or_whose_agency_left_is_owed_to_nobody(made: Round) -> None:
    store, at = made.bench.store, text_of(made.bench.moment)
    store.duties.expect(REPORT, "moh", "20200101T000000Z-abcdef", "", at)
    assert made.courier.round() and "pruned before" in made.duties[REPORT].said
    made.night()
    (made.bench.site / "agencies" / "moh.yaml").unlink()
    made.bench.write("web", schedules=made.lines, name="mof")
    made.site.schedules(made.office.log, made.health)
    assert made.courier.round() and made.mails == [] and made.duties[REPORT].state == DONE


def test_an_agency_that_nobody_can_be_written_to_is_told(bench: Bench, post: Post) -> None:
    made = Round(bench, post, contacts="")
    made.night()
    made.courier.round()
    bench.later(minutes=5)
    made.courier.round()
    assert made.health.now.wrong[0].endswith("the register names no contact with a mail address")


def test_a_time_that_a_wrong_clock_noted_keeps_nobody_waiting() -> None:
    duty = Duty(REPORT, "moh", wake="2026-11-23T12:30:00Z")
    assert not is_awake(duty, NOON) and is_awake(duty, NOON + timedelta(minutes=30))
    assert is_awake(replace(duty, wake="2099-01-01T00:00:00Z"), NOON)


Weeks = Callable[[str, str], Round]


@pytest.fixture
def weeks(bench: Bench, post: Post) -> Weeks:
    """A courier whose first weekly mail has been sent, with the clock at noon (UTC) of a Tuesday."""

    def give(zone: str, digest: str) -> Round:
        made = Round(bench, post, contacts="contacts: [{name: B, mail: weekly@health.example.lr, digest: weekly}]\n")
        made.change("formats:", f"digest: {digest}\n  formats:")
        made.change("serve:", f"time_zone: {zone}\nserve:")
        made.night()
        assert made.courier.round() and made.mails == ["weekly"]
        return made

    return give


def days_of(made: Round, hours: int) -> list[str]:
    """When mails go, by the clock of the site, where the courier looks each hour. A run ends each noon."""
    zone = ZoneInfo(made.site.site.file.time_zone)
    found: list[str] = []
    for _ in range(hours):
        if made.bench.moment.hour == 11:
            made.bench.later(hours=-23)
            made.night()
        else:
            made.bench.later(hours=1)
        before = len(made.mails)
        assert made.courier.round()
        found += [f"{made.bench.moment.astimezone(zone):%a %d %H:%M}"] * (len(made.mails) - before)
    return found


def test_a_weekly_mail_comes_on_its_day_with_what_changed_since_the_last(weeks: Weeks) -> None:
    made = weeks("Africa/Monrovia", '{day: thu, at: "07:00"}')
    assert made.text().startswith("The week of Ministry, 24 November 2026\nThis is the first mail of its kind.")
    assert days_of(made, 24 * 9) == ["Thu 26 07:00", "Thu 03 07:00"]
    assert made.text(-2).startswith(
        "The week of Ministry, 25 November 2026\n"
        "Since 24 November 2026: score 10.0, now 20.0 (+10.0), 1 result fixed.\n"
        "+ IS-20 "
    )
    assert made.text().startswith("The week of Ministry, 2 December 2026\nSince 25 November 2026: score 20.0, now ")
    assert "- " in made.text() and "Grade" in made.text().title()
    assert [one.state for one in made.bench.store.receipts.all("moh")] == ["sent"] * 3


def test_the_week_turns_by_the_clock_of_the_site(weeks: Weeks) -> None:
    made = weeks("Pacific/Auckland", '{day: wed, at: "00:30"}')
    made.night(days=6)  # Monday noon in UTC: Tuesday, one o'clock in the night, there
    assert days_of(made, 48) == ["Wed 02 01:00"], "on Tuesday at noon in UTC it is Wednesday there"


def test_a_week_that_was_missed_is_made_up_for_once(weeks: Weeks) -> None:
    made = weeks("Africa/Monrovia", '{day: mon, at: "07:00"}')
    made.night(days=22)
    assert made.courier.round() and made.mails == ["weekly", "weekly"]
    assert f"{made.bench.moment:%a %d}" == "Wed 16"
    assert made.text().partition("\n")[2].startswith("Since 24 November 2026: ")
    assert days_of(made, 24 * 7) == ["Mon 21 07:00"]


def test_nothing_new_is_no_mail(weeks: Weeks) -> None:
    made = weeks("Africa/Monrovia", '{day: thu, at: "07:00"}')
    made.bench.later(days=9)
    assert made.courier.round() and made.mails == ["weekly"]


def test_a_weekly_mail_that_fails_is_tried_again_and_goes_once(weeks: Weeks, post: Post) -> None:
    made = weeks("Africa/Monrovia", '{day: thu, at: "07:00"}')
    made.night(days=3)
    post.replies[:] = ["451 busy", "451 busy"]
    assert not made.courier.round()
    made.bench.later(minutes=2)
    assert not made.courier.round() and made.health.now.wrong[0].startswith("the digest of moh of the run ")
    made.bench.later(minutes=5)
    assert made.courier.round() and made.mails == ["weekly", "weekly"]
    assert days_of(made, 24) == []


def test_a_weekly_mail_in_doubt_is_told_and_not_sent_again(weeks: Weeks, post: Post) -> None:
    made = weeks("Africa/Monrovia", '{day: thu, at: "07:00"}')
    made.night(days=3)
    post.replies[:] = ["cut"]
    tried = post.tried
    assert not made.courier.round() and made.duties[DIGEST].state == UNSURE
    made.bench.later(hours=2)
    assert not made.courier.round() and post.tried == tried + 1
    made.night(days=7)
    assert made.courier.round() and made.mails == ["weekly", "weekly"]
    assert "Since 24 November 2026: " in made.text(), "what may not have arrived is told once more"


def test_a_mail_from_the_far_future_silences_nobody(weeks: Weeks) -> None:
    made = weeks("Africa/Monrovia", '{day: thu, at: "07:00"}')
    (receipt,) = made.bench.store.receipts.all("moh")
    far = replace(receipt, digest="x", run="20990101T000000Z-aaaaaa", at="2099-01-01T00:00:00Z")
    assert made.bench.store.receipts.begin(far, again=False) is None
    made.night(days=3)
    assert made.courier.round() and made.mails == ["weekly", "weekly"]
