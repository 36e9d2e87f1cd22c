"""The doors of a live stream: who may watch, for how long, and what everybody else learns (nothing)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.core.cache import cache
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import AuditEvent, Person
from classroom import actions as rooms
from classroom import diversion, live
from classroom.admission import Door as Way
from classroom.models import Diversion, Door, Fact, Lesson, Presence, Standing
from classroom.queries import count_audience, shown_presences
from recordings import actions
from recordings.api import streams
from recordings.fleet import sending_of, session_of
from recordings.models import (
    Broadcast,
    BroadcastState,
    Capture,
    Engine,
    Recorder,
    Recording,
    RecordingState,
)
from recordings.streaming import passes
from recordings.streaming.host import shelf_of, sweep_shelves
from recordings.streaming.keys import address_of, key_of
from tests.conftest import Cast
from tests.recordings.test_api import bare, client_of

pytestmark = pytest.mark.django_db
PIECE = bytes(range(256)) * 40


@pytest.fixture
def streamed(lesson: Lesson) -> Lesson:
    """Live, planned with a stream."""
    Lesson.objects.filter(pk=lesson.pk).update(is_streamed=True, status="live", opened_at=timezone.now())
    lesson.refresh_from_db()
    return lesson


@pytest.fixture
def broadcast(streamed: Lesson) -> Broadcast:
    """Shown, with one real piece on its shelf."""
    now = timezone.now()
    made = Broadcast.objects.create(
        lesson=streamed, state=BroadcastState.LIVE, state_at=now, shown_at=now, address="127.0.0.1", port=1935
    )
    shelf = shelf_of(made.pk)
    shelf.mkdir(parents=True)
    (shelf / "top-1-000000.m4s").write_bytes(PIECE)
    (shelf / "top.m3u8").write_text("#EXTM3U\n")
    return made


def ask_for_pass(client: Client, lesson: Lesson, **said: object) -> HttpResponse:
    body = {"viewer": str(uuid.uuid4()), **said}
    door = f"/lessons/{lesson.pk}/stream/pass"
    answer: HttpResponse = client.post(door, body, content_type="application/json")  # type: ignore[assignment]
    return answer


def piece_of(broadcast: Broadcast, name: str = "top-1-000000.m4s") -> str:
    return f"/streams/{broadcast.pk}/{name}"


@pytest.mark.parametrize("who", ["stranger", "guest", "guardian", None])
def test_whoever_may_not_go_into_the_room_gets_the_404_of_no_stream(
    cast: Cast, broadcast: Broadcast, who: str | None
) -> None:
    client = client_of(getattr(cast, who) if who else None)
    missing = ask_for_pass(client, Lesson(pk=uuid.uuid4()))
    refused = ask_for_pass(client, broadcast.lesson)
    assert (refused.status_code, missing.status_code) == (404, 404)
    assert bare(refused) == bare(missing)
    assert passes.COOKIE not in refused.cookies
    assert client.get(piece_of(broadcast)).status_code == 404


@pytest.mark.parametrize("who", ["teacher", "head", "amina"])
def test_the_class_watches(cast: Cast, broadcast: Broadcast, who: str) -> None:
    client = client_of(getattr(cast, who))
    told = ask_for_pass(client, broadcast.lesson)
    assert told.status_code == 200
    assert told.json()["state"] == "live"  # type: ignore[attr-defined]
    assert told.json()["src"] == piece_of(broadcast, "index.m3u8")  # type: ignore[attr-defined]
    cookie = told.cookies[passes.COOKIE]
    assert cookie["path"] == f"/streams/{broadcast.pk}/"
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and int(cookie["max-age"]) <= 300
    assert client.get(piece_of(broadcast)).status_code == 200


async def served(client: AsyncClient, path: str, **headers: str) -> tuple[Any, bytes]:
    answer = await client.get(path, headers=headers)
    if answer.streaming:
        return answer, b"".join([chunk async for chunk in answer.streaming_content])  # type: ignore[attr-defined]
    return answer, answer.content


@pytest.mark.django_db(transaction=True)
async def test_pieces_come_whole_and_in_part_with_their_types(cast: Cast, broadcast: Broadcast) -> None:
    client = AsyncClient()
    response = HttpResponse()
    passes.hand_out(response, broadcast=broadcast.pk, holder="x")
    client.cookies[passes.COOKIE] = response.cookies[passes.COOKIE].value
    whole, content = await served(client, piece_of(broadcast))
    assert (whole.status_code, content) == (200, PIECE)
    assert whole["Content-Type"] == "video/iso.segment"
    assert "immutable" in whole["Cache-Control"]
    part, content = await served(client, piece_of(broadcast), Range="bytes=10-19")
    assert (part.status_code, part["Content-Range"], content) == (
        206,
        f"bytes 10-19/{len(PIECE)}",
        PIECE[10:20],
    )
    playlist, content = await served(client, piece_of(broadcast, "top.m3u8"))
    assert (playlist["Content-Type"], content) == ("application/vnd.apple.mpegurl", b"#EXTM3U\n")
    assert "no-cache" in playlist["Cache-Control"]
    beyond, _ = await served(client, piece_of(broadcast), Range="bytes=99999999-")
    assert beyond.status_code == 416
    for name in ("top-2-000000.m4s", ".top-1.m3u8", "..%2Ftop.m3u8", "state.json", "top.m3u8%00"):
        answer, _ = await served(client, piece_of(broadcast, name))
        assert answer.status_code in {400, 404}, name


def test_a_pass_is_for_one_broadcast_and_ends_by_itself(broadcast: Broadcast) -> None:
    response = HttpResponse()
    passes.hand_out(response, broadcast=broadcast.pk, holder="x", now=1000.0)
    word = response.cookies[passes.COOKIE].value
    assert passes.read_pass(word, broadcast.pk, now=1000.0 + passes.LIFETIME_SECONDS - 1) is not None
    assert passes.read_pass(word, broadcast.pk, now=1000.0 + passes.LIFETIME_SECONDS + 1) is None
    assert passes.read_pass(word, uuid.uuid4(), now=1000.0) is None
    assert passes.read_pass(word[:-1] + ("A" if word[-1] != "A" else "B"), broadcast.pk, now=1000.0) is None


def test_whoever_is_suspended_or_put_out_gets_no_new_pass(cast: Cast, broadcast: Broadcast) -> None:
    amina, bilal = client_of(cast.amina), client_of(cast.bilal)
    assert ask_for_pass(amina, broadcast.lesson).status_code == 200
    people.suspend_person(institution=cast.school, person=cast.amina)
    assert ask_for_pass(amina, broadcast.lesson).status_code == 404
    rooms.put_out(lesson=broadcast.lesson, person=cast.bilal, by=cast.teacher, now=timezone.now())
    assert ask_for_pass(bilal, broadcast.lesson).status_code == 404


@pytest.mark.parametrize("body", ["nonsense", "{}", '{"viewer": "x"}', '{"viewer": null}', "[]"])
def test_a_request_that_is_none_is_refused(cast: Cast, broadcast: Broadcast, body: str) -> None:
    door = f"/lessons/{broadcast.lesson_id}/stream/pass"
    assert client_of(cast.amina).post(door, body, content_type="application/json").status_code == 400


def test_the_gate_lets_the_same_pass_through_and_says_no_as_nginx_understands_it(
    cast: Cast, broadcast: Broadcast
) -> None:
    client = client_of(cast.amina)
    word = ask_for_pass(client, broadcast.lesson).cookies[passes.COOKIE].value
    asked = {"X-Original-URI": piece_of(broadcast), "Cookie": f"{passes.COOKIE}={word}"}
    assert Client().get("/stream-gate", headers=asked).status_code == 204
    elsewhere = asked | {"X-Original-URI": f"/streams/{uuid.uuid4()}/top.m3u8"}
    assert Client().get("/stream-gate", headers=elsewhere).status_code == 403
    upwards = asked | {"X-Original-URI": f"/streams/{broadcast.pk}/../../secret"}
    assert Client().get("/stream-gate", headers=upwards).status_code == 403
    nobody = {"X-Original-URI": piece_of(broadcast)}
    assert Client().get("/stream-gate", headers=nobody).status_code == 403


def test_a_flood_of_one_viewer_is_slowed_down(cast: Cast, broadcast: Broadcast) -> None:
    client = client_of(cast.amina)
    viewer = str(uuid.uuid4())
    ask_for_pass(client, broadcast.lesson, viewer=viewer)
    assert client.get(piece_of(broadcast, "top.m3u8")).status_code == 200
    while streams._may_ask(viewer):  # asked for more in a moment than a slow machine answers
        pass
    assert client.get(piece_of(broadcast, "top.m3u8")).status_code == 429


# Who is counted, and where


def test_who_watches_is_counted_stands_in_the_register_and_not_in_the_rooms_list(
    cast: Cast, broadcast: Broadcast
) -> None:
    client, viewer = client_of(cast.amina), str(uuid.uuid4())
    for _ in range(2):
        ask_for_pass(client, broadcast.lesson, viewer=viewer)
    ask_for_pass(client, broadcast.lesson)  # a second page of the same person
    assert count_audience(broadcast.lesson) == 1
    assert shown_presences(broadcast.lesson.room) == []
    joined = Fact.objects.filter(lesson=broadcast.lesson, type="participant.joined", person=cast.amina)
    assert [fact.data["door"] for fact in joined] == ["hls", "hls"]
    ask_for_pass(client, broadcast.lesson, viewer=viewer, leaving=True)
    left = Fact.objects.get(lesson=broadcast.lesson, type="participant.left")
    assert (left.data["door"], left.data["occupant"]) == ("hls", viewer)


def test_a_viewer_who_falls_silent_left_when_last_heard_of(cast: Cast, broadcast: Broadcast) -> None:
    ask_for_pass(client_of(cast.amina), broadcast.lesson)
    seen_at = Presence.objects.get(person=cast.amina).last_seen_at
    assert rooms.close_silent_viewers(now=seen_at + timedelta(seconds=60)) == 0
    assert rooms.close_silent_viewers(now=seen_at + timedelta(seconds=120)) == 1
    assert Presence.objects.get(person=cast.amina).left_at == seen_at


# By which door


def watch(cast: Cast, lesson: Lesson) -> None:
    rooms.watch_stream(
        room=lesson.room,
        person=cast.amina,
        standing=Standing.STUDENT,
        viewer=uuid.uuid4(),
        now=timezone.now(),
    )


def way_of(cast: Cast, lesson: Lesson) -> Way:
    return diversion.door_for(cast.amina, lesson, timezone.now()).door


def test_when_the_planned_seats_are_taken_newcomers_watch_and_nobody_inside_is_moved(
    cast: Cast, streamed: Lesson
) -> None:
    Lesson.objects.filter(pk=streamed.pk).update(room_seats=1)
    streamed.refresh_from_db()
    assert way_of(cast, streamed) == Way.WEBRTC
    inside = {"standing": Standing.STUDENT, "door": Door.PAGE}
    Presence.objects.create(
        room=streamed.room,
        occupant=uuid.uuid4(),
        person=cast.bilal,
        joined_at=timezone.now(),
        last_seen_at=timezone.now(),
        **inside,
    )
    assert way_of(cast, streamed) == Way.HLS
    assert diversion.door_for(cast.bilal, streamed, timezone.now()).door == Way.WEBRTC
    assert diversion.door_for(cast.teacher, streamed, timezone.now()).door == Way.WEBRTC


def test_whoever_is_called_on_may_come_in_however_full_it_is(cast: Cast, streamed: Lesson) -> None:
    Lesson.objects.filter(pk=streamed.pk).update(room_seats=0)
    streamed.refresh_from_db()
    watch(cast, streamed)
    assert way_of(cast, streamed) == Way.HLS
    now = timezone.now()
    hand = rooms.raise_hand(room=streamed.room, person=cast.amina, standing=Standing.STUDENT, now=now)
    assert way_of(cast, streamed) == Way.HLS
    rooms.call_hand(room_id=streamed.room.pk, hand_id=hand.pk, now=now)
    assert way_of(cast, streamed) == Way.WEBRTC
    assert diversion.door_for(cast.bilal, streamed, now).door == Way.HLS
    later = now + diversion.CALL_LASTS + timedelta(seconds=1)
    assert diversion.door_for(cast.amina, streamed, later).door == Way.HLS


def test_the_room_sends_newcomers_to_the_stream_and_back(cast: Cast, streamed: Lesson) -> None:
    Lesson.objects.filter(pk=streamed.pk).update(room_seats=0)
    room, live = f"/lessons/{streamed.pk}/room", f"/lessons/{streamed.pk}/live"
    assert client_of(cast.amina).get(room)["Location"] == live
    assert client_of(cast.teacher).get(room).status_code == 200
    assert client_of(cast.amina).get(live).status_code == 200
    Lesson.objects.filter(pk=streamed.pk).update(is_streamed=False)
    assert client_of(cast.amina).get(room).status_code == 200
    assert client_of(cast.amina).get(live)["Location"] == f"/lessons/{streamed.pk}/"


def test_staff_plans_the_stream_and_bad_seats_are_refused_at_the_field(cast: Cast, lesson: Lesson) -> None:
    door = f"/lessons/{lesson.pk}/stream"
    teacher = client_of(cast.teacher)
    bad = teacher.post(door, {"is_streamed": "on", "room_seats": "9999"})
    assert bad.status_code == 200 and b"form-errors" in bad.content and b"9999" in bad.content
    assert teacher.post(door, {"is_streamed": "on", "room_seats": "50"}).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.is_streamed, lesson.room_seats) == (True, 50)
    assert client_of(cast.amina).get(door).status_code == 403
    assert client_of(cast.stranger).get(door).status_code == 404


def test_a_whole_series_is_streamed_from_its_form_or_from_one_lesson_on(cast: Cast) -> None:
    day = timezone.localdate() + timedelta(days=7)
    said = {"course": cast.course.pk, "title": "Lecture", "day": day, "time": "10:00", "minutes": "60"}
    weekly = {"repeats": "WEEKLY", "every": "1", "times": "3", "confirm": "1", "accept": "1"}
    teacher = client_of(cast.teacher)
    stream = {"is_streamed": "on", "room_seats": "50", "key": uuid.uuid4()}
    assert teacher.post("/lessons/new", said | weekly | stream).status_code == 302

    def planned() -> list[tuple[bool, int | None]]:
        rows = Lesson.objects.filter(title="Lecture").order_by("starts_at")
        return list(rows.values_list("is_streamed", "room_seats"))

    assert planned() == [(True, 50)] * 3
    second = Lesson.objects.filter(title="Lecture").order_by("starts_at")[1]
    answer = teacher.post(f"/lessons/{second.pk}/stream", {"scope": "following", "room_seats": ""})
    assert answer.status_code == 302
    assert planned() == [(True, 50), (False, None), (False, None)]
    bad = teacher.post("/lessons/new", said | {"room_seats": "9999", "key": uuid.uuid4()})
    assert bad.status_code == 400 and b"form-errors" in bad.content


async def advise_twice(lesson: Lesson, now: datetime) -> tuple[list[int], str]:
    """How many rooms were told each time, and what one of staff heard."""
    layer: Any = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(live.staff_group_of(lesson.room.pk), channel)
    counts = [await sync_to_async(rooms.advise_streams)(now=now) for _ in range(2)]
    return counts, (await layer.receive(channel))["message"]["type"]


@pytest.mark.django_db(transaction=True)
def test_where_bridges_are_full_staff_is_advised_once_a_minute_and_starts_the_stream_with_one_click(
    cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(status="live", opened_at=now)
    assert rooms.advise_streams(now=now) == 0
    Diversion.objects.create(region="", door=Way.HLS, why="stress", decided_at=now, judged_at=now)
    assert async_to_sync(advise_twice)(lesson, now) == ([1, 0], "stream.advised")
    door = f"/lessons/{lesson.pk}/stream/start"
    assert door in client_of(cast.teacher).get(f"/lessons/{lesson.pk}/room").content.decode()
    assert client_of(cast.amina).post(door).status_code == 403
    assert client_of(cast.stranger).post(door).status_code == 404
    assert client_of(cast.teacher).post(door).status_code == 302
    lesson.refresh_from_db()
    assert lesson.is_streamed
    cache.clear()
    assert rooms.advise_streams(now=now) == 0


# What begins by itself


def crowd(now: datetime) -> None:
    Diversion.objects.create(region="", door=Way.HLS, why="busy", decided_at=now, judged_at=now)


def enter(lesson: Lesson, person: Person, standing: Standing) -> None:
    now = timezone.now()
    Presence.objects.create(
        room=lesson.room,
        occupant=uuid.uuid4(),
        person=person,
        standing=standing,
        door=Door.PAGE,
        joined_at=now,
        last_seen_at=now,
    )


def test_where_bridges_are_full_a_lesson_that_expects_newcomers_begins_a_stream_once(
    cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(status="live", opened_at=now)
    enter(lesson, cast.teacher, Standing.TEACHER)
    assert rooms.start_streams(now=now) == 0, "there is room"
    crowd(now)
    assert [rooms.start_streams(now=now) for _ in range(2)] == [1, 0]
    lesson.refresh_from_db()
    assert (lesson.is_streamed, lesson.room_seats) == (True, None)
    assert AuditEvent.objects.get(act="stream.begun_by_load").target == f"lesson:{lesson.pk}"


def test_a_school_may_keep_streams_to_its_staff_who_are_advised_all_the_same(
    cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(status="live", opened_at=now)
    cast.school.policy = {**cast.school.policy, "streams_begin_by_themselves": False}
    cast.school.save()
    enter(lesson, cast.teacher, Standing.TEACHER)
    crowd(now)
    cache.clear()
    assert rooms.start_streams(now=now) == 0
    lesson.refresh_from_db()
    assert not lesson.is_streamed
    assert rooms.advise_streams(now=now) == 1
    assert client_of(cast.amina).get(f"/lessons/{lesson.pk}/room").status_code == 200, "newcomers come in"
    cast.school.policy = {}
    cast.school.save()
    assert rooms.start_streams(now=now) == 1, "a school that has decided nothing"


@pytest.mark.parametrize("who", ["nobody is inside", "everybody has come"])
def test_a_lesson_that_nobody_will_come_to_begins_none(cast: Cast, lesson: Lesson, who: str) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(status="live", opened_at=now)
    crowd(now)
    if who == "everybody has come":
        for person in (cast.amina, cast.bilal):
            enter(lesson, person, Standing.STUDENT)
    assert rooms.start_streams(now=now) == 0


def test_nobody_is_sent_to_a_stream_that_the_load_has_begun_before_it_shows_a_picture(
    cast: Cast, streamed: Lesson
) -> None:
    crowd(timezone.now())
    room, amina = f"/lessons/{streamed.pk}/room", client_of(cast.amina)
    assert amina.get(room).status_code == 200
    began = Broadcast.objects.create(
        lesson=streamed, state=BroadcastState.LISTENING, state_at=timezone.now(), port=1935
    )
    assert amina.get(room).status_code == 200
    Broadcast.objects.filter(pk=began.pk).update(state=BroadcastState.LIVE)
    assert amina.get(room)["Location"] == f"/lessons/{streamed.pk}/live"


def free_jibri(name: str) -> Recorder:
    now = timezone.now()
    about = {"base_url": f"http://{name}:2222", "state": "idle", "state_at": now, "next_poll_at": now}
    return Recorder.objects.create(name=name, **about)


def test_a_stream_that_began_late_gets_a_jibri_that_no_recording_needs(
    cast: Cast, streamed: Lesson, settings: Any
) -> None:
    settings.RECORDER_ENGINE = "jibri"
    now = timezone.now()
    enter(streamed, cast.teacher, Standing.TEACHER)
    recording = Recording.objects.create(lesson=streamed, state=RecordingState.RECORDING, state_at=now)
    writes = free_jibri("writes")
    Capture.objects.create(
        recording=recording,
        engine=Engine.JIBRI,
        session_id="s",
        state="running",
        recorder=writes,
        wanted_at=now,
        confirmed_at=now,
    )
    assert actions.want_broadcasts(now=now) == 1
    broadcast = Broadcast.objects.get()
    assert actions.broadcasts_to_send(now=now) == [], "nobody listens yet"
    actions.note_listening(broadcast=broadcast, address="streams", port=1935, now=now)
    [broadcast] = actions.broadcasts_to_send(now=now)
    assert actions.lease_sender(broadcast=broadcast, now=now) is None, "the only other one records"
    spare = free_jibri("spare")
    other = rooms.schedule_lesson(
        course=cast.course,
        title="Next",
        starts_at=now + timedelta(minutes=5),
        ends_at=now + timedelta(hours=2),
        created_by=cast.teacher,
    )
    assert actions.lease_sender(broadcast=broadcast, now=now) is None, "the next lesson needs it"
    Lesson.objects.filter(pk=other.pk).update(starts_at=now + timedelta(hours=1))
    assert actions.lease_sender(broadcast=broadcast, now=now) == spare
    assert actions.broadcasts_to_send(now=now) == []
    assert list(actions.free_recorders(now=now)) == [], "it is leased"
    assert sending_of(broadcast).stream_to.startswith("rtmp://streams:1935/live/")
    assert actions.senders_to_end(now=now) == []
    rooms.end_lesson(lesson=streamed, now=now, by=cast.teacher)
    actions.end_broadcasts(now=now)
    [over] = actions.senders_to_end(now=now)
    assert actions.free_sender(broadcast=over, now=now)
    assert list(actions.free_recorders(now=now)) == [spare]


# What a broadcast goes through


@pytest.fixture
def wanted(cast: Cast, streamed: Lesson) -> Iterator[Broadcast]:
    watch(cast, streamed)
    assert actions.want_broadcasts(now=timezone.now()) == 1
    assert actions.want_broadcasts(now=timezone.now()) == 0
    yield Broadcast.objects.get(lesson=streamed)


def test_two_hosts_never_take_the_same_broadcast(wanted: Broadcast) -> None:
    now = timezone.now()
    [first], [second] = actions.unhosted_broadcasts(now=now), actions.unhosted_broadcasts(now=now)
    assert actions.claim_broadcast(broadcast=first, host="a", now=now)
    assert not actions.claim_broadcast(broadcast=second, host="b", now=now)
    assert actions.unhosted_broadcasts(now=now) == []
    assert actions.unhosted_broadcasts(now=now + timedelta(seconds=7)) == [wanted]


def test_a_broadcast_is_shown_interrupted_shown_again_and_over(wanted: Broadcast) -> None:
    now = timezone.now()
    states = []
    for act in (
        lambda: actions.note_listening(broadcast=wanted, address="127.0.0.1", port=1935, now=now),
        lambda: actions.note_shown(broadcast=wanted, now=now),
        lambda: actions.note_interrupted(broadcast=wanted, now=now),
        lambda: actions.note_shown(broadcast=wanted, now=now),
        lambda: rooms.end_lesson(lesson=wanted.lesson, now=now),
        lambda: actions.end_broadcasts(now=now),
        lambda: actions.note_shown(broadcast=wanted, now=now),
    ):
        act()
        wanted.refresh_from_db()
        states.append(str(wanted.state))
    assert states == ["listening", "live", "interrupted", "live", "live", "over", "over"]
    assert wanted.interruptions == 1


def test_the_key_stands_nowhere_and_only_one_broadcast_has_it(
    wanted: Broadcast, broadcast_row: dict[str, Any]
) -> None:
    key = key_of(wanted)
    assert key not in str(broadcast_row)
    assert key_of(Broadcast(pk=wanted.pk, lesson_id=wanted.lesson_id, nonce="other")) != key
    assert address_of(wanted) == ""
    actions.note_listening(broadcast=wanted, address="127.0.0.1", port=1935, now=timezone.now())
    wanted.refresh_from_db()
    assert address_of(wanted) == f"rtmp://127.0.0.1:1935/live/{key}"


@pytest.fixture
def broadcast_row(wanted: Broadcast) -> dict[str, Any]:
    return dict(Broadcast.objects.filter(pk=wanted.pk).values()[0])


def test_pieces_of_a_stream_that_is_long_over_are_thrown_away(broadcast: Broadcast) -> None:
    now = timezone.now()
    sweep_shelves(now=now)  # what other tests left
    unknown = shelf_of(uuid.uuid4())
    unknown.mkdir()
    assert sweep_shelves(now=now) == 1
    assert shelf_of(broadcast.pk).is_dir() and not unknown.exists()
    Broadcast.objects.filter(pk=broadcast.pk).update(state=BroadcastState.OVER, ended_at=now)
    assert sweep_shelves(now=now) == 0
    assert sweep_shelves(now=now + timedelta(minutes=11)) == 1
    assert not shelf_of(broadcast.pk).exists()


# A Jibri that sends


def want_jibri(wanted: Broadcast) -> Capture:
    now = timezone.now()
    recording = Recording.objects.create(lesson=wanted.lesson, state=RecordingState.STARTING, state_at=now)
    return Capture.objects.create(recording=recording, engine=Engine.JIBRI, session_id="s", wanted_at=now)


def test_a_jibri_of_a_streamed_lesson_sends_as_soon_as_somebody_listens(wanted: Broadcast) -> None:
    now = want_jibri(wanted).wanted_at
    assert actions.captures_to_start(now=now) == []
    actions.note_listening(broadcast=wanted, address="streams", port=1935, now=now)
    wanted.refresh_from_db()
    [capture] = actions.captures_to_start(now=now)
    body = session_of(capture).body()
    assert (body["sinkType"], body["youTubeStreamKey"]) == ("stream", address_of(wanted))


def test_where_nobody_listens_it_records_into_a_file_all_the_same(wanted: Broadcast) -> None:
    capture = want_jibri(wanted)
    [found] = actions.captures_to_start(now=capture.wanted_at + timedelta(seconds=16))
    body = session_of(found).body()
    assert body["sinkType"] == "file" and "youTubeStreamKey" not in body
