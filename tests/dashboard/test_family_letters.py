"""Notes about attendance as a mail server receives them, and what becomes of them afterwards."""

from __future__ import annotations

import io
import sys
from datetime import UTC, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, override

from accounts.models import AuditEvent, Person
from attendance import actions
from attendance.actions import RuleWish, set_note_rules, settle_lesson, write_due_notes
from attendance.models import FamilyNote, NoteWay, NoteWish
from attendance.queries import way_of
from classroom.models import Letter, LetterKind, LetterState
from dashboard.sentences import lines_of
from dashboard.tasks import send_letters
from tests.attendance.scenes import hold
from tests.conftest import Cast
from tests.dashboard.test_letters import Sink, sink, text_of

pytestmark = pytest.mark.django_db
__all__ = ["sink"]

BOUNCE = """From: MAILER-DAEMON@mail.test
To: no-reply@darasa.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.test

Final-Recipient: rfc822; hodan@here.test
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--b
Content-Type: text/rfc822-headers

Message-ID: {name}
Subject: A note

--b--
"""


def cross(cast: Cast, **policy: Any) -> None:
    """Amina misses two lessons of this week; her guardian is to be told, at any hour of the day."""
    wanted = {"quiet_from_hour": 0, "quiet_until_hour": 0, "notes_unasked": True} | policy
    wish = RuleWish(is_on=True, limit=2, every="month", to_student=False, to_guardian=True)
    now = timezone.now()
    set_note_rules(institution=cast.school, rules={"absence": wish}, by=cast.head, now=now, **wanted)
    cast.school.refresh_from_db()
    # The month holds this day whatever today is.
    begins = now.astimezone(UTC).replace(day=10, hour=6, minute=0, second=0, microsecond=0)
    for number in range(2):
        lesson = hold(cast, begins + timedelta(hours=2 * number), [(cast.bilal, 0, None)])
        settle_lesson(lesson=lesson, now=lesson.ends_at)


def letter() -> Letter:
    return Letter.objects.get(kind=LetterKind.NOTE)


def test_a_note_arrives_once_however_often_the_sweeps_run(cast: Cast, sink: Sink) -> None:
    cross(cast)
    for _ in range(3):
        write_due_notes(now=timezone.now())
        send_letters()
    (arrived,) = sink.letters
    assert arrived["To"] == "Hodan <hodan@here.test>"
    assert arrived["Subject"] == "Amina has missed lessons"
    assert "Amina was missing in 2 of 2 lessons" in text_of(arrived)
    assert "Amina was missing in 2 of 2 lessons" in text_of(arrived, "html")
    assert "bilal" not in arrived.as_string().lower()
    assert letter().state == LetterState.SENT
    acts = list(AuditEvent.objects.filter(institution=cast.school).values_list("act", flat=True))
    assert [acts.count(act) for act in ("note.written", "letter.sent")] == [1, 1]


def test_it_speaks_the_language_of_its_reader_and_the_words_of_the_school(cast: Cast, sink: Sink) -> None:
    cross(cast)
    Person.objects.filter(pk=cast.guardian.pk).update(language="ar")
    words: dict[str, Any] = {"institution": cast.school, "measure": "absence", "by": cast.head}
    actions.word_note(
        language="ar", subject="غياب {student}", text="مرحبا {reader}، <b>{number}</b>", **words
    )
    actions.word_note(language="en", subject="Not this one", text="{number}", **words)
    write_due_notes(now=timezone.now())
    send_letters()
    (arrived,) = sink.letters
    assert arrived["Subject"] == "غياب Amina"
    html = text_of(arrived, "html")
    assert 'dir="rtl"' in html and "مرحبا Hodan، &lt;b&gt;2&lt;/b&gt;" in html


def test_no_letter_leaves_in_the_quiet_hours_even_if_it_has_waited(cast: Cast, sink: Sink) -> None:
    cross(cast)
    write_due_notes(now=timezone.now())
    hour = timezone.localtime(timezone.now(), timezone.get_fixed_timezone(180)).hour  # Nairobi
    cast.school.policy |= {"quiet_from_hour": hour, "quiet_until_hour": (hour + 2) % 24}
    cast.school.save()
    send_letters()
    assert sink.letters == [] and letter().state == LetterState.WAITING
    assert letter().next_attempt_at > timezone.now() and letter().attempts == 0


def test_a_refused_address_is_told_with_its_reason(cast: Cast, sink: Sink) -> None:
    cross(cast)
    sink.refuse = ["550 no such mailbox"]
    write_due_notes(now=timezone.now())
    send_letters()
    assert letter().state == LetterState.DROPPED and "no such mailbox" in letter().error
    assert AuditEvent.objects.filter(act="letter.dropped").count() == 1
    write_due_notes(now=timezone.now())
    assert FamilyNote.objects.count() == 1  # not tried again and again


def test_a_mail_server_that_is_away_is_tried_again(cast: Cast, sink: Sink) -> None:
    cross(cast)
    sink.refuse = ["451 later"]
    write_due_notes(now=timezone.now())
    send_letters()
    assert letter().state == LetterState.WAITING and letter().attempts == 1
    Letter.objects.update(next_attempt_at=timezone.now())
    send_letters()
    assert len(sink.letters) == 1


