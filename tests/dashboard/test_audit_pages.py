"""The audit log as the head, everybody else and the platform see it."""

from __future__ import annotations

import ast
import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.actions import record_audit, record_look
from accounts.models import AuditEvent, Person
from classroom.actions import make_join_link
from classroom.models import Lesson
from dashboard.sentences import SENTENCES
from tests.api.conftest import make_key
from tests.architecture.test_doors import CSRF_TOKEN
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.housekeeping.scenes import hold_lesson, publish

pytestmark = pytest.mark.django_db


def page(person: Person, name: str = "audit", **query: str) -> str:
    args = [] if name in {"own_audit", "platform_audit"} else ["here"]
    response = client_of(person).get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode("utf-8-sig")


def test_the_head_reads_sentences_with_todays_names(cast: Cast) -> None:
    people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    assert "<bdi>Salma</bdi> suspended <bdi>Bilal</bdi>" in page(cast.head)
    Person.objects.filter(pk=cast.bilal.pk).update(name="Bilal <b>")
    assert "suspended <bdi>Bilal &lt;b&gt;</bdi>" in page(cast.head)


def test_an_act_that_nobody_knows_and_a_thing_that_is_gone_have_a_sentence_too(cast: Cast) -> None:
    record_audit("moon.landed", institution=cast.school, by=None, target="moon:{who}")
    record_audit("lesson.ended", institution=cast.school, by=cast.head, target="lesson:gone")
    shown = page(cast.head)
    assert "<bdi>The system</bdi>: <bdi>moon.landed</bdi> (<bdi>something deleted</bdi>)" in shown
    assert "ended the lesson <bdi>something deleted</bdi>" in shown


def test_what_a_key_did_names_the_key_and_who_made_it(cast: Cast, lesson: Lesson) -> None:
    key, now = make_key(cast, "people:write", "join_links:write")[0], timezone.now()
    people.suspend_member(institution=cast.school, person=cast.bilal, by=key.pk)
    make_join_link(lesson=lesson, person=cast.amina, by=key.pk, now=now)
    shown = page(cast.head)
    client = "<bdi>The key “Timetable” (made by Salma)</bdi>"
    assert f"{client} suspended <bdi>Bilal</bdi>" in shown
    assert f"{client} made a link into the lesson <bdi>Fractions</bdi> for <bdi>Amina</bdi>" in shown
    assert "<bdi>Salma</bdi> made the API key <bdi>Timetable</bdi>" in shown


def acts_in_the_code() -> set[str]:
    """The first word of whatever writes a line, where it is written out."""
    writers, found = {"record_audit", "record_look", "_note", "_audit", "_tell"}, set()
    for app in ("accounts", "classroom", "recordings", "housekeeping", "dashboard"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            calls = [one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)]
            for call in (one for one in calls if getattr(one.func, "id", "") in writers and one.args):
                words = [one.value for one in ast.walk(call.args[0]) if isinstance(one, ast.Constant)]
                found |= {word for word in words if isinstance(word, str) and "." in word}
    return found


def test_every_act_has_a_sentence() -> None:
    acts = acts_in_the_code()
    assert {"api_key.created", "person.renamed", "provider.added", "recording.linked"} <= acts
    assert acts - set(SENTENCES) == set()


@pytest.mark.parametrize(("who", "code"), [("teacher", 403), ("amina", 403), ("guardian", 403)])
@pytest.mark.parametrize("name", ["audit", "audit_csv", "audit_check", "retention", "holds", "data_requests"])
def test_only_the_head_keeps_house(cast: Cast, who: str, code: int, name: str) -> None:
    address, client = reverse(name, args=["here"]), client_of(getattr(cast, who))
    response = client.post(address) if name == "audit_check" else client.get(address)
    assert response.status_code == code


@pytest.mark.parametrize("name", ["audit", "audit_csv", "retention", "holds", "data_requests"])
def test_the_stranger_cannot_tell_our_school_from_none(cast: Cast, name: str) -> None:
    client = client_of(cast.stranger)
    ours, none = (client.get(reverse(name, args=[slug])) for slug in ("here", "nowhere"))
    assert ours.status_code == none.status_code == 404
    said = [
        CSRF_TOKEN.sub(b"", answer.content).replace(f"/schools/{slug}/".encode(), b"*")
        for answer, slug in ((ours, "here"), (none, "nowhere"))
    ]
    assert said[0] == said[1]


def test_filters_by_person_act_and_days(cast: Cast) -> None:
    people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    assert "suspended" in page(cast.head, q="bila", act="person.suspended")
    assert "No line fits" in page(cast.head, q="amina", act="person.suspended")
    assert "No line fits" in page(cast.head, q="nobody like that")
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert "No line fits" in page(cast.head, first=tomorrow)
    assert "added" in page(cast.head, last=tomorrow)


def test_a_wrong_day_is_told_at_its_field(cast: Cast) -> None:
    response = client_of(cast.head).get(reverse("audit", args=["here"]), {"first": "31.31.2026"})
    assert response.status_code == 400
    assert "Enter a valid date" in response.content.decode()
    assert "31.31.2026" in response.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_more_lines_are_no_more_queries(cast: Cast, rows: int, django_assert_max_num_queries: Any) -> None:
    for number in range(rows):
        someone = Person.objects.create_user(f"p{number}@x.test", None, name=f"P{number}")
        record_audit("person.praised", institution=cast.school, by=someone, target=f"person:{someone.pk}")
    client = client_of(cast.head)
    with django_assert_max_num_queries(10):
        client.get(reverse("audit", args=["here"]))


