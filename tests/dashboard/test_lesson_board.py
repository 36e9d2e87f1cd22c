"""A lesson's board as a page, and the button with which the next lesson goes on with it."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions as lessons
from classroom.actions import Wish
from classroom.models import Breakout, BreakoutSeat, Division, Lesson, LessonStatus, Lobby, Room, RoomKind
from classroom.timetable import LessonChanges, Scope
from common.clock import to_ms
from tests.conftest import Cast
from whiteboard import tasks
from whiteboard.actions import apply_commands, continue_board, open_board, open_breakout_boards
from whiteboard.board import BoardState, Command, is_later
from whiteboard.models import Board, BoardFile, Edit, FileKind, WorkState
from whiteboard.queries import lessons_to_continue, load_state

pytestmark = pytest.mark.django_db


def do(board: Board, person: Person, type_: str, data: dict[str, Any], standing: str = "staff") -> str:
    ref = str(uuid.uuid4())
    command = Command(type_, ref, str(person.pk), data, standing)
    [outcome] = apply_commands(
        board_id=board.pk,
        state=load_state(board.pk),
        commands=[command],
        at=to_ms(timezone.now()),
        even_when_over=True,
    )
    assert not outcome.code, outcome.code
    return ref


def text(page: str, words: str, y: int) -> dict[str, Any]:
    about = {"page": page, "kind": "text", "colour": "#112233", "size": 20, "box": [0, y, 90, 30]}
    return {**about, "text": words, "direction": "auto"}


@pytest.fixture
def file(cast: Cast, board: Board) -> BoardFile:
    return BoardFile.objects.create(
        board=board,
        kind=FileKind.SLIDES,
        title="Slides",
        state=WorkState.READY,
        asked_at=timezone.now(),
        folder="here/boards/x/y",
        pages=1,
        pictures=[["abc", 60, 40]],
        size_bytes=1,
        has_upload=False,
        uploaded_by=cast.teacher,
    )


@pytest.fixture
def drawn(cast: Cast, lesson: Lesson, board: Board, file: BoardFile) -> Board:
    """Two pages, one of them a slide; Amina's answer was never revealed; the lesson is over."""
    page = load_state(board.pk).current_page
    do(board, cast.teacher, "item.add", text(page, "Below", 200))
    do(board, cast.teacher, "item.add", text(page, "<b>Above</b> العربية", 10))
    slide = {"id": str(uuid.uuid4()), "title": "Slide 1"}
    behind = {"file": str(file.pk), "page": 1, "width": 60, "height": 40}
    do(board, cast.teacher, "slides.add", {"pages": [{**slide, "background": behind}]})
    do(board, cast.teacher, "answers.open", {})
    do(board, cast.amina, "item.add", text(page, "Secret", 300), "student")
    do(board, cast.teacher, "answers.close", {})
    lessons.end_lesson(lesson=lesson, now=timezone.now(), by=cast.teacher)
    board.refresh_from_db()
    return board


@pytest.fixture
def coming(cast: Cast, lesson: Lesson) -> Lesson:
    begins = lesson.starts_at + timedelta(days=7)
    return lessons.schedule_lesson(
        course=cast.course,
        title="Decimals",
        starts_at=begins,
        ends_at=begins + timedelta(hours=1),
        created_by=cast.teacher,
    )


def look(client: Client, person: Person, lesson: Lesson, name: str = "lesson_board") -> Any:
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(name, args=[lesson.pk]))


