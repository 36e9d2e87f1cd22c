"""A register that says why, and whose lines can be put right; one's own attendance; the watch-list."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.models import Person
from attendance.actions import settle_lesson
from attendance.models import ContactNote, RegisterEntry, WatchEntry
from attendance.queries import lessons_to_settle
from classroom import actions as lessons
from classroom.models import Lesson, Presence, Standing
from tests.architecture.test_doors import signed_in
from tests.attendance.scenes import come, draw, end, hold, plan, say_of_itself, write
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cast: Cast) -> Lesson:
    """Amina came twelve minutes late and looked away for a while; Bilal did not come."""
    day = timezone.now() - timedelta(days=1)
    lesson = plan(cast, day.replace(hour=8, minute=0, second=0, microsecond=0))  # on one day of the school's
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    tab = come(lesson, cast.amina, 12)
    say_of_itself(lesson, cast.amina, tab, "hidden", 30)
    say_of_itself(lesson, cast.amina, tab, "active", 40)
    end(lesson, cast)
    settle_lesson(lesson=lesson, now=timezone.now())
    return lesson


def line_of(lesson: Lesson, person: Person, name: str = "register_line") -> str:
    return reverse(name, args=[lesson.pk, person.pk])


def test_a_head_who_only_looked_on_stands_on_no_page(cast: Cast) -> None:
    lesson = plan(cast, timezone.now() - timedelta(minutes=30))
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    come(lesson, cast.head, 1, Standing.OBSERVER)
    client, address = signed_in(cast.teacher), reverse("register", args=[lesson.pk])
    assert "Amina" in (page := client.get(address).content.decode()) and cast.head.name not in page
    end(lesson, cast)
    settle_lesson(lesson=lesson, now=timezone.now() + timedelta(hours=1))
    assert "Amina" in (page := client.get(address).content.decode()) and cast.head.name not in page
    assert client.get(line_of(lesson, cast.head)).status_code == 404


@pytest.mark.parametrize("who", ["teacher", "head", "amina", "guardian"])
def test_why_she_was_late_has_an_answer_on_screen(cast: Cast, held: Lesson, who: str) -> None:
    page = signed_in(getattr(cast, who)).get(line_of(held, cast.amina)).content.decode()
    assert "12 minutes late" in page
    assert "Opened the room’s page" in page
    assert "The page said that it went to the background" in page
    assert ("Correct</button>" in page) == (who in {"teacher", "head"})


def test_what_a_minute_was_made_of_is_told_as_it_happened(cast: Cast, held: Lesson) -> None:
    page = signed_in(cast.teacher).get(line_of(held, cast.amina)).content.decode()
    told = [re.findall(r"<li><bdi>([\d:]+)", one) for one in page.split('class="because"')[1:]]
    assert max(map(len, told)) >= 3
    assert told == [sorted(times) for times in told]


@pytest.mark.parametrize("is_closed", [True, False])
def test_how_long_somebody_at_the_stream_is_believed_stands_beside_their_minutes(
    cast: Cast, is_closed: bool
) -> None:
    lesson = plan(cast, timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1))
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    lesson.refresh_from_db()
    came, viewer = lesson.starts_at + timedelta(minutes=2), uuid.uuid4()
    lessons.watch_stream(
        room=lesson.room, person=cast.amina, standing=Standing.STUDENT, viewer=viewer, now=came
    )
    if is_closed:
        lessons.leave_stream(
            room=lesson.room, person=cast.amina, viewer=viewer, now=came + timedelta(minutes=9)
        )
    else:
        Presence.objects.filter(occupant=viewer).update(last_seen_at=came + timedelta(minutes=9))
        lessons.close_silent_viewers(now=came + timedelta(minutes=12))
    end(lesson, cast)
    page = signed_in(cast.amina).get(line_of(lesson, cast.amina)).content.decode()
    assert "If it says nothing for 100 s it counts as closed" in page
    assert re.search(r":11:00</bdi> ([^<]+)</li>", page)[1] == (  # type: ignore[index]
        "Closed the live stream"
        if is_closed
        else "The live stream’s page was heard of for the last time: it counts as closed from here"
    )
    other = signed_in(cast.bilal).get(line_of(lesson, cast.bilal)).content.decode()
    assert "counts as closed" not in other


def test_messages_and_strokes_are_named_when_they_happened_and_not_what_they_were(cast: Cast) -> None:
    lesson = plan(cast, timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1))
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    come(lesson, cast.amina, 2)
    write(lesson, cast.amina, 20.25, "My secret")
    draw(lesson, cast.amina, 20.5)
    draw(lesson, cast.amina, 20.6)
    write(lesson, cast.amina, 20.75)
    end(lesson, cast)
    page = signed_in(cast.teacher).get(line_of(lesson, cast.amina)).content.decode()
    [minute] = [one for one in page.split('class="because"')[1:] if "Worked on the board" in one]
    assert re.findall(r"<li><bdi>\d\d:(20:\d\d)</bdi> ([^<]+)</li>", minute) == [
        ("20:15", "Wrote a message in the chat"),
        ("20:30", "Worked on the board, 2 times"),
        ("20:45", "Wrote a message in the chat"),
    ]
    assert "My secret" not in page
    settle_lesson(lesson=lesson, now=timezone.now())
    assert not lessons_to_settle(
        now=timezone.now()
    ).exists()  # rows that are no facts are not counted as such


def test_minutes_that_begin_between_two_of_the_clock_say_their_seconds(cast: Cast) -> None:
    lesson = plan(cast, timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1))
    come(lesson, cast.teacher, 0.5, Standing.TEACHER)
    come(lesson, cast.amina, 2)
    end(lesson, cast)
    page = signed_in(cast.teacher).get(line_of(lesson, cast.amina)).content.decode()
    assert re.search(r"<bdi>\d\d:00:30–\d\d:\d\d:30</bdi>", page)


def test_a_line_is_for_whom_it_concerns(cast: Cast, held: Lesson) -> None:
    for who, person, status in (
        (cast.bilal, cast.amina, 403),
        (cast.guardian, cast.bilal, 403),
        (cast.stranger, cast.amina, 404),
        (cast.teacher, cast.stranger, 404),
    ):
        assert signed_in(who).get(line_of(held, person)).status_code == status


def test_a_line_is_corrected_with_a_reason_and_taken_back(cast: Cast, held: Lesson) -> None:
    client = signed_in(cast.teacher)

    def post(name: str, **data: str) -> str:
        answer = client.post(line_of(held, cast.amina, name), data, follow=True)
        return str(answer.content.decode())

    assert "Say why" in post("register_correct", status="present", reason=" ")
    assert "The bus was late" in post("register_correct", status="present", reason="The bus was late")
    assert RegisterEntry.objects.get(person=cast.amina).status == "present"
    assert "Corrected by hand" in client.get(reverse("register", args=[held.pk])).content.decode()
    post("register_undo")
    assert RegisterEntry.objects.get(person=cast.amina).status == "late"
    for who in (cast.amina, cast.guardian):
        answer = signed_in(who).post(
            line_of(held, cast.amina, "register_correct"), {"status": "present", "reason": "x"}
        )
        assert answer.status_code == 403


def test_an_absence_is_excused_and_not_excused(cast: Cast, held: Lesson) -> None:
    client, address = signed_in(cast.head), line_of(held, cast.bilal, "register_excuse")
    client.post(address, {"reason": "A wedding"})
    assert RegisterEntry.objects.get(person=cast.bilal).status == "excused"
    client.post(address, {"withdraw": "1"})
    assert RegisterEntry.objects.get(person=cast.bilal).status == "absent"


def test_everybody_finds_their_own_attendance_and_their_childrens(cast: Cast, held: Lesson) -> None:
    pages = {
        who: signed_in(getattr(cast, who)).get(reverse("attendance")).content.decode()
        for who in ("amina", "bilal", "guardian")
    }
    assert line_of(held, cast.amina) in pages["amina"]
    assert line_of(held, cast.amina) not in pages["bilal"]
    assert line_of(held, cast.amina) in pages["guardian"]
    assert line_of(held, cast.bilal) not in pages["guardian"]
    people.unlink_guardian(institution=cast.school, guardian=cast.guardian, child=cast.amina)
    assert (
        line_of(held, cast.amina) not in signed_in(cast.guardian).get(reverse("attendance")).content.decode()
    )


def test_the_watch_list_is_for_who_can_do_something_about_it(cast: Cast) -> None:
    now = timezone.now()
    for number in range(1, 4):
        hold(cast, now - timedelta(days=number), [(cast.amina, 20, None), (cast.bilal, 0, None)])
    for lesson in Lesson.objects.order_by("starts_at"):
        settle_lesson(lesson=lesson, now=now)
    entry = WatchEntry.objects.get()
    teacher, address = signed_in(cast.teacher), reverse("watch_entry", args=[entry.pk])
    assert "Amina" in teacher.get(reverse("watch")).content.decode()
    assert "Came late to 3 of 3 lessons" in teacher.get(address).content.decode()
    teacher.post(reverse("watch_contact", args=[entry.pk]), {"way": "call", "text": "The bus."})
    assert ContactNote.objects.get().by == cast.teacher
    for who in (cast.amina, cast.bilal, cast.guardian):
        assert signed_in(who).get(reverse("watch")).status_code == 403
        assert signed_in(who).get(address).status_code == 403
    assert signed_in(cast.stranger).get(address).status_code == 404
    assert "Amina" not in signed_in(cast.stranger).get(reverse("watch")).content.decode()


def test_the_heatmap_is_drawn_without_javascript(cast: Cast, lesson: Lesson) -> None:
    address = reverse("heatmap", args=[lesson.pk])
    assert "The lesson is not running" in signed_in(cast.teacher).get(address).content.decode()
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    come(lesson, cast.amina, 0.5)
    page = signed_in(cast.teacher).get(address).content.decode()
    assert "There and active" in page
    assert "Nobody needs you right now." in page
    lessons.raise_hand(room=lesson.room, person=cast.amina, standing=Standing.STUDENT, now=timezone.now())
    page, only = (
        signed_in(cast.teacher).get(address, asked).content.decode() for asked in ({}, {"only": "on"})
    )
    assert "1 of 2 may need you." in page and "1 of 2 may need you." in only
    assert "Bilal" in page and "Bilal" not in only
    assert "hand up for" in only and 'name="only" checked' in only
    for who, status in ((cast.amina, 403), (cast.head, 403), (cast.stranger, 404)):
        assert signed_in(who).get(address).status_code == status
