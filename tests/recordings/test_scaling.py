"""The loop against a pool in memory: more before the bell, fewer when they are free, and everything written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Person
from classroom import actions as classroom
from classroom.capacity import Pace
from classroom.models import (
    Bridge,
    BridgeState,
    Lesson,
    LessonStatus,
    MachinePool,
    ScalingDecision,
    ScalingReason,
)
from classroom.queries import found_addresses, recorders_for
from common.machines import FakeMachines, Floor, Machines, Place, Seen
from common.refusals import Refused, Unavailable
from recordings import actions
from recordings.fleet import known_addresses
from recordings.models import Recorder, RecorderState
from recordings.scaling import scale
from tests.conftest import Cast
from tests.recordings.pools import MINUTE, Clock, plan_lessons, take_up

PACE = Pace(hold_seconds=60)
RECORDERS = [Place("recorders", "", "jibri", "eu-central-1")]
BRIDGES = [Place("bridges", "", "jvb", "eu-central-1")]

pytestmark = pytest.mark.django_db


class Scene(Clock):
    """A pool, and what the loop decides about it."""

    def __init__(self, places: list[Place], machines: Machines) -> None:
        super().__init__()
        self.places, self.machines = places, machines

    def look(self, later: timedelta = MINUTE) -> ScalingDecision:
        self.now += later
        assert scale(self.places, lambda _place: self.machines, pace=PACE, now=self.now) == 1
        return ScalingDecision.objects.latest("decided_at")

    @property
    def pool(self) -> MachinePool:
        return MachinePool.objects.get()


@pytest.fixture
def fake() -> FakeMachines:
    return FakeMachines(most=12)


@pytest.fixture
def scene(fake: FakeMachines) -> Scene:
    return Scene(RECORDERS, fake)


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_superuser("admin@platform.test", "correct horse battery", name="Admin")


def boot(scene: Scene, fake: FakeMachines) -> None:
    """What was asked for comes, is found by the next look, and answers."""
    fake.pass_time()
    scene.look()
    actions.register_recorders(addresses=known_addresses(), now=scene.now)
    scene.hear_from_all()


def test_recorders_come_before_the_bell_and_the_reason_is_written_down(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    plan_lessons(cast, 6, scene.now + 30 * MINUTE)
    quiet = scene.look()
    assert fake.look().asked_for == quiet.new <= 1  # one for what nobody planned
    before_the_bell = scene.look(20 * MINUTE)
    assert before_the_bell.new >= 6
    assert fake.look().asked_for == before_the_bell.new
    assert before_the_bell.reason == ScalingReason.TIMETABLE
    assert before_the_bell.inputs["lessons"] == 6
    assert (before_the_bell.old, before_the_bell.short) == (quiet.new, 0)


def test_a_look_that_changes_nothing_writes_no_second_line(cast: Cast, scene: Scene) -> None:
    scene.look()
    steady = scene.look()
    again = scene.look()
    assert again.pk == steady.pk
    assert again.judged_at == scene.now > again.decided_at


def test_a_machine_that_was_found_is_asked_as_if_it_were_named(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    plan_lessons(cast, 2, scene.now + 5 * MINUTE)
    scene.look()
    boot(scene, fake)
    found = found_addresses("recorders", 2222)
    assert found[0] == ("m-1", "http://10.0.0.1:2222", "")
    assert set(Recorder.objects.values_list("base_url", flat=True)) == {one[1] for one in found}


def test_only_free_ones_go_and_only_after_they_said_that_they_are_free(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    plan_lessons(cast, 4, scene.now + 5 * MINUTE, 20 * MINUTE)
    scene.look()
    boot(scene, fake)
    lessons = list(Lesson.objects.all())
    busy = take_up(scene, lessons[0])
    Lesson.objects.exclude(pk=lessons[0].pk).update(status=LessonStatus.ENDED)
    assert scene.look().reason == ScalingReason.HELD
    less = scene.look(2 * MINUTE)
    assert less.reason == ScalingReason.LESS
    leaving = set(scene.pool.leaving)
    assert leaving
    assert busy.name not in leaving
    asked_for = fake.look().asked_for
    scene.look()
    assert fake.look().asked_for == asked_for  # nobody has said a word since
    scene.hear_from_all()
    scene.look()
    assert fake.look().asked_for == asked_for - len(leaving)
    assert {one.name for one in fake.look().machines if one.is_leaving} == leaving
    fake.pass_time()
    scene.look()
    assert scene.pool.leaving == []
    assert busy.name in scene.pool.machines


def test_one_that_began_something_while_it_was_chosen_stays(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    plan_lessons(cast, 1, scene.now + 5 * MINUTE)
    scene.look()
    boot(scene, fake)
    recorder = take_up(scene, Lesson.objects.get())
    assert not actions.empty_recorder(recorder=recorder, now=scene.now)


def test_when_more_are_needed_those_that_are_being_emptied_are_taken_back_first(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    plan_lessons(cast, 4, scene.now + 5 * MINUTE, 20 * MINUTE)
    scene.look()
    boot(scene, fake)
    number = fake.look().asked_for
    Lesson.objects.update(status=LessonStatus.ENDED)
    scene.look()
    scene.look(2 * MINUTE)
    assert scene.pool.leaving
    plan_lessons(cast, 4, scene.now + 5 * MINUTE)
    scene.look()
    assert scene.pool.leaving == []
    assert fake.look().asked_for == number
    assert not Recorder.objects.filter(drained_at__isnull=False).exists()


def test_silent_recorders_may_be_at_work_and_nothing_goes(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    plan_lessons(cast, 4, scene.now + 5 * MINUTE, 20 * MINUTE)
    scene.look()
    boot(scene, fake)
    Lesson.objects.update(status=LessonStatus.ENDED)
    Recorder.objects.filter(name="m-1").update(state=RecorderState.SILENT)
    scene.look()
    assert scene.look(5 * MINUTE).reason == ScalingReason.UNKNOWN
    assert scene.pool.leaving == []


def test_what_the_bounds_do_not_allow_is_said(cast: Cast, scene: Scene, fake: FakeMachines) -> None:
    plan_lessons(cast, 20, scene.now + 5 * MINUTE)
    decision = scene.look()
    assert decision.new == fake.look().asked_for == 12
    assert decision.short >= 6


def test_a_wish_holds_until_it_expires_and_is_audited(
    cast: Cast, scene: Scene, fake: FakeMachines, admin: Person
) -> None:
    scene.look()
    until = scene.now + 10 * MINUTE
    classroom.wish_number(pool=scene.pool, number=7, expires_at=until, by=admin, now=scene.now)
    decision = scene.look()
    assert (decision.new, decision.reason, decision.inputs["wish"]) == (7, ScalingReason.WISH, 7)
    fake.pass_time()
    assert scene.look(10 * MINUTE).reason == ScalingReason.HELD
    assert scene.pool.wish_number is None


@pytest.mark.parametrize(
    ("number", "minutes", "code"),
    [(13, 10, "out_of_bounds"), (3, 0, "bad_expiry"), (3, 60 * 24 * 8, "bad_expiry")],
)
def test_a_wish_that_cannot_be_is_refused(
    scene: Scene, admin: Person, number: int, minutes: int, code: str
) -> None:
    scene.look()
    until = scene.now + minutes * MINUTE
    with pytest.raises(Refused, match=code):
        classroom.wish_number(pool=scene.pool, number=number, expires_at=until, by=admin, now=scene.now)


def test_floors_lie_ahead_and_are_taken_back_before_they_act(
    cast: Cast, scene: Scene, fake: FakeMachines
) -> None:
    bell = scene.now + 60 * MINUTE
    plan_lessons(cast, 5, bell)
    scene.look()
    floors: list[Floor] = fake.floors
    assert len(floors) == 1
    assert floors[0].least >= 5
    assert bell - 10 * MINUTE < floors[0].at < bell
    scene.look(floors[0].at - scene.now - 2 * MINUTE)
    assert fake.floors == []
    assert fake.look().asked_for >= 5  # we live, and have asked for them ourselves


class Away:
    """A cloud that does not answer."""

    def look(self) -> Seen:
        raise Unavailable("cloud_unreachable")

    def ask_for(self, number: int) -> None: ...
    def release(self, names: Any) -> None: ...
    def announce(self, floors: Any) -> None: ...


def test_a_cloud_that_is_away_changes_nothing(cast: Cast, scene: Scene, fake: FakeMachines) -> None:
    scene.look()
    before = ScalingDecision.objects.count()
    Scene(RECORDERS, Away()).now = scene.now
    assert scale(RECORDERS, lambda _place: Away(), pace=PACE, now=scene.now + MINUTE) == 1
    assert ScalingDecision.objects.count() == before
    assert scene.pool.trouble == "cloud_unreachable"
    scene.look(2 * MINUTE)
    assert scene.pool.trouble == ""


def test_two_processes_never_look_at_once(scene: Scene, other_session: Callable[[str], Any]) -> None:
    other_session("SELECT pg_advisory_lock(hashtextextended('capacity', 0))")
    assert scale(RECORDERS, lambda _place: scene.machines, pace=PACE, now=scene.now) == 0
    other_session("SELECT pg_advisory_unlock_all()")
    assert scale(RECORDERS, lambda _place: scene.machines, pace=PACE, now=scene.now) == 1


@pytest.fixture
def other_session() -> Any:
    keys = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    told = {keys[key]: connection.settings_dict[key] for key in keys if connection.settings_dict[key]}
    with psycopg.connect(**told, autocommit=True) as session:
        yield session.execute


def test_the_bridge_with_the_fewest_people_is_emptied_and_goes_when_it_is_empty(cast: Cast) -> None:
    fake = FakeMachines(least=1, most=6, network="10.1.0")
    scene = Scene(BRIDGES, fake)
    scene.look()
    fake.ask_for(3)
    fake.pass_time()
    scene.look()
    classroom.register_bridges(urls=[url for _name, url, _zone in found_addresses("bridges", 8080)])
    people = {"10.1.0.1": 30, "10.1.0.2": 4, "10.1.0.3": 0}
    for host, number in people.items():
        Bridge.objects.filter(url__contains=host).update(
            state=BridgeState.UP, participants=number, stress=number * 0.005
        )
    scene.look(2 * MINUTE)
    assert sorted(scene.pool.leaving) == ["m-2", "m-3"]
    Bridge.objects.filter(drain_wanted=True).update(is_draining=True, state=BridgeState.DRAINING)
    Bridge.objects.filter(url__contains="10.1.0.3").update(state=BridgeState.EMPTY)
    scene.look()
    assert [one.name for one in fake.look().machines if one.is_leaving] == ["m-3"]
    assert fake.look().asked_for == 2


def test_admission_counts_with_what_may_be_started(scene: Scene, settings: Any) -> None:
    settings.RECORDER_CAPACITY = 4
    assert recorders_for("local") == 4
    scene.look()
    settings.MACHINE_POOLS = ["recorders=asg:jibri@eu-central-1"]
    assert recorders_for("local") == 12