def test_the_class_reads_pictures_texts_and_names_and_nobody_elses_answers(
    cast: Cast, client: Client, lesson: Lesson, drawn: Board
) -> None:
    for person, sees in ((cast.teacher, True), (cast.amina, True), (cast.bilal, False), (cast.head, False)):
        html = look(client, person, lesson).content.decode()
        assert html.index("&lt;b&gt;Above&lt;/b&gt; العربية") < html.index("Below")
        assert "<bdi>Tomas</bdi>" in html
        assert (("Secret" in html), ("<bdi>Amina</bdi>" in html)) == (sees, sees), person.name
        page = load_state(drawn.pk).pages[0].id
        picture = client.get(reverse("board_page", args=[drawn.pk, page]))
        assert ("Secret" in picture.content.decode()) is sees
        again = client.get(
            reverse("board_page", args=[drawn.pk, page]), headers={"if-none-match": picture["ETag"]}
        )
        assert again.status_code == 304
        data = json.loads(client.get(reverse("board_snapshot", args=[drawn.pk])).content)["data"]
        assert (len(data["items"]) == 3) is sees
        assert (str(cast.amina.pk) in data["people"]) is sees


@pytest.fixture
def divided(cast: Cast, lesson: Lesson, board: Board) -> dict[str, Room]:
    """Amina and Bilal sat in a room each and wrote their names on its board; then everybody came back."""
    now = timezone.now()
    lessons.plan_breakouts(lesson=lesson, wish=Wish(Division.RANDOM, rooms=2, seed=1), by=cast.teacher)
    for number, person in enumerate((cast.amina, cast.bilal), 1):
        lessons.move_person(lesson=lesson, person=person, number=number, by=cast.teacher, now=now)
    breakout = lessons.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=now)
    open_breakout_boards(lesson_id=lesson.pk, now=now)
    rooms = {}
    for seat in breakout.seats.select_related("person", "room"):
        assert seat.room is not None
        rooms[seat.person.name] = seat.room
        beside = Board.objects.get(room=seat.room)
        words = text(load_state(beside.pk).current_page, f"{seat.person.name} was here", 10)
        do(beside, seat.person, "item.add", words, "student")
    lessons.close_breakouts(lesson=lesson, now=now, by=cast.teacher)
    return rooms


def test_boards_of_breakout_rooms_are_found_by_who_sat_there_and_by_who_held_the_lesson(
    cast: Cast, client: Client, lesson: Lesson, divided: dict[str, Room]
) -> None:
    seen_by = {
        cast.teacher: {"Amina", "Bilal"},
        cast.amina: {"Amina"},
        cast.bilal: {"Bilal"},
        cast.head: set(),
    }
    for is_over in (False, True):
        for person, seen in seen_by.items():
            html = look(client, person, lesson).content.decode()
            linked = {name for name, room in divided.items() if f"?room={room.pk}" in html}
            assert linked == seen, (person.name, is_over)
            for name, room in divided.items():
                answer = client.get(reverse("lesson_board", args=[lesson.pk]), {"room": str(room.pk)})
                assert answer.status_code == (200 if name in seen else 404), (person.name, name)
                if name in seen:
                    assert f"{name} was here" in answer.content.decode()
                    assert 'aria-current="page"' in answer.content.decode()
                    page = load_state(room.board.pk).current_page
                    picture = client.get(reverse("board_page", args=[room.board.pk, page]))
                    assert name in picture.content.decode()
        if not is_over:
            lessons.end_lesson(lesson=lesson, now=timezone.now(), by=cast.teacher)


def test_nobody_else_learns_of_a_breakout_rooms_board(
    cast: Cast, client: Client, lesson: Lesson, divided: dict[str, Room]
) -> None:
    room = divided["Amina"]
    for person, status in ((cast.stranger, 404), (cast.guest, 404), (cast.guardian, 403)):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for wanted in (str(room.pk), str(uuid.uuid4()), str(lesson.room.pk), "x"):
            answer = client.get(reverse("lesson_board", args=[lesson.pk]), {"room": wanted})
            assert answer.status_code == status, (person.name, wanted)
        assert client.get(reverse("board_current_page", args=[room.board.pk])).status_code == 404
    client.force_login(cast.teacher, backend="django.contrib.auth.backends.ModelBackend")
    for wanted in (str(uuid.uuid4()), str(lesson.room.pk), "x", ""):
        answer = client.get(reverse("lesson_board", args=[lesson.pk]), {"room": wanted})
        assert answer.status_code == 404, wanted


