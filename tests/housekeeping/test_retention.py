"""What is due, purely; and what goes because of it, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import AuditEvent
from classroom.models import Fact, Lesson, Presence
from common.refusals import Refused
from housekeeping import actions, tasks
from housekeeping.retention import Kept, Periods, read_periods, what_is_due
from recordings.expiry import expire
from recordings.models import Chapter, Recording, RecordingState, Watch
from recordings.originals import delete_originals, find_proven
from recordings.storage import storage
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson, publish, stored_objects
from whiteboard.models import Edit

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def test_what_is_due_is_what_was_kept_to_the_last_second_the_oldest_first() -> None:
    kept = [
        Kept("new", ago(9.99)),
        Kept("just", ago(10)),
        Kept("old", ago(400)),
        Kept("held", ago(400), True),
    ]
    assert [one.id for one in what_is_due(kept, timedelta(days=10), now=NOON)] == ["old", "just"]


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        ({}, 180),
        ({"retention_days": 30}, 30),
        ({"retention_days": "30"}, 180),
        ({"retention_days": 0}, 180),
        ({"retention_days": True}, 180),
        ({"retention_days": 10**9}, 180),
        ({"retention_days": None}, 180),
    ],
)
def test_days_that_make_no_sense_are_the_usual_ones(policy: dict[str, object], days: int) -> None:
    assert read_periods(policy).retention_days == days


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def old(cast: Cast) -> Recording:
    return publish(hold_lesson(cast, ended_at=days_ago(181)), cast.amina)


@pytest.mark.django_db
class TestRecordings:
    def retire(self, cast: Cast) -> list[Recording]:
        doomed = actions.doom_due(institution=cast.school, now=timezone.now())
        for recording in doomed:
            expire(recording.pk)
        return doomed

    def test_an_old_one_goes_with_its_files_and_its_board_stays(self, cast: Cast, old: Recording) -> None:
        young = publish(hold_lesson(cast, ended_at=days_ago(179)), cast.amina)
        edits = Edit.objects.count()
        assert self.retire(cast) == [old]
        old.refresh_from_db()
        assert (old.state, old.video_key, old.poster_key) == (RecordingState.EXPIRED, "", "")
        assert stored_objects() == sorted([young.video_key, young.poster_key])
        assert not any((settings.RECORDINGS_DIR / one.session_id).exists() for one in old.captures.all())
        assert not Chapter.objects.filter(recording=old).exists()
        assert not Watch.objects.filter(recording=old).exists()
        assert Edit.objects.count() == edits > 0

    def test_it_is_told_once_and_done_once(self, cast: Cast, old: Recording) -> None:
        self.retire(cast)
        assert self.retire(cast) == []
        assert expire(old.pk) is False
        line = AuditEvent.objects.get(act="recording.expired")
        assert (line.target, line.actor) == (f"recording:{old.pk}", None)
        assert line.detail == {"lesson": str(old.lesson_id), "days": 180}

    def test_each_school_has_its_own_days(self, cast: Cast, old: Recording) -> None:
        actions.change_retention(institution=cast.school, retention_days=365, facts_days=730, by=cast.head)
        assert self.retire(cast) == []
        cast.elsewhere.policy = {"retention_days": 1}
        cast.elsewhere.save()
        assert actions.doom_due(institution=cast.elsewhere, now=timezone.now()) == []

    def test_one_that_is_still_being_made_stays(self, cast: Cast, old: Recording) -> None:
        Recording.objects.update(state=RecordingState.COMPOSING)
        assert self.retire(cast) == []

    @pytest.mark.parametrize("on", ["lesson", "person"])
    def test_a_hold_beats_the_time_until_it_is_released(self, cast: Cast, old: Recording, on: str) -> None:
        target: Lesson | object = old.lesson if on == "lesson" else cast.amina
        now = timezone.now()
        hold = actions.set_hold(
            institution=cast.school,
            reason="A complaint",
            by=cast.head,
            now=now,
            **{on: target},  # type: ignore[arg-type]
        )
        assert self.retire(cast) == []
        assert actions.release_hold(hold=hold, by=cast.head, now=now) is True
        assert self.retire(cast) == [old]

    def test_what_is_being_deleted_can_be_held_no_more(self, cast: Cast, old: Recording) -> None:
        actions.doom_due(institution=cast.school, now=timezone.now())
        with pytest.raises(Refused, match="already_gone"):
            actions.set_hold(
                institution=cast.school, reason="Late", by=cast.head, now=timezone.now(), lesson=old.lesson
            )

    @pytest.mark.parametrize("days", [0, 3651, -1])
    def test_days_out_of_bounds_are_refused(self, cast: Cast, days: int) -> None:
        with pytest.raises(Refused, match="bad_days"):
            actions.change_retention(
                institution=cast.school, retention_days=days, facts_days=730, by=cast.head
            )


@pytest.mark.django_db
class TestOriginals:
    """What the recorders left beside a video that the store holds."""

    def prove(self, recording: Recording) -> None:
        held = storage().head(recording.video_key)
        assert held is not None
        Recording.objects.filter(pk=recording.pk).update(sha256=held.sha256, size_bytes=held.size)

    def are_there(self, recording: Recording) -> bool:
        return any((settings.RECORDINGS_DIR / one.session_id).exists() for one in recording.captures.all())

    @pytest.mark.parametrize("on", ["lesson", "person"])
    def test_a_hold_that_is_set_after_they_were_found_due_beats_the_task(
        self, cast: Cast, old: Recording, on: str
    ) -> None:
        self.prove(old)
        assert actions.originals_due(institution=cast.school, now=timezone.now()) == [old.pk]
        target: Lesson | object = old.lesson if on == "lesson" else cast.amina
        hold = actions.set_hold(
            institution=cast.school,
            reason="A complaint",
            by=cast.head,
            now=timezone.now(),
            **{on: target},  # type: ignore[arg-type]
        )
        tasks.drop_originals(str(old.pk))
        assert self.are_there(old)
        actions.release_hold(hold=hold, by=cast.head, now=timezone.now())
        tasks.drop_originals(str(old.pk))
        assert not self.are_there(old)

    def test_they_stay_while_somebody_has_it_composed_again(self, old: Recording) -> None:
        """Between the store's proof and the deletion: it is made of just these."""
        self.prove(old)
        proven = find_proven(old.pk)
        assert proven is not None
        Recording.objects.filter(pk=old.pk).update(state=RecordingState.CAPTURED)
        assert delete_originals(proven) is False
        assert self.are_there(old)


