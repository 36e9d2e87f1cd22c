"""Letters as a mail server receives them, in the reader's language and the school's time."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from icalendar import Calendar

from accounts.actions import suspend_person
from accounts.models import Institution, Person, Role
from classroom import actions
from classroom.models import Enrolment, Lesson, LessonStatus, Letter, LetterKind
from dashboard.tasks import send_letters
from recordings.models import Alarm, Recording, RecordingState
from tests.conftest import Cast, belong_to
from tests.receivers import closed_port

pytestmark = pytest.mark.django_db


class Sink:
    """Keeps letters; `refuse` is what it says to the next recipients instead of yes."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse: list[str] = []

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refuse:
            return self.refuse.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        return "250 OK"


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=closed_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
    yield sink
    controller.stop()


def plan(cast: Cast, title: str = "Fractions", starts_at: datetime | None = None) -> Lesson:
    starts_at = starts_at or timezone.now() + timedelta(days=2)
    return actions.schedule_lesson(
        course=cast.course,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=cast.teacher,
    )


def invite() -> None:
    now = timezone.now() - timedelta(minutes=1)
    actions.note_calendar_changes(now=now)
    actions.write_invitations(now=now + timedelta(seconds=31))
    send_letters()


def only(cast: Cast, person: Person) -> None:
    Enrolment.objects.exclude(person=person).delete()


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def calendars(letter: EmailMessage) -> list[EmailMessage]:
    return [part for part in letter.walk() if part.get_content_type() == "text/calendar"]


def test_an_invitation_is_a_letter_that_calendars_understand(cast: Cast, sink: Sink) -> None:
    only(cast, cast.amina)
    lesson = plan(cast)
    invite()
    (letter,) = sink.letters
    assert letter["To"] == "Amina <amina@here.test>"
    assert letter["Subject"].startswith("Invitation: Fractions")
    assert str(lesson.pk) in text_of(letter) and str(lesson.pk) in text_of(letter, "html")
    inline, attached = calendars(letter)
    assert inline.get_param("method") == "REQUEST"
    assert attached.get_filename() == "lessons.ics"
    for part in (inline, attached):
        calendar = Calendar.from_ical(part.get_content())
        (event,) = calendar.walk("VEVENT")
        assert (calendar["METHOD"], event["UID"], event["SEQUENCE"]) == ("REQUEST", f"{lesson.pk}@darasa", 0)
    for other in ("tomas@here.test", "bilal@here.test"):
        assert other not in letter.as_string()


def test_the_same_lesson_is_changed_and_cancelled_under_its_uid(cast: Cast, sink: Sink) -> None:
    only(cast, cast.amina)
    lesson = plan(cast)
    invite()
    Lesson.objects.update(title="Decimals")
    invite()
    Lesson.objects.update(status=LessonStatus.CANCELLED)
    invite()
    subjects = [str(letter["Subject"]).split(":")[0] for letter in sink.letters]
    assert subjects == ["Invitation", "Changed", "Cancelled"]
    found = [Calendar.from_ical(calendars(letter)[0].get_content()) for letter in sink.letters]
    assert [str(one["METHOD"]) for one in found] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [one.walk("VEVENT")[0] for one in found]
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    assert {str(event["UID"]) for event in events} == {f"{lesson.pk}@darasa"}


def test_a_series_is_one_letter_with_one_calendar_of_all(cast: Cast, sink: Sink) -> None:
    only(cast, cast.amina)
    for number in range(5):
        plan(cast, f"Week {number}", timezone.now() + timedelta(days=7 * number + 1))
    invite()
    (letter,) = sink.letters
    assert letter["Subject"] == "5 lessons for your calendar"
    assert [f"Week {number}" in text_of(letter) for number in range(5)] == [True] * 5
    (attached,) = calendars(letter)
    assert len(Calendar.from_ical(attached.get_content()).walk("VEVENT")) == 5


@pytest.mark.parametrize(("day", "hour", "said"), [(30, 8, "09:00"), (31, 7, "09:00")])
def test_times_are_the_schools_on_both_sides_of_a_clock_change(
    cast: Cast, sink: Sink, day: int, hour: int, said: str
) -> None:
    Institution.objects.update(time_zone="Europe/Zurich")
    only(cast, cast.amina)
    plan(cast, starts_at=datetime(2030, 3, day, hour, tzinfo=UTC))  # forward on 31 March 2030
    invite()
    for kind in ("plain", "html"):
        assert said in text_of(sink.letters[0], kind)
        assert "Europe/Zurich" in text_of(sink.letters[0], kind)


def test_an_arabic_letter_runs_from_right_to_left(cast: Cast, sink: Sink) -> None:
    Person.objects.filter(pk=cast.amina.pk).update(language="ar", name="أمينة، “يوسف”")
    only(cast, Person.objects.get(pk=cast.amina.pk))
    plan(cast, "حصة <الكسور>")
    invite()
    (letter,) = sink.letters
    assert 'lang="ar" dir="rtl"' in text_of(letter, "html")
    assert "<bdi>حصة &lt;الكسور&gt;</bdi>" in text_of(letter, "html")
    assert "حصة <الكسور>" in text_of(letter) and "حصة <الكسور>" in letter["Subject"]
    (event,) = Calendar.from_ical(calendars(letter)[0].get_content()).walk("VEVENT")
    assert event["SUMMARY"] == "حصة <الكسور>"


def test_a_title_with_a_line_end_makes_no_header(cast: Cast, sink: Sink) -> None:
    only(cast, cast.amina)
    plan(cast, "Fractions\r\nBcc: all@here.test")
    invite()
    (letter,) = sink.letters
    assert letter["Bcc"] is None
    assert "Fractions Bcc: all@here.test" in letter["Subject"]