def test_many_breakout_rooms_are_listed_by_as_many_questions_as_one(
    cast: Cast, client: Client, lesson: Lesson, board: Board
) -> None:
    client.force_login(cast.amina, backend="django.contrib.auth.backends.ModelBackend")
    counts = []
    for number in (1, 2, 3):
        room = Room.objects.create(lesson=lesson, kind=RoomKind.BREAKOUT, number=number, title=f"R{number}")
        open_board(room=room, now=timezone.now())
        session = Breakout.objects.create(
            lesson=lesson, planned_by=cast.teacher, state="closed", division=Division.HAND
        )
        BreakoutSeat.objects.create(breakout=session, person=cast.amina, number=number, room=room)
        with CaptureQueriesContext(connection) as asked:
            html = client.get(reverse("lesson_board", args=[lesson.pk])).content.decode()
        assert html.count("?room=") == number
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]


def test_the_open_page_is_a_picture_that_is_drawn_only_when_something_changed(
    cast: Cast, client: Client, lesson: Lesson, board: Board
) -> None:
    address = reverse("board_current_page", args=[board.pk])
    client.force_login(cast.teacher, backend="django.contrib.auth.backends.ModelBackend")
    first = client.get(address)
    assert first["Content-Type"].startswith("image/svg+xml")
    with CaptureQueriesContext(connection) as asked:
        again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert not any("whiteboard_edit" in one["sql"] for one in asked)
    page = {"id": str(uuid.uuid4()), "title": "Second"}
    do(board, cast.teacher, "page.add", {"page": page["id"], "title": page["title"]})
    do(board, cast.teacher, "page.turn", {"page": page["id"]})
    do(board, cast.teacher, "item.add", text(page["id"], "Turned", 10))
    turned = client.get(address, headers={"if-none-match": first["ETag"]})
    assert turned.status_code == 200
    assert ">Turned<" in turned.content.decode()


@pytest.mark.parametrize("who", ["stranger", "guest"])
def test_strangers_are_told_that_there_is_nothing(
    cast: Cast, client: Client, lesson: Lesson, drawn: Board, who: str
) -> None:
    person = getattr(cast, who)
    assert look(client, person, lesson).status_code == 404
    page = load_state(drawn.pk).pages[0].id
    for one in (drawn.pk, uuid.uuid4()):
        assert client.get(reverse("board_snapshot", args=[one])).status_code == 404
        assert client.get(reverse("board_page", args=[one, page])).status_code == 404
    client.logout()
    assert client.get(reverse("board_snapshot", args=[drawn.pk])).status_code in (302, 404)


def test_nobody_stands_at_the_door_of_a_lesson_that_is_over(
    cast: Cast, client: Client, lesson: Lesson, drawn: Board
) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(lobby=Lobby.EVERYBODY)
    assert look(client, cast.bilal, lesson).status_code == 200


def test_the_next_lesson_goes_on_with_what_everybody_saw(
    cast: Cast, client: Client, drawn: Board, coming: Lesson, file: BoardFile
) -> None:
    assert "Continue the last board" not in look(client, cast.amina, coming, "lesson").content.decode()
    assert "Continue the last board" in look(client, cast.teacher, coming, "lesson").content.decode()
    for _ in range(2):
        answer = client.post(reverse("continue_board", args=[coming.pk]), follow=True)
        assert "begins with the pages of" in answer.content.decode()
    board = Board.objects.get(room__lesson=coming)
    state = load_state(board.pk)
    assert [page.title for page in state.pages] == ["Page 1", "Slide 1"]
    assert [item["text"] for item in state.visible_items()] == ["Below", "<b>Above</b> العربية"]
    assert {item["author"] for item in state.visible_items()} == {str(cast.teacher.pk)}
    behind = state.pages[1].background
    assert behind is not None
    copy = BoardFile.objects.get(board=board)
    assert (behind["file"], copy.folder, copy.pictures) == (str(copy.pk), file.folder, file.pictures)
    assert Edit.objects.filter(board=board, type="board.continued").count() == 1
    [event] = AuditEvent.objects.filter(act="board.continued")
    assert (event.actor, event.target) == (cast.teacher.pk, f"board:{board.pk}")
    added = do(board, cast.teacher, "item.add", text(state.current_page, "New", 0))
    assert load_state(board.pk).visible_items()[-1]["id"] == added, "what is new lies on top"
    assert BoardState.of_snapshot(state.snapshot(), state.seq).snapshot() == state.snapshot()