def give(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    call_command("read_bounce", stdout=io.StringIO())


def test_a_letter_that_comes_back_is_marked(cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    cross(cast)
    write_due_notes(now=timezone.now())
    send_letters()
    name = str(sink.letters[0]["Message-ID"])
    for said in (
        "no mail at all",
        BOUNCE.format(action="delayed", name=name),
        BOUNCE.format(action="failed", name=name.replace("@", "@not.")),
        BOUNCE.format(action="failed", name="<7@x>"),
    ):
        give(said, monkeypatch)
        assert letter().state == LetterState.SENT
    for _ in range(2):
        give(BOUNCE.format(action="failed", name=name), monkeypatch)
    assert letter().state == LetterState.BOUNCED and "no such mailbox" in letter().error
    assert AuditEvent.objects.filter(act="letter.bounced").count() == 1


def unsubscribe_address(arrived: EmailMessage) -> str:
    return "/" + str(arrived["List-Unsubscribe"]).strip("<>").split("/", 3)[3]


def test_one_click_ends_notes_and_the_page_begins_them_again(cast: Cast, sink: Sink) -> None:
    cross(cast)
    write_due_notes(now=timezone.now())
    send_letters()
    path = unsubscribe_address(sink.letters[0])
    browser = Client()
    assert b"End the notes?" in browser.get(path).content and not NoteWish.objects.exists()
    assert browser.post(path).status_code == 200
    assert way_of(cast.guardian) == NoteWay.NONE
    [told] = lines_of(AuditEvent.objects.filter(act__startswith="notes.wished", institution=cast.school))
    assert told.who == "Whoever held a link" and "without signing in" in told.sentence
    browser.force_login(cast.guardian)
    browser.post("/notes", {"way": "daily"})
    assert way_of(cast.guardian) == NoteWay.DAILY
    page = browser.get("/notes").content.decode()
    assert "Amina" in page and "in 2 lessons" in page


def test_a_guardian_who_is_none_when_it_is_sent_gets_nothing(cast: Cast, sink: Sink) -> None:
    cross(cast)
    write_due_notes(now=timezone.now())
    cast.guardian.children_links.all().delete()
    send_letters()
    assert sink.letters == [] and letter().state == LetterState.DROPPED


# The pages of the head.


def test_a_head_sets_rules_and_a_wrong_one_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    client.force_login(cast.head)
    path = f"/institutions/{cast.school.pk}/notes/rules"
    measures = ("absence", "lateness", "activity", "trend")
    typed = {
        f"{name}-{field}": value for name in measures for field, value in (("limit", 3), ("every", "week"))
    }
    typed |= {"absence-is_on": "on", "quiet_from_hour": 21, "quiet_until_hour": 6}
    answer = client.post(path, typed)
    assert answer.status_code == 400 and "Choose whom the note is for." in answer.content.decode()
    assert 'value="21"' in answer.content.decode()
    assert client.post(path, typed | {"absence-to_guardian": "on"}).status_code == 302
    cast.school.refresh_from_db()
    rules = {rule.measure: rule for rule in cast.school.note_rules.all()}
    assert rules["absence"].on_since is not None and rules["lateness"].on_since is None
    assert cast.school.policy["quiet_from_hour"] == 21


def test_words_are_looked_at_before_they_are_saved_and_are_no_code(cast: Cast, client: Client) -> None:
    client.force_login(cast.head)
    path = f"/institutions/{cast.school.pk}/notes/words/absence/ar"
    assert 'dir="rtl"' in client.get(path).content.decode()
    typed = {"subject": "About {student}", "text": "<script>x</script> {number}"}
    shown = client.post(path, typed | {"preview": "1"}).content.decode()
    with override("ar"):
        amina = gettext("Amina")
    assert f"About {amina}" in shown
    assert "&lt;script&gt;" in shown and "<script>x" not in shown
    assert not cast.school.note_wordings.exists()
    refused = client.post(path, typed | {"text": "{{ settings.SECRET_KEY }}"})
    assert refused.status_code == 400 and "means nothing here" in refused.content.decode()
    client.post(path, typed)
    assert cast.school.note_wordings.get().subject == "About {student}"
    assert client.get(path.replace("absence", "weather")).status_code == 404
    assert client.get(path.replace("/ar", "/tlh")).status_code == 404


def test_a_head_sees_what_became_of_each_note(cast: Cast, client: Client, sink: Sink) -> None:
    cross(cast)
    write_due_notes(now=timezone.now())
    client.force_login(cast.head)
    path = f"/institutions/{cast.school.pk}/notes"
    assert "Waiting" in client.get(path).content.decode()
    send_letters()
    assert "Hodan" in client.get(path, {"q": "ami", "state": "sent"}).content.decode()
    assert "Nothing was found" in client.get(path, {"state": "bounced"}).content.decode()


def test_nobody_else_comes_in(cast: Cast, client: Client) -> None:
    pages = [f"/institutions/{cast.school.pk}/notes{rest}" for rest in ("", "/rules", "/words/absence/en")]
    for person, status in ((cast.teacher, 403), (cast.guardian, 403), (cast.stranger, 404), (None, 302)):
        client.logout()
        if person:
            client.force_login(person)
        assert {client.get(path).status_code for path in pages} == {status}
