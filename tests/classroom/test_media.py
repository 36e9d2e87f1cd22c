"""What those in the Jitsi app send, as Prosody tells it: shown as it was said last, and unknown where nobody said it."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Person
from attendance.queries import register_of
from classroom import actions, messages
from classroom.jitsi.events import read_snapshot
from classroom.models import Fact, HookEvent, Lesson, Presence, Standing
from classroom.queries import shown_presences
from common.clock import from_ms, to_ms
from tests.classroom.jitsi.speech import event, joined, left, occupant, snapshot
from tests.classroom.test_visits import tell
from tests.conftest import Cast
from tests.wire.test_shield import refuse

pytestmark = pytest.mark.django_db
Media = dict[str, bool]
OFF: Media = {"microphone": False, "camera": False, "screen": False}
ON = OFF | {"microphone": True, "camera": True}
UNKNOWN = dict.fromkeys(OFF, None)


@pytest.fixture(autouse=True)
def _jitsi(settings: Any) -> None:
    settings.JITSI_DOMAIN = "meet.here.test"


@pytest.fixture
def began() -> int:
    return to_ms(timezone.now().replace(microsecond=0) - timedelta(seconds=60))


def media(lesson: Lesson, who: dict[str, Any], at: int, **sent: bool) -> dict[str, Any]:
    return event("occupant.media", lesson.room.name, at, occupant=who | {"media": OFF | sent})


def shown(lesson: Lesson, person: Person) -> dict[str, bool | None]:
    """As the panel has it; of somebody who stands there once."""
    (one,) = (one for one in shown_presences(lesson.room) if one.person == person)
    told = messages.participant(one)
    return {name: told[name] for name in OFF}


def open_companion(lesson: Lesson, person: Person) -> Presence:
    return actions.enter_room(
        room=lesson.room,
        person=person,
        standing=Standing.STUDENT,
        occupant=uuid.uuid4(),
        connection="companion",
        has_video=False,
        now=timezone.now(),
    )


def test_whom_nobody_told_is_not_known_and_then_as_it_was_told(
    lesson: Lesson, cast: Cast, began: int
) -> None:
    app = occupant(cast.amina.pk, began)
    tell(joined(lesson.room.name, app))
    assert shown(lesson, cast.amina) == UNKNOWN
    tell(media(lesson, app, began + 5_000, microphone=True, camera=True))
    assert shown(lesson, cast.amina) == ON
    tell(media(lesson, app, began + 6_000, screen=True))
    assert shown(lesson, cast.amina) == OFF | {"screen": True}


def test_it_may_be_told_with_the_arrival(lesson: Lesson, cast: Cast, began: int) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, began) | {"media": ON}))
    assert shown(lesson, cast.amina) == ON


@pytest.mark.deep
def test_in_whichever_order_and_however_often_it_comes_the_last_one_holds(
    lesson: Lesson, cast: Cast, began: int
) -> None:
    app = occupant(cast.amina.pk, began)
    story = [
        joined(lesson.room.name, app),
        media(lesson, app, began + 1_000, microphone=True),
        media(lesson, app, began + 2_000),
        media(lesson, app, began + 3_000, camera=True),
    ]
    for order in itertools.permutations(story):
        Presence.objects.all().delete()
        Fact.objects.all().delete()
        HookEvent.objects.all().delete()
        for one in (*order, *order):
            tell(one)
        assert shown(lesson, cast.amina) == OFF | {"camera": True}


def test_the_snapshot_mends_what_was_lost_and_is_no_newer_than_it_was_seen(
    lesson: Lesson, cast: Cast, began: int
) -> None:
    app = occupant(cast.amina.pk, began)
    seen = began + 20_000
    tell(media(lesson, app, seen + 1_000, screen=True))
    for at, sent in ((seen, OFF | {"screen": True}), (seen + 2_000, ON)):
        body = snapshot(at, lesson.room.name, app | {"media": ON})
        heard = from_ms(seen + 3_000)
        actions.compare_with_snapshot(snapshot=read_snapshot(body), asked_at=from_ms(at), now=heard)
        assert shown(lesson, cast.amina) == sent


def test_beside_the_app_the_companion_shows_what_the_app_sends_whatever_it_claims(
    lesson: Lesson, cast: Cast, began: int
) -> None:
    page = open_companion(lesson, cast.amina)
    assert shown(lesson, cast.amina) == UNKNOWN
    phone, tablet = occupant(cast.amina.pk, began), occupant(cast.amina.pk, began + 1_000)
    tell(joined(lesson.room.name, phone), joined(lesson.room.name, tablet))
    assert shown(lesson, cast.amina) == UNKNOWN
    tell(
        media(lesson, phone, began + 2_000, microphone=True),
        media(lesson, tablet, began + 3_000, camera=True),
    )
    assert shown(lesson, cast.amina) == ON
    claim: dict[str, Any] = {"room": lesson.room, "occupant": page.occupant, "now": timezone.now()}
    actions.change_media(**claim, microphone=False, camera=False, screen=True)
    assert shown(lesson, cast.amina) == ON
    tell(left(lesson.room.name, phone, began + 4_000))
    assert shown(lesson, cast.amina) == OFF | {"camera": True}
    tell(left(lesson.room.name, tablet, began + 5_000))
    assert shown(lesson, cast.amina) == OFF


def test_who_may_not_send_is_shown_as_silent_whatever_their_client_says(
    lesson: Lesson, cast: Cast, began: int
) -> None:
    refuse(cast, cast.amina)
    tell(joined(lesson.room.name, occupant(cast.amina.pk, began) | {"media": ON}))
    assert shown(lesson, cast.amina) == OFF


def test_a_companion_that_opens_later_knows_at_once(lesson: Lesson, cast: Cast, began: int) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, began) | {"media": ON}))
    open_companion(lesson, cast.amina)
    assert shown(lesson, cast.amina) == ON


def test_the_page_with_video_says_itself_what_it_sends(lesson: Lesson, cast: Cast, began: int) -> None:
    page = open_companion(lesson, cast.amina)
    Presence.objects.filter(pk=page.pk).update(has_video=True)
    tell(joined(lesson.room.name, occupant(cast.amina.pk, began) | {"media": ON}))
    assert shown(lesson, cast.amina) == OFF


@pytest.mark.parametrize("odd", [None, [], "on", {}, ON | {"camera": 1}, {"microphone": True}])
def test_what_is_no_such_thing_tells_nothing_and_whoever_it_is_about_is_inside_all_the_same(
    odd: Any, lesson: Lesson, cast: Cast, began: int
) -> None:
    tell(
        event(
            "occupant.media",
            lesson.room.name,
            began,
            occupant=occupant(cast.amina.pk, began) | {"media": odd},
        )
    )
    assert shown(lesson, cast.amina) == UNKNOWN


def test_the_register_and_the_timeline_know_nothing_of_it(lesson: Lesson, cast: Cast, began: int) -> None:
    app = occupant(cast.amina.pk, began)
    tell(joined(lesson.room.name, app), left(lesson.room.name, app, began + 30_000))
    now = timezone.now()
    before, facts = register_of(lesson, now=now), set(Fact.objects.values_list("key", flat=True))
    for second in range(1, 40):
        tell(media(lesson, app, began + second * 1_000, microphone=second % 2 == 0))
    assert register_of(lesson, now=now) == before
    assert set(Fact.objects.values_list("key", flat=True)) == facts