def test_a_reminder_goes_out_once_and_can_be_ended_by_one_click(cast: Cast, sink: Sink, client: Any) -> None:
    plan(cast, starts_at=timezone.now() + timedelta(minutes=10))
    for _ in range(2):
        actions.write_reminders(now=timezone.now())
        send_letters()
    (letter,) = sink.letters
    assert letter["To"] == "Tomas <tomas@here.test>"
    assert letter["Subject"].startswith("Reminder: Fractions")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(letter["List-Unsubscribe"]).strip(" <>")
    assert link in text_of(letter)
    client.post("/letters/" + link.rsplit("/", 1)[1], {"List-Unsubscribe": "One-Click"})
    plan(cast, starts_at=timezone.now() + timedelta(minutes=5))
    assert actions.write_reminders(now=timezone.now()) == 0


def test_a_letter_to_somebody_suspended_meanwhile_is_dropped(cast: Cast, sink: Sink) -> None:
    only(cast, cast.amina)
    plan(cast)
    now = timezone.now() - timedelta(minutes=1)
    actions.note_calendar_changes(now=now)
    actions.write_invitations(now=now + timedelta(seconds=31))
    suspend_person(institution=cast.school, person=cast.amina)
    send_letters()
    assert sink.letters == []
    assert Letter.objects.get().state == "dropped"


@pytest.mark.parametrize(("said", "state"), [("550 no such user", "dropped"), ("450 later", "waiting")])
def test_a_refused_recipient_does_not_hold_up_the_others(
    cast: Cast, sink: Sink, said: str, state: str
) -> None:
    sink.refuse = [said]
    plan(cast)
    invite()
    assert len(sink.letters) == 2
    assert sorted(Letter.objects.values_list("state", flat=True)) == sorted(["sent", "sent", state])


def test_a_mail_server_that_is_away_gets_the_letter_later(cast: Cast, sink: Sink, settings: Any) -> None:
    only(cast, cast.amina)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, closed_port()
    plan(cast)
    invite()
    waiting = Letter.objects.get()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert "Refused" in waiting.error
    settings.EMAIL_PORT = port
    Letter.objects.update(next_attempt_at=timezone.now())
    send_letters()
    assert [str(letter["Message-ID"]) for letter in sink.letters] == [f"<{waiting.pk}@127.0.0.1>"]
    assert Letter.objects.get().state == "sent"


def test_who_has_no_address_gets_no_letter_and_the_row_says_why(cast: Cast, sink: Sink) -> None:
    Person.objects.filter(pk=cast.amina.pk).update(email="amina@school.invalid")
    Person.objects.filter(pk=cast.bilal.pk).update(is_guest=True)
    plan(cast)
    invite()
    assert {str(letter["To"]) for letter in sink.letters} == {"Tomas <tomas@here.test>"}
    for person in (cast.amina, cast.bilal):
        letter = Letter.objects.get(person=person)
        assert (letter.state, letter.error) == ("dropped", "no address that letters reach")


# Warnings


@pytest.fixture
def alarm(cast: Cast, lesson: Lesson) -> Alarm:
    """Since ten o'clock at the school nobody records."""
    since = datetime(2026, 11, 20, 10, tzinfo=ZoneInfo(cast.school.time_zone))
    recording = Recording.objects.create(lesson=lesson, state=RecordingState.NO_RECORDER, state_at=since)
    return Alarm.objects.create(recording=recording, since=since, raised_at=since + timedelta(minutes=1))


def warn(cast: Cast, lesson: Lesson, kind: LetterKind) -> None:
    actions.warn_of_lesson(lesson=lesson, people=[cast.head], kind=kind, now=timezone.now())


def test_a_head_is_told_that_nobody_records_and_later_what_is_missing(
    cast: Cast, lesson: Lesson, alarm: Alarm, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    for _ in range(2):
        warn(cast, lesson, LetterKind.NO_RECORDER)
        send_letters()
    Alarm.objects.update(repaired_at=alarm.since + timedelta(minutes=7))
    warn(cast, lesson, LetterKind.RECORDED_AGAIN)
    send_letters()
    first, second = mailoutbox
    assert first.subject == f"No recorder: {lesson.title} ({lesson.course.title})"
    assert "no recorder since 10:00" in first.body
    assert "recorded from 10:07 on; 7 minutes are missing" in second.body
    for letter in (first, second):
        assert letter.recipients() == [f"{cast.head.name} <{cast.head.email}>"]
        assert f"/lessons/{lesson.pk}" in letter.body
        assert (letter.extra_headers["Auto-Submitted"], "List-Unsubscribe" in letter.extra_headers) == (
            "auto-generated",
            False,
        )


def test_a_head_reads_it_in_their_own_language(
    cast: Cast, lesson: Lesson, alarm: Alarm, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    Person.objects.filter(pk=cast.head.pk).update(language="ar")
    warn(cast, lesson, LetterKind.NO_RECORDER)
    send_letters()
    [letter] = mailoutbox
    assert 'dir="rtl"' in str(letter.alternatives[0][0])


def test_whoever_is_no_head_any_more_is_not_told(
    cast: Cast, lesson: Lesson, alarm: Alarm, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    warn(cast, lesson, LetterKind.NO_RECORDER)
    belong_to(cast.school, cast.bilal, Role.HEAD)
    suspend_person(institution=cast.school, person=cast.head)
    send_letters()
    assert mailoutbox == []
    assert Letter.objects.get(lesson=lesson).state == "dropped"