@pytest.mark.django_db
class TestFacts:
    def test_old_presences_and_facts_go_and_the_lesson_stays(self, cast: Cast) -> None:
        old = hold_lesson(cast, ended_at=days_ago(Periods().facts_days + 1))
        young = hold_lesson(cast, ended_at=days_ago(Periods().facts_days - 1))
        assert actions.forget_due(institution=cast.school, now=timezone.now()) == 1
        assert not Presence.objects.filter(room__lesson=old).exists()
        assert not Fact.objects.filter(lesson=old).exists()
        assert Presence.objects.filter(room__lesson=young).count() == 2
        assert Lesson.objects.filter(pk=old.pk).exists()
        assert AuditEvent.objects.get(act="facts.expired").detail["presences"] == 2
        assert actions.forget_due(institution=cast.school, now=timezone.now()) == 0

    def test_a_hold_on_somebody_who_was_there_keeps_them(self, cast: Cast) -> None:
        hold_lesson(cast, ended_at=days_ago(1000))
        actions.set_hold(
            institution=cast.school, reason="A case", by=cast.head, now=timezone.now(), person=cast.amina
        )
        assert actions.forget_due(institution=cast.school, now=timezone.now()) == 0

    def test_the_task_looks_at_every_school(self, cast: Cast) -> None:
        hold_lesson(cast, ended_at=days_ago(1000))
        tasks.retire()
        assert not Presence.objects.exists()