def test_what_was_added_after_the_lesson_goes_on_as_part_of_the_next(
    cast: Cast, drawn: Board, coming: Lesson
) -> None:
    page = load_state(drawn.pk).pages[0].id
    later = Command("item.add", str(uuid.uuid4()), str(cast.teacher.pk), text(page, "Later on", 400))
    at = to_ms(timezone.now()) + 1000
    apply_commands(board_id=drawn.pk, state=load_state(drawn.pk), commands=[later], at=at)
    now = timezone.now() + timedelta(days=7)
    board = continue_board(lesson=coming, by=cast.teacher, now=now)
    items = load_state(board.pk).visible_items()
    assert [item["text"] for item in items] == ["Below", "<b>Above</b> العربية", "Later on"]
    lessons.end_lesson(lesson=coming, now=now + timedelta(hours=1), by=cast.teacher)
    closed_ms = Board.objects.get(pk=board.pk).closed_ms
    assert not any(is_later(item, closed_ms) for item in items), "it shines there no more"


def test_what_was_planned_to_go_on_does_when_the_lesson_opens(
    cast: Cast, client: Client, drawn: Board, coming: Lesson
) -> None:
    now = timezone.now()
    scope = {"lesson": coming, "scope": Scope.THIS, "by": cast.teacher, "now": now}
    lessons.edit_lessons(changes=LessonChanges(continues_board=True), **scope)  # type: ignore[arg-type]
    assert "When the lesson opens" in look(client, cast.teacher, coming, "lesson").content.decode()
    assert lessons_to_continue(now=now) == []
    lessons.open_lesson(lesson=coming, now=now)
    assert lessons_to_continue(now=now) == [coming.pk]
    for _ in range(2):
        tasks.continue_board(str(coming.pk))
    assert lessons_to_continue(now=now) == []
    [edit] = Edit.objects.filter(board__room__lesson=coming, type="board.continued")
    assert [page["title"] for page in edit.data["pages"]] == ["Page 1", "Slide 1"]
    assert edit.author == cast.teacher


def test_what_was_not_planned_to_go_on_begins_empty_and_so_does_what_opened_long_ago(
    cast: Cast, drawn: Board, coming: Lesson
) -> None:
    now = timezone.now()
    lessons.open_lesson(lesson=coming, now=now)
    assert lessons_to_continue(now=now) == []
    Lesson.objects.filter(pk=coming.pk).update(continues_board=True)
    assert lessons_to_continue(now=now + timedelta(minutes=6)) == []


def test_what_was_prepared_stays_behind_the_copied_pages(cast: Cast, drawn: Board, coming: Lesson) -> None:
    board = open_board(room=coming.room, now=timezone.now())
    page = load_state(board.pk).current_page
    do(board, cast.teacher, "item.add", text(page, "Prepared", 0))
    continue_board(lesson=coming, by=cast.teacher, now=timezone.now())
    state = load_state(board.pk)
    assert [one.title for one in state.pages] == ["Page 1", "Slide 1", "Page 1"]
    assert state.current_page == page == state.pages[-1].id


def test_only_who_holds_the_lesson_goes_on_with_a_board(
    cast: Cast, client: Client, drawn: Board, coming: Lesson
) -> None:
    address = reverse("continue_board", args=[coming.pk])
    for person, status in ((cast.amina, 403), (cast.head, 403), (cast.guardian, 403), (cast.stranger, 404)):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(address).status_code == status, person.name
    assert not Edit.objects.filter(type="board.continued").exists()


