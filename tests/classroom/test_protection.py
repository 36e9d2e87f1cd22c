"""Who must not be in a recording: what counts as permission, and what follows from it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import decide_recording
from accounts.models import AnswerSource, AuditEvent, Person, RecordingAnswer, RecordingPermission
from classroom import actions as lessons
from classroom.jitsi.tokens import user
from classroom.models import Knock, Lesson, Lobby, Protection, Standing
from classroom.protection import (
    Shield,
    is_like,
    left_out_of,
    protection_of,
    receive_only,
    shield_for,
    who_may_be,
)
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
OPEN, SILENT, UNSEEN = Shield(True, True), Shield(False, False), Shield(True, False)


def say(cast: Cast, person: Person, answer: str) -> int:
    return decide_recording(
        institution=cast.school,
        people=[person],
        answer=RecordingAnswer(answer),
        source=AnswerSource.HEAD,
        by=cast.head,
        now=timezone.now(),
    )


def use(cast: Cast, **policy: Any) -> None:
    cast.school.policy = {**cast.school.policy, **policy}
    cast.school.save()


def shield(cast: Cast, lesson: Lesson, person: Person, standing: Standing = Standing.STUDENT) -> Shield:
    fresh = Lesson.objects.select_related("institution").get(pk=lesson.pk)
    room = fresh.room
    room.lesson = fresh
    return shield_for(person, room, standing)


def test_the_last_word_counts_and_all_words_are_kept(cast: Cast, lesson: Lesson) -> None:
    assert shield(cast, lesson, cast.amina) == OPEN
    assert say(cast, cast.amina, "refused") == 1
    assert shield(cast, lesson, cast.amina) == SILENT
    assert shield(cast, lesson, cast.bilal) == OPEN
    assert say(cast, cast.amina, "refused") == 0
    assert say(cast, cast.amina, "given") == 1
    assert shield(cast, lesson, cast.amina) == OPEN
    said = RecordingPermission.objects.filter(person=cast.amina).values_list("answer", "decided_by__name")
    assert list(said) == [("given", "Salma"), ("refused", "Salma")]
    acts = AuditEvent.objects.filter(act__startswith="recording_permission.").order_by("seq")
    assert [event.act.rpartition(".")[2] for event in acts] == ["refused", "given"]


@pytest.mark.parametrize(
    ("guest", "pupil", "alike"),
    [
        ("Amina", "Amina Wanjiru", True),
        ("wanjiru, AMÍNA", "Amina Wanjiru", True),
        ("Amina W.", "Amina Wanjiru", True),
        ("Amina Wanjiru Otieno", "Amina Wanjiru", True),
        ("آمِنة", "آمنة خالد", True),
        ("A.", "Amina Wanjiru", False),
        ("Amina Otieno", "Amina Wanjiru", False),
        ("Ami", "Amina Wanjiru", False),
        ("Anna Anna", "Anna Berg", False),
        ("Rosa", "Amina Wanjiru", False),
        ("…", "…", False),
    ],
)
def test_a_name_resembles_another_by_whole_words_and_first_letters(
    guest: str, pupil: str, alike: bool
) -> None:
    assert is_like(guest, pupil) is alike
    assert is_like(pupil, guest) is alike


def test_whoever_decides_at_the_door_hears_whom_a_guest_may_be_who_must_not_be_recorded(
    cast: Cast, lesson: Lesson
) -> None:
    link, _ = lessons.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())

    def knock(name: str, answer: RecordingAnswer | None = RecordingAnswer.GIVEN) -> Knock:
        browser = {"browser": uuid.uuid4().hex, "language": "en"}
        return lessons.knock_as_guest(link=link, name=name, answer=answer, now=timezone.now(), **browser)

    knocks = [knock(cast.amina.name.upper()), knock("Rosa"), knock(cast.bilal.name)]
    knocks += [knock(cast.amina.name, None), knock(cast.amina.name, RecordingAnswer.REFUSED)]
    assert who_may_be(knocks) == {}
    say(cast, cast.amina, "refused")
    say(cast, cast.bilal, "given")
    assert who_may_be(knocks) == {knocks[0].pk: "Amina", knocks[3].pk: "Amina"}
    lessons.unenrol(course=cast.course, person=cast.amina)
    assert who_may_be(knocks) == {}


def test_a_school_that_has_decided_nothing_records_nobody_unasked(cast: Cast, lesson: Lesson) -> None:
    """The school's policy is empty: what it means is the default's word."""
    cast.school.policy = {}
    cast.school.save()
    for person, standing in ((cast.amina, Standing.STUDENT), (cast.guest, Standing.GUEST)):
        assert shield(cast, lesson, person, standing) == SILENT
    assert left_out_of(lesson) == {cast.amina.pk, cast.bilal.pk}
    assert shield(cast, lesson, cast.teacher, Standing.TEACHER) == OPEN
    say(cast, cast.amina, "given")
    assert shield(cast, lesson, cast.amina) == OPEN
    assert left_out_of(lesson) == {cast.bilal.pk}


def test_what_silence_means_says_the_school_for_pupils_and_guests_alone(cast: Cast, lesson: Lesson) -> None:
    use(cast, unasked_are_recorded=False)
    assert shield(cast, lesson, cast.amina) == SILENT
    assert shield(cast, lesson, cast.guest, Standing.GUEST) == SILENT
    assert shield(cast, lesson, cast.teacher, Standing.TEACHER) == OPEN
    say(cast, cast.amina, "given")
    assert shield(cast, lesson, cast.amina) == OPEN
    say(cast, cast.amina, "unknown")
    assert shield(cast, lesson, cast.amina) == SILENT


def test_a_word_at_another_school_counts_there_alone(cast: Cast, lesson: Lesson) -> None:
    decide_recording(
        institution=cast.elsewhere,
        people=[cast.stranger],
        answer=RecordingAnswer.REFUSED,
        source=AnswerSource.API,
        by=None,
        now=timezone.now(),
    )
    assert shield(cast, lesson, cast.stranger) == OPEN


def test_where_only_the_teacher_is_recorded_everybody_keeps_their_devices(cast: Cast, lesson: Lesson) -> None:
    use(cast, recording_protection="layout")
    assert shield(cast, lesson, cast.bilal) == OPEN
    say(cast, cast.amina, "refused")
    assert shield(cast, lesson, cast.amina) == UNSEEN
    assert shield(cast, lesson, cast.bilal) == UNSEEN
    assert shield(cast, lesson, cast.teacher, Standing.TEACHER) == OPEN


def test_a_lesson_may_do_it_otherwise_than_its_school(cast: Cast, lesson: Lesson) -> None:
    say(cast, cast.amina, "refused")
    lessons.change_doors(
        lesson=lesson, lobby=Lobby.GUESTS, doors_open_minutes=None, by=cast.teacher, protection="layout"
    )
    assert shield(cast, lesson, cast.amina) == UNSEEN
    lessons.change_doors(
        lesson=lesson, lobby=Lobby.GUESTS, doors_open_minutes=None, by=cast.teacher, protection=""
    )
    assert shield(cast, lesson, cast.amina) == SILENT


def test_a_jibri_films_the_room_so_there_is_one_way_only(cast: Cast, lesson: Lesson, settings: Any) -> None:
    use(cast, recording_protection="layout")
    say(cast, cast.amina, "refused")
    settings.JITSI_DOMAIN = "meet.example"
    assert protection_of(lesson) == Protection.DEVICES
    assert shield(cast, lesson, cast.amina) == SILENT
    shown = user(cast.amina, lesson.room, Standing.STUDENT, shield(cast, lesson, cast.amina))
    assert (shown["receive-only"], shown["hidden-from-recorder"]) == (True, True)
    other = user(cast.bilal, lesson.room, Standing.STUDENT, shield(cast, lesson, cast.bilal))
    assert not {"receive-only", "hidden-from-recorder"} & set(other)


def test_a_policy_that_makes_no_sense_is_the_safe_one(cast: Cast, lesson: Lesson) -> None:
    use(cast, recording_protection="whatever")
    assert protection_of(Lesson.objects.get(pk=lesson.pk)) == Protection.DEVICES


def test_left_out_are_those_without_permission_and_under_one_layout_all_but_staff(
    cast: Cast, lesson: Lesson
) -> None:
    for person, standing in ((cast.teacher, Standing.TEACHER), (cast.bilal, Standing.STUDENT)):
        lessons.enter_room(
            room=lesson.room,
            person=person,
            standing=standing,
            occupant=uuid.uuid4(),
            connection="",
            now=timezone.now(),
        )
    assert left_out_of(lesson) == frozenset()
    say(cast, cast.amina, "refused")
    assert left_out_of(lesson) == {cast.amina.pk}
    lesson.protection = Protection.LAYOUT
    assert left_out_of(lesson) == {cast.amina.pk, cast.bilal.pk}


LINE = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("a=sendrecv\r\n", "a=recvonly\r\n"),
        ("a=sendonly\r\n", "a=inactive\r\n"),
        ("a=inactive\r\n", "a=inactive\r\n"),
        ("a=recvonly\r\n", "a=recvonly\r\n"),
        ("", "a=recvonly\r\n"),
        ("a=sendrecv\n", "a=recvonly\r\n"),
        ("a=SendRecv \r\n", "a=recvonly\r\n"),
        ("a=recvonly\r\na=sendrecv\r\n", "a=recvonly\r\n"),
    ],
)
def test_whoever_is_shielded_only_receives_however_they_spell_it(said: str, told: str) -> None:
    head = "v=0\r\ns=-\r\n"
    assert receive_only(head + LINE + said) == head + LINE + told
    assert receive_only(head + "a=sendrecv\r\n" + LINE + said) == head + LINE + told
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
    assert receive_only(head + LINE + said + data) == head + LINE + told + data
