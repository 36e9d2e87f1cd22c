"""A copy of one person's data, and its erasure."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey
from django.utils import timezone

from accounts.actions import find_broken_seal
from accounts.models import AuditEvent, Membership, Person, Role
from classroom.models import Fact, Lesson, Presence
from common.refusals import Refused
from housekeeping import actions, tasks
from housekeeping.belongings import BELONGINGS
from housekeeping.erasing import traces_of
from housekeeping.models import DataRequest, Kind, RequestState
from housekeeping.work import work
from recordings.models import Recording, Watch
from recordings.storage import folder
from tests.conftest import Cast, belong_to
from tests.housekeeping.scenes import hold_lesson, publish, sign_in_badly_and_well, stored_objects
from whiteboard.models import Edit

pytestmark = pytest.mark.django_db
NAME, EMAIL = "Canary Quixzotl-Ünïque", "canary.quixzotl@here.test"


def test_every_table_that_names_a_person_says_what_becomes_of_it() -> None:
    known = {(belonging.model, field) for belonging in BELONGINGS for field in belonging.fields}
    found = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Person
    }
    assert found == known, "housekeeping/belongings/"


@pytest.fixture
def canary(cast: Cast) -> Person:
    Person.objects.filter(pk=cast.amina.pk).update(name=NAME, email=EMAIL, last_login=timezone.now())
    cast.amina.refresh_from_db()
    return cast.amina


@pytest.fixture
def life(cast: Cast, canary: Person) -> Recording:
    """Everything that the product can keep of her."""
    lesson = hold_lesson(cast, ended_at=timezone.now() - timedelta(days=2))
    sign_in_badly_and_well(canary)
    return publish(lesson, canary)


def export(cast: Cast, person: Person) -> DataRequest:
    request = actions.request_export(institution=cast.school, person=person, by=person, now=timezone.now())
    work(request.pk)
    request.refresh_from_db()
    return request


def unzip(request: DataRequest) -> dict[str, str]:
    part = folder().open_range(request.key)
    with zipfile.ZipFile(io.BytesIO(b"".join(part.chunks))) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


class TestExport:
    def test_it_holds_what_is_kept_of_the_person_and_nobody_elses_rows(
        self, cast: Cast, life: Recording, canary: Person
    ) -> None:
        request = export(cast, canary)
        assert (request.state, request.percent) == (RequestState.DONE, 100)
        files = unzip(request)
        tables = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}
        assert tables["profile.json"][0]["email"] == EMAIL
        counts = {name: len(rows) for name, rows in tables.items()}
        assert (counts["presences.json"], counts["strokes.json"], counts["facts.json"]) == (1, 1, 2)
        assert tables["guardianships.json"] == [{"guardian": "Hodan", "child": NAME}]
        assert tables["recordings.json"][0]["lesson"] == "Fractions"
        assert "person.added" in {line["act"] for line in tables["audit.json"]}
        assert cast.bilal.email not in "".join(files.values())
        assert request.told == {name.removesuffix(".json"): rows for name, rows in counts.items()}

    def test_its_sheets_hold_no_formulas(self, cast: Cast, canary: Person) -> None:
        Person.objects.filter(pk=canary.pk).update(name="=HYPERLINK(1)")
        rows = list(csv.DictReader(io.StringIO(unzip(export(cast, canary))["profile.csv"])))
        assert rows[0]["name"] == "'=HYPERLINK(1)"

    def test_there_is_one_at_a_time_and_another_when_it_is_done(self, cast: Cast, canary: Person) -> None:
        def ask() -> DataRequest:
            return actions.request_export(
                institution=cast.school, person=canary, by=canary, now=timezone.now()
            )

        first = ask()
        with pytest.raises(Refused, match="already_running"):
            ask()
        work(first.pk)
        assert ask().pk != first.pk

    def test_a_cancelled_one_is_never_made(self, cast: Cast, canary: Person) -> None:
        now = timezone.now()
        request = actions.request_export(institution=cast.school, person=canary, by=canary, now=now)
        assert actions.cancel_request(request=request, by=canary, now=now) is True
        work(request.pk)
        request.refresh_from_db()
        assert (request.state, stored_objects()) == (RequestState.CANCELLED, [])

    def test_after_seven_days_it_is_gone(self, cast: Cast, canary: Person) -> None:
        request = export(cast, canary)
        assert len(stored_objects()) == 1
        actions.drop_old_exports(now=timezone.now() + timedelta(days=6))
        assert len(stored_objects()) == 1
        actions.drop_old_exports(now=timezone.now() + timedelta(days=8))
        request.refresh_from_db()
        assert (request.state, request.key, stored_objects()) == (RequestState.EXPIRED, "", [])

    def test_what_stumbles_three_times_has_failed(self, cast: Cast, canary: Person) -> None:
        settings.WORK_DIR.rmdir()
        settings.WORK_DIR.touch()  # no folder can be made there
        request = actions.request_export(
            institution=cast.school, person=canary, by=canary, now=timezone.now()
        )
        for _ in range(3):
            DataRequest.objects.update(lease_until=None)
            work(request.pk)
        request.refresh_from_db()
        assert (request.state, request.reason) == (RequestState.FAILED, "stumbled")


def erase(cast: Cast, person: Person, **changes: Any) -> DataRequest:
    asked: dict[str, Any] = {"typed_name": person.name, "by": cast.head, "institution": cast.school} | changes
    request = actions.start_erasure(person=person, now=timezone.now(), **asked)
    work(request.pk)
    request.refresh_from_db()
    return request


def test_the_sweep_knocks_for_every_open_request_that_nobody_is_at(
    cast: Cast, canary: Person, django_capture_on_commit_callbacks: Any
) -> None:
    first, second = (
        actions.request_export(institution=cast.school, person=one, by=cast.head, now=timezone.now())
        for one in (canary, cast.bilal)
    )
    DataRequest.objects.filter(pk=first.pk).update(lease_until=timezone.now() + timedelta(minutes=1))
    with django_capture_on_commit_callbacks() as knocks:
        tasks.sweep()
    assert [knock.args[1] for knock in knocks] == [[str(second.pk)]]


class TestErasure:
    def test_afterwards_no_column_and_no_file_knows_the_person(
        self, cast: Cast, life: Recording, canary: Person
    ) -> None:
        export(cast, canary)
        known = {"accounts_person.email", "axes_accessattempt.username", "axes_accesslog.username"}
        assert set(traces_of(EMAIL)) == known
        request = erase(cast, canary)
        assert (request.state, request.told["leftovers"]) == (RequestState.DONE, 0)
        for word in (EMAIL, NAME, "quixzotl"):
            assert traces_of(word) == {}
            assert traces_of(json.dumps(word)[1:-1]) == {}, "as JSON escapes it"
        assert [key for key in stored_objects() if "exports" in key] == []
        left = [path.read_text() for path in settings.RECORDINGS_DIR.rglob("*.json")]
        assert len(left) == 2
        assert not any("Quixzotl" in text for text in left)

    def test_what_others_need_stays_under_nobodys_name(
        self, cast: Cast, life: Recording, canary: Person
    ) -> None:
        before = Edit.objects.count(), Presence.objects.count(), Fact.objects.count()
        erase(cast, canary)
        assert (Edit.objects.count(), Presence.objects.count(), Fact.objects.count()) == before
        assert set(Presence.objects.values_list("person__name", flat=True)) == {"Tomas", "Erased person"}
        assert not Membership.objects.filter(person=canary).exists()
        assert not Watch.objects.filter(person=canary).exists()
        assert AuditEvent.objects.filter(act="person.erased", target=f"person:{canary.pk}").count() == 1
        assert find_broken_seal(cast.school) is None

    def test_sessions_end_at_once(self, cast: Cast, canary: Person) -> None:
        client = sign_in_badly_and_well(canary)
        assert client.get("/").status_code == 200
        erase(cast, canary)
        assert client.get("/").status_code == 302

    def test_who_also_belongs_elsewhere_stays_whole_there_and_is_nobody_here(
        self, cast: Cast, life: Recording, canary: Person
    ) -> None:
        belong_to(cast.elsewhere, canary, Role.STUDENT)
        erase(cast, canary)
        canary.refresh_from_db()
        assert (canary.name, canary.email, canary.is_active) == (NAME, EMAIL, True)
        assert [one.institution for one in canary.memberships.all()] == [cast.elsewhere]
        for belonging in BELONGINGS:
            assert not belonging.rows(canary, cast.school).exists(), belonging.name

    @pytest.mark.parametrize("on", ["person", "lesson"])
    def test_a_hold_beats_it(self, cast: Cast, life: Recording, canary: Person, on: str) -> None:
        target: Any = canary if on == "person" else life.lesson
        actions.set_hold(
            institution=cast.school, reason="A case", by=cast.head, now=timezone.now(), **{on: target}
        )
        with pytest.raises(Refused, match="held"):
            erase(cast, canary)

    def test_a_hold_set_on_the_lesson_meanwhile_stops_it(
        self, cast: Cast, life: Recording, canary: Person
    ) -> None:
        now = timezone.now()
        request = actions.start_erasure(
            institution=cast.school, person=canary, by=cast.head, typed_name=NAME, now=now
        )
        actions.set_hold(institution=cast.school, reason="A case", by=cast.head, now=now, lesson=life.lesson)
        work(request.pk)
        request.refresh_from_db()
        assert (request.state, request.reason) == (RequestState.FAILED, "held")
        assert Person.objects.get(pk=canary.pk).name == NAME

    def test_the_only_head_stays_and_nobody_erases_themselves(self, cast: Cast) -> None:
        with pytest.raises(Refused, match="oneself"):
            erase(cast, cast.head)
        with pytest.raises(Refused, match="sole_head"):
            erase(cast, cast.head, by=cast.teacher)

    @pytest.mark.parametrize("typed", ["", "Canary", "canary quixzotl"])
    def test_the_name_must_be_typed(self, cast: Cast, canary: Person, typed: str) -> None:
        with pytest.raises(Refused, match="name_differs"):
            erase(cast, canary, typed_name=typed)

    def test_spaces_and_capitals_do_not_matter(self, cast: Cast, canary: Person) -> None:
        assert erase(cast, canary, typed_name=f"  {NAME.upper()} ").state == RequestState.DONE

    def test_somebody_of_another_school_is_not_here(self, cast: Cast) -> None:
        with pytest.raises(Refused, match="not_here"):
            erase(cast, cast.stranger)

    def test_the_deadline_is_thirty_days(self, cast: Cast, canary: Person) -> None:
        now = timezone.now()
        request = actions.start_erasure(
            institution=cast.school,
            person=canary,
            by=cast.head,
            typed_name=NAME,
            now=now - timedelta(days=31),
        )
        assert request.due_at == now - timedelta(days=1)
        assert request.is_overdue
        work(request.pk)
        assert not DataRequest.objects.get(kind=Kind.ERASURE).is_overdue

    def test_lessons_they_scheduled_stay(self, cast: Cast, lesson: Lesson) -> None:
        erase(cast, cast.teacher)
        lesson.refresh_from_db()
        assert lesson.created_by.name == "Erased person"
