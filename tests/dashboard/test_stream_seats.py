"""Who may go into the room of a streamed lesson and who watches, by whichever door they come."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from classroom.models import Diversion, Lesson
from recordings.models import Broadcast, BroadcastState
from tests.conftest import Cast
from tests.dashboard.test_phone_pages import ANDROID, IPHONE, JWT, get, jitsi

pytestmark = pytest.mark.django_db
__all__ = ["jitsi"]


@pytest.fixture
def streamed(lesson: Lesson, jitsi: None) -> Lesson:
    """Live, planned with a stream and without a seat for anybody of the class."""
    Lesson.objects.filter(pk=lesson.pk).update(
        is_streamed=True, room_seats=0, status="live", opened_at=timezone.now()
    )
    lesson.refresh_from_db()
    return lesson


@pytest.mark.parametrize("agent", [IPHONE, ANDROID])
def test_a_phone_for_which_there_is_no_seat_is_led_to_the_stream(
    cast: Cast, streamed: Lesson, agent: str
) -> None:
    room, app, live = (f"/lessons/{streamed.pk}/{page}" for page in ("room", "app", "live"))
    sent: Any = get(cast.amina, room, agent)
    assert sent["Location"] in {app, live}
    for address in (app, f"{app}?profile=saver"):
        answer: Any = get(cast.amina, address, agent)
        assert (answer.status_code, answer.headers.get("Location")) == (302, live)
        assert not JWT.search(answer.content.decode())
    for query in ("browser", "app"):
        assert get(cast.amina, room, agent, video=query)["Location"] == live
    assert JWT.search(get(cast.teacher, app, agent).content.decode())
    Lesson.objects.filter(pk=streamed.pk).update(is_streamed=False)
    assert JWT.search(get(cast.amina, app, agent).content.decode())


def test_a_phone_watches_where_bridges_are_full_as_soon_as_there_is_a_picture(
    cast: Cast, streamed: Lesson
) -> None:
    app, now = f"/lessons/{streamed.pk}/app", timezone.now()
    Lesson.objects.filter(pk=streamed.pk).update(room_seats=None)
    Diversion.objects.create(region="", door="hls", why="busy", decided_at=now, judged_at=now)
    assert get(cast.amina, app, ANDROID).status_code == 200
    Broadcast.objects.create(
        lesson=streamed,
        state=BroadcastState.LIVE,
        state_at=now,
        shown_at=now,
        address="127.0.0.1",
        port=1935,
    )
    assert get(cast.amina, app, ANDROID)["Location"] == f"/lessons/{streamed.pk}/live"
    assert get(cast.teacher, app, ANDROID).status_code == 200