def test_a_long_log_has_pages(cast: Cast) -> None:
    for number in range(60):
        record_audit(f"line.n{number}", institution=cast.school, by=cast.head, target="person:1")
    assert "<bdi>line.n59</bdi>" in page(cast.head)
    assert "<bdi>line.n5</bdi>" not in page(cast.head)
    assert "<bdi>line.n5</bdi>" in page(cast.head, page="2")


def test_the_sheet_holds_no_formula_and_is_itself_told(cast: Cast) -> None:
    Person.objects.filter(pk=cast.bilal.pk).update(name="=1+1")
    people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    rows = list(csv.reader(io.StringIO(page(cast.head, "audit_csv"))))
    assert [row[4] for row in rows if row[3] == "person.suspended"] == ["'=1+1"]
    assert AuditEvent.objects.filter(act="audit.exported", actor=cast.head.pk).count() == 1


def bend(cast: Cast) -> int:
    seq = AuditEvent.objects.filter(institution=cast.school).latest("seq").seq
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_is_append_only")
    AuditEvent.objects.filter(institution=cast.school, seq=seq).update(act="person.praised")
    return seq


def test_the_button_says_whether_the_chain_is_whole(cast: Cast) -> None:
    client = client_of(cast.head)
    check = reverse("audit_check", args=["here"])
    assert "The chain is whole" in client.post(check, follow=True).content.decode()
    seq = bend(cast)
    assert f"broken at line {seq}" in client.post(check, follow=True).content.decode()


def test_the_command_names_the_broken_line(cast: Cast, capsys: Any) -> None:
    call_command("check_audit")
    assert "here: whole" in capsys.readouterr().out
    seq = bend(cast)
    with pytest.raises(CommandError, match=f"here: broken at line {seq}"):
        call_command("check_audit")
    call_command("check_audit", "there")
    with pytest.raises(CommandError, match="nowhere"):
        call_command("check_audit", "nowhere")


class TestLooks:
    def looks(self, act: str) -> int:
        return AuditEvent.objects.filter(act=act).count()

    def test_reading_a_register_is_told_once_a_day(self, cast: Cast, lesson: Lesson) -> None:
        for who in (cast.teacher, cast.teacher, cast.head):
            client_of(who).get(reverse("register", args=[lesson.pk]))
        assert self.looks("register.read") == 2
        client_of(cast.teacher).get(reverse("register_csv", args=[lesson.pk]))
        assert self.looks("register.exported") == 1
        assert client_of(cast.amina).get(reverse("register", args=[lesson.pk])).status_code == 403
        assert self.looks("register.read") == 2

    def test_the_next_day_is_another_look(self, cast: Cast) -> None:
        """The day is the school's own: in Nairobi it turns at nine in the evening, UTC."""
        now = timezone.now()
        for later in (0, 0, 1):
            record_look(
                "recording.watched",
                institution=cast.school,
                by=cast.amina,
                target="recording:1",
                now=now + timedelta(days=later),
            )
        assert self.looks("recording.watched") == 2

    def test_watching_is_told_once_whoever_asks_for_the_video(self, cast: Cast) -> None:
        lesson = hold_lesson(cast, ended_at=timezone.now())
        publish(lesson, cast.amina)
        for who in (cast.amina, cast.amina, cast.teacher, cast.stranger):
            client_of(who).get(reverse("recording_video", args=[lesson.pk]))
        assert self.looks("recording.watched") == 2

    def test_ones_own_page_tells_who_read_the_register_and_what_became_of_one(self, cast: Cast) -> None:
        lesson = hold_lesson(cast, ended_at=timezone.now())
        client_of(cast.head).get(reverse("register", args=[lesson.pk]))
        people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
        for who in (cast.amina, cast.guardian):
            shown = page(who, "own_audit")
            assert "<bdi>Salma</bdi> read the register of <bdi>Fractions</bdi>" in shown
            assert "Bilal" not in shown
        assert "read the register of" not in page(cast.stranger, "own_audit")


def test_the_platform_sees_acts_on_institutions_and_nothing_from_inside(cast: Cast) -> None:
    admin = Person.objects.create_superuser("root@platform.test", None, name="Root")
    shown = page(admin, "platform_audit")
    assert "created the institution <bdi>Here</bdi>" in shown
    assert "Amina" not in shown
    assert client_of(admin).get(reverse("audit", args=["here"])).status_code == 404
    assert client_of(cast.head).get(reverse("platform_audit")).status_code == 403


def test_sensitive_acts_leave_a_line(cast: Cast) -> None:
    hold_lesson(cast, ended_at=timezone.now())
    people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    acts = list(AuditEvent.objects.filter(institution=cast.school).values_list("act", flat=True))
    assert {act: acts.count(act) for act in set(acts)} == {
        "person.added": 5,
        "course.created": 1,
        "person.enrolled": 3,
        "guardian.linked": 1,
        "lesson.scheduled": 1,
        "lesson.ended": 1,
        "person.suspended": 1,
    }