def test_without_an_earlier_board_there_is_nothing_to_go_on_with(
    cast: Cast, client: Client, board: Board, coming: Lesson
) -> None:
    assert "Continue the last board" not in look(client, cast.teacher, coming, "lesson").content.decode()
    answer = client.post(reverse("continue_board", args=[coming.pk]), follow=True)
    assert "No earlier lesson of this course" in answer.content.decode()


def test_what_came_after_the_lesson_shines_and_can_be_left_out(
    cast: Cast, client: Client, lesson: Lesson, drawn: Board
) -> None:
    page = load_state(drawn.pk).pages[0].id
    later = to_ms(timezone.now()) + 1000
    command = Command("item.add", str(uuid.uuid4()), str(cast.teacher.pk), text(page, "Later on", 400))
    apply_commands(board_id=drawn.pk, state=load_state(drawn.pk), commands=[command], at=later)
    for person in (cast.teacher, cast.bilal):
        html = look(client, person, lesson).content.decode()
        assert html.index("Later on") < html.index("Added after the lesson</small>")
        assert html.count("Added after the lesson</small>") == 1, "the others came in the lesson"
        bare = client.get(reverse("lesson_board", args=[lesson.pk]), {"added": "none"}).content.decode()
        assert "Later on" not in bare
        assert "Below" in bare
        address = reverse("board_page", args=[drawn.pk, page])
        whole, left = (client.get(address, query).content.decode() for query in ({}, {"added": "none"}))
        assert ("Later on" in whole, "Later on" in left) == (True, False)
        assert (whole.count("mix-blend-mode:darken"), left.count("mix-blend-mode:darken")) == (1, 0)


def test_an_ended_board_is_opened_by_a_script_and_one_that_goes_on_is_not(
    cast: Cast, client: Client, lesson: Lesson, board: Board
) -> None:
    assert "reading.js" not in look(client, cast.teacher, lesson).content.decode()
    lessons.end_lesson(lesson=lesson, now=timezone.now(), by=cast.teacher)
    lesson.refresh_from_db()
    answer = look(client, cast.amina, lesson)
    assert "reading.js" in answer.content.decode()
    board.refresh_from_db()
    about = answer.context["page_data"]
    assert (about["board_socket"], about["person"]) == (f"/ws/boards/{board.pk}/", str(cast.amina.pk))
    assert lesson.ended_at is not None
    assert about["closed_ms"] == to_ms(lesson.ended_at)


def test_the_next_lesson_is_offered_where_the_last_board_is_read(
    cast: Cast, client: Client, lesson: Lesson, drawn: Board, coming: Lesson
) -> None:
    assert "Continue on this board" not in look(client, cast.amina, lesson).content.decode()
    html = look(client, cast.teacher, lesson).content.decode()
    assert "Continue on this board" in html
    assert f'action="{reverse("continue_board", args=[coming.pk])}"' in html
    client.post(reverse("continue_board", args=[coming.pk]))
    assert "begins with these pages" in look(client, cast.teacher, lesson).content.decode()
    Lesson.objects.filter(pk=coming.pk).update(status=LessonStatus.CANCELLED)
    assert "begins with these pages" not in look(client, cast.teacher, lesson).content.decode()


def test_a_teacher_who_opens_a_blank_board_may_go_on_with_the_last_one(
    cast: Cast, client: Client, drawn: Board, coming: Lesson
) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    Lesson.objects.filter(pk=coming.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=1))
    address = reverse("continue_board", args=[coming.pk])
    assert look(client, cast.amina, coming, "room").context["page_data"]["continue_url"] is None
    assert look(client, cast.teacher, coming, "room").context["page_data"]["continue_url"] == address
    client.post(address)
    assert look(client, cast.teacher, coming, "room").context["page_data"]["continue_url"] is None
