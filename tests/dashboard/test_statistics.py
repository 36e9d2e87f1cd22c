"""Usage in figures: what counts, where a month ends, and who sees whose."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Institution, Person
from classroom import actions
from classroom.models import Course, Lesson, Peak, Presence, Standing
from dashboard.figures import Figures, Scope, Table, figures_of, months_before, next_month
from recordings.models import Recording, RecordingState
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered(db: None) -> None:
    """The cast has the same keys in every test."""
    cache.clear()


def hold(cast: Cast, starts_at: datetime, *, who: tuple[Person, ...] = (), minutes: int = 30) -> Lesson:
    """A lesson of the past; `who` were inside from beginning to end."""
    lesson = actions.schedule_lesson(
        course=cast.course,
        title="Held",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=cast.teacher,
    )
    for person in who:
        actions.enter_room(
            room=lesson.room,
            person=person,
            standing=Standing.STUDENT,
            occupant=uuid4(),
            connection="c",
            now=starts_at,
        )
    actions.end_lesson(lesson=lesson, now=starts_at + timedelta(minutes=minutes))
    return lesson


def figures(cast: Cast, first: date, last: date) -> Table:
    ours = Institution.objects.filter(pk=cast.school.pk)
    return figures_of(Scope.of_institutions(ours), first=first, last=last)


MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def test_people_are_counted_once_and_their_minutes_too(cast: Cast) -> None:
    first = hold(cast, datetime(2026, 3, 3, 9, tzinfo=UTC), who=(cast.amina, cast.bilal))
    hold(cast, datetime(2026, 3, 4, 9, tzinfo=UTC), who=(cast.amina,), minutes=20)
    hold(cast, datetime(2026, 3, 5, 9, tzinfo=UTC))  # nobody came: not held
    # A second tab of Amina's, ten minutes long, within the thirty.
    begun = first.starts_at + timedelta(minutes=5)
    Presence.objects.create(
        room=first.room,
        occupant=uuid4(),
        person=cast.amina,
        standing=Standing.STUDENT,
        joined_at=begun,
        last_seen_at=begun,
        left_at=begun + timedelta(minutes=10),
    )
    total = figures(cast, MARCH, MARCH)[None, None]
    assert (total.lessons, total.minutes, total.participants, total.person_minutes) == (2, 50, 2, 80)


def test_who_left_at_once_was_there_too(cast: Cast) -> None:
    hold(cast, datetime(2026, 3, 3, 9, tzinfo=UTC), who=(cast.amina,), minutes=0)
    total = figures(cast, MARCH, MARCH)[None, None]
    assert (total.participants, total.person_minutes) == (1, 0)


def test_people_of_two_months_do_not_add_up(cast: Cast) -> None:
    hold(cast, datetime(2026, 3, 3, 9, tzinfo=UTC), who=(cast.amina,))
    hold(cast, datetime(2026, 4, 3, 9, tzinfo=UTC), who=(cast.amina,))
    found = figures(cast, MARCH, APRIL)
    assert [found[None, month].participants for month in (MARCH, APRIL, None)] == [1, 1, 1]


def ask(scope: Scope, first: date, last: date) -> tuple[Table, bool]:
    """The figures, and whether PostgreSQL had to count people for them."""
    with CaptureQueriesContext(connection) as asked:
        table = figures_of(scope, first=first, last=last)
    return table, any("classroom_presence" in one["sql"] for one in asked.captured_queries)


def test_a_month_that_is_over_is_counted_once(cast: Cast) -> None:
    hold(cast, datetime(2026, 3, 3, 9, tzinfo=UTC), who=(cast.amina, cast.bilal))
    hold(cast, datetime(2026, 4, 3, 9, tzinfo=UTC), who=(cast.amina,), minutes=20)
    ours = Scope.of_institutions(Institution.objects.filter(pk=cast.school.pk))
    (first, counted), (again, counted_again) = ask(ours, MARCH, APRIL), ask(ours, MARCH, APRIL)
    assert (counted, counted_again) == (True, False)
    assert first == again
    assert (again[None, None].participants, again[None, None].person_minutes) == (2, 80)


def test_this_month_is_counted_each_time(cast: Cast) -> None:
    now = timezone.now()
    month = timezone.localdate(timezone=ZoneInfo(cast.school.time_zone)).replace(day=1)
    for number, person in enumerate((cast.amina, cast.bilal), start=1):
        hold(cast, now, who=(person,))
        assert figures(cast, month, month)[None, None].participants == number


def test_whoever_is_in_two_courses_is_one_person(cast: Cast) -> None:
    hold(cast, datetime(2026, 3, 3, 9, tzinfo=UTC), who=(cast.amina,))
    other = actions.create_course(institution=cast.school, title="Physics 9", language="en")
    lesson = hold(cast, datetime(2026, 3, 4, 9, tzinfo=UTC), who=(cast.amina, cast.bilal))
    Lesson.objects.filter(pk=lesson.pk).update(course=other)
    both = Scope.of_courses(Course.objects.filter(institution=cast.school))
    for table in (ask(both, MARCH, MARCH)[0], ask(both, MARCH, MARCH)[0]):  # counted, and remembered
        held = [table[place, MARCH].participants for place in (cast.course.pk, other.pk, None)]
        assert held == [1, 2, 2]


@pytest.mark.parametrize(
    ("zone", "instant", "month"),
    [
        ("Africa/Nairobi", datetime(2026, 3, 31, 20, 59, tzinfo=UTC), MARCH),
        ("Africa/Nairobi", datetime(2026, 3, 31, 21, 0, tzinfo=UTC), APRIL),
        # The clocks of Zurich went forward on 29 March: midnight is at 22:00 UTC, not at 23:00.
        ("Europe/Zurich", datetime(2026, 3, 31, 22, 0, tzinfo=UTC), APRIL),
        ("Europe/Zurich", datetime(2026, 3, 31, 21, 59, tzinfo=UTC), MARCH),
        ("Pacific/Kiritimati", datetime(2026, 3, 31, 10, 0, tzinfo=UTC), APRIL),
        ("Pacific/Pago_Pago", datetime(2026, 4, 1, 10, 59, tzinfo=UTC), MARCH),
    ],
)
def test_a_month_begins_at_midnight_where_the_school_is(
    cast: Cast, zone: str, instant: datetime, month: date
) -> None:
    Institution.objects.filter(pk=cast.school.pk).update(time_zone=zone)
    hold(cast, instant, who=(cast.amina,))
    for asked in (MARCH, APRIL):
        found = figures(cast, asked, asked).get((None, None), Figures())
        assert found.lessons == (1 if asked == month else 0)


def test_recordings_are_counted_by_what_became_of_them(cast: Cast) -> None:
    states = (
        (RecordingState.PUBLISHED, ""),
        (RecordingState.PUBLISHED, ""),
        (RecordingState.FAILED, "no_recorder"),
        (RecordingState.FAILED, "nobody_came"),
        (RecordingState.EXPECTED, ""),
    )
    for day, (state, reason) in enumerate(states, start=1):
        lesson = hold(cast, datetime(2026, 3, day, 9, tzinfo=UTC), who=(cast.amina,))
        Recording.objects.create(
            lesson=lesson,
            state=state,
            reason=reason,
            state_at=timezone.now(),
            duration_seconds=1800,
            size_bytes=1000,
        )
    total = figures(cast, MARCH, MARCH)[cast.school.pk, MARCH]
    assert (total.published, total.failed, total.recorded_hours, total.bytes) == (2, 1, 1.0, 2000)


def test_months_are_counted_back_over_the_turn_of_the_year() -> None:
    assert months_before(date(2026, 2, 1), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert next_month(date(2025, 12, 1)) == date(2026, 1, 1)


@pytest.fixture
def usage(cast: Cast) -> Cast:
    """Somebody came to Mathematics 7b a moment ago; another course, which Tomas does not teach, was held too."""
    begun = timezone.now().replace(day=1, hour=12) - timedelta(days=3)
    hold(cast, begun, who=(cast.amina,))
    other = actions.create_course(institution=cast.school, title="Physics 9", language="en")
    lesson = hold(cast, begun, who=(cast.bilal,))
    Lesson.objects.filter(pk=lesson.pk).update(course=other)
    return cast


def rows_of(person: Person) -> list[list[str]]:
    answer = client_of(person).get("/statistics.csv", {"months": "3"})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


def test_each_sees_the_figures_that_are_theirs(usage: Cast) -> None:
    admin = Person.objects.create_user("platform@here.test", None, name="Petra", is_platform_admin=True)
    held = {
        who.name: sum(int(row[2]) for row in rows_of(who))
        for who in (usage.head, usage.teacher, usage.stranger, admin)
    }
    assert held == {"Salma": 2, "Tomas": 1, "Jonas": 0, "Petra": 2}
    assert {row[0] for row in rows_of(usage.head)} == {"Here"}
    assert {row[0] for row in rows_of(usage.teacher)} == {"Mathematics 7b"}
    assert {row[0] for row in rows_of(admin)} == {"Here", "There"}


@pytest.mark.parametrize("who", ["amina", "guardian", "guest"])
@pytest.mark.parametrize("path", ["/statistics", "/statistics.csv"])
def test_nobody_else_sees_figures(usage: Cast, who: str, path: str) -> None:
    assert client_of(getattr(usage, who)).get(path).status_code == 403


def test_the_csv_cannot_be_a_formula(usage: Cast) -> None:
    Course.objects.filter(pk=usage.course.pk).update(title="=HYPERLINK(1)")
    assert {row[0] for row in rows_of(usage.teacher)} == {"'=HYPERLINK(1)"}


@pytest.mark.parametrize(
    "bad", [{"months": "7"}, {"months": "x"}, {"until": "2026-13"}, {"until": "9999-01"}]
)
def test_a_range_that_does_not_exist_is_said_at_its_field(usage: Cast, bad: dict[str, str]) -> None:
    answer = client_of(usage.head).get("/statistics", bad)
    assert answer.status_code == 400
    assert "Select a valid choice" in answer.content.decode()


def test_the_page_draws_and_says_the_same_numbers(usage: Cast) -> None:
    page = client_of(usage.head).get("/statistics").content.decode()
    assert page.count('class="chart-sheet"') == 4
    assert page.count("<rect class") == 48
    assert 'style="' not in page
    assert re.search(r"<td[^>]*>2</td>", page)


def test_svg_gets_numbers_it_can_read_in_every_language(usage: Cast) -> None:
    """German writes 8,33; a path must say 8.33."""
    page = client_of(usage.head).get("/statistics", headers={"accept-language": "de"}).content.decode()
    assert 'width="5.67"' in page


def test_no_lessons_make_a_friendly_page(cast: Cast) -> None:
    assert "Nothing took place in this time" in client_of(cast.head).get("/statistics").content.decode()


def test_the_most_people_at_once_are_counted_by_the_minute_and_kept_by_the_day(cast: Cast) -> None:
    noon = datetime(2026, 3, 3, 9, tzinfo=UTC)
    lesson = actions.schedule_lesson(
        course=cast.course,
        title="Full",
        starts_at=noon,
        ends_at=noon + timedelta(hours=1),
        created_by=cast.teacher,
    )
    for minute, person in enumerate((cast.amina, cast.bilal, cast.amina)):  # Amina has two tabs
        actions.enter_room(
            room=lesson.room,
            person=person,
            standing=Standing.STUDENT,
            occupant=uuid4(),
            connection=f"c{minute}",
            now=noon + timedelta(minutes=minute),
        )
        actions.record_peaks(now=noon + timedelta(minutes=minute))
    actions.end_lesson(lesson=lesson, now=noon + timedelta(minutes=5))
    actions.record_peaks(now=noon + timedelta(minutes=6))
    peak = Peak.objects.get(institution=cast.school)
    assert (peak.day, peak.people, peak.at) == (noon.date(), 2, noon + timedelta(minutes=1))
    table = figures(cast, MARCH, APRIL)
    assert [table[key].peak for key in ((cast.school.pk, MARCH), (cast.school.pk, None), (None, None))] == [
        2
    ] * 3


def test_peaks_of_two_schools_do_not_add_up(cast: Cast) -> None:
    for school, people in ((cast.school, 5), (cast.elsewhere, 7)):
        Peak.objects.create(institution=school, day=MARCH, people=people, at=timezone.now())
    table = figures_of(Scope.of_institutions(Institution.objects.all()), first=MARCH, last=MARCH)
    assert [table[school.pk, MARCH].peak for school in (cast.school, cast.elsewhere)] == [5, 7]
    assert (None, MARCH) not in table or table[None, MARCH].peak == 0
