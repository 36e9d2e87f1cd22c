"""The calendar: month, week and day, in the school's own zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from accounts.models import Institution, Person
from accounts.queries import institutions_of, week_begins
from classroom import rules
from classroom.models import Course, Enrolment, Lesson, Standing
from classroom.queries import courses_for, courses_scheduled_by, lessons_seen_by
from classroom.recurrence import place
from classroom.timetable import holidays_of
from dashboard.calendar_grid import VIEWS, Entry, Span, fill_days, hue_of, span_of, state_of
from dashboard.doors import person_of

# As many as fit into a cell; a day has pages.
MOST = {"month": 3, "week": 12, "day": 60}
# The address of one lesson is looked up, and serves for all.
ANY_LESSON = UUID(int=0)
COLUMNS = ("pk", "title", "starts_at", "ends_at", "status", "course_id", "course__title", "substitute__name")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what cannot be read is as if it were not there."""

    view: str
    on: date
    course: UUID | None

    def address(self, **changes: object) -> str:
        wanted = {"view": self.view, "on": self.on, "course": self.course, **changes}
        return "?" + urlencode({name: value for name, value in wanted.items() if value})


@require_safe
@login_required
def calendar(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    institution = institutions_of(person).first()
    zone = ZoneInfo(institution.time_zone) if institution else timezone.get_default_timezone()
    timezone.activate(zone)
    asked = _read(request)
    span = span_of(asked.view, asked.on, week_begins=week_begins(institution))
    lessons = lessons_seen_by(person)
    if asked.course:
        lessons = lessons.filter(course=asked.course)
    found, page = _page(request, asked, _within(lessons, span, zone), zone)
    holidays = holidays_of(institution, span.first, span.last) if institution else {}
    entries = _entries(found, zone)
    context = {
        "asked": asked,
        "span": span,
        "days": fill_days(
            span,
            entries,
            today=timezone.localdate(),
            holidays=holidays,
            most=MOST[asked.view],
            address_of=lambda on: asked.address(view="day", on=on),
        ),
        "is_empty": not entries,
        "next_on": None if entries else _next_day(lessons, span, zone),
        "page_obj": page,
        "links": _links(asked, span),
        "courses": _courses(person),
        **_rights(person, institution),
    }
    return render(request, "dashboard/calendar.html", context)


def _read(request: HttpRequest) -> Asked:
    view, today = request.GET.get("view", ""), timezone.localdate()
    try:
        on = parse_date(request.GET.get("on", "")) or today
    except ValueError:
        on = today
    try:
        course = UUID(request.GET.get("course", ""))
    except ValueError:
        course = None
    return Asked(view if view in VIEWS else "week", on if 1970 < on.year < 2200 else today, course)


def _within(lessons: QuerySet[Lesson], span: Span, zone: ZoneInfo) -> QuerySet[Lesson]:
    first, _ = place(datetime.combine(span.first, time()), zone)
    after, _ = place(datetime.combine(span.last + timedelta(days=1), time()), zone)
    return lessons.filter(starts_at__gte=first, starts_at__lt=after).order_by("starts_at", "pk")


def _page(
    request: HttpRequest, asked: Asked, lessons: QuerySet[Lesson], zone: ZoneInfo
) -> tuple[list[dict[str, Any]], Any]:
    """A day has pages; of a week and a month PostgreSQL hands out what fits, and how many there are each day."""
    if asked.view == "day":
        page = Paginator(lessons.values(*COLUMNS), MOST["day"]).get_page(request.GET.get("page"))
        return list(page.object_list), page
    day = TruncDate("starts_at", tzinfo=zone)
    numbered = lessons.annotate(
        number=Window(RowNumber(), partition_by=day, order_by=["starts_at", "pk"]),
        of_day=Window(Count("pk"), partition_by=day),
    )
    return list(numbered.filter(number__lte=MOST[asked.view] + 1).values(*COLUMNS, "of_day")), None


def _entries(found: list[dict[str, Any]], zone: ZoneInfo) -> list[Entry]:
    now = timezone.now()
    teachers = _teachers({row["course_id"] for row in found})
    address = reverse("lesson", args=[ANY_LESSON])
    return [
        Entry(
            id=row["pk"],
            title=row["title"],
            course=row["course__title"],
            teacher=row["substitute__name"] or teachers.get(row["course_id"], ""),
            starts_at=row["starts_at"].astimezone(zone),
            ends_at=row["ends_at"].astimezone(zone),
            state=state_of(row["status"], row["ends_at"], now),
            hue=hue_of(row["course_id"]),
            address=address.replace(str(ANY_LESSON), str(row["pk"])),
            of_day=row.get("of_day", 0),
        )
        for row in found
    ]


def _teachers(courses: set[UUID]) -> dict[UUID, str]:
    teaching = Enrolment.objects.filter(course__in=courses, standing=Standing.TEACHER, is_active=True)
    return dict(teaching.order_by("-pk").values_list("course_id", "person__name"))


def _next_day(lessons: QuerySet[Lesson], span: Span, zone: ZoneInfo) -> date | None:
    """When there is something to see again, for a view that is empty."""
    after, _ = place(datetime.combine(span.last + timedelta(days=1), time()), zone)
    starts_at = (
        lessons.filter(starts_at__gte=after).order_by("starts_at").values_list("starts_at", flat=True).first()
    )
    return starts_at.astimezone(zone).date() if starts_at else None


def _links(asked: Asked, span: Span) -> dict[str, str]:
    return {
        "before": asked.address(on=span.before),
        "after": asked.address(on=span.after),
        "today": asked.address(on=timezone.localdate()),
        **{view: asked.address(view=view) for view in VIEWS},
    }


def _courses(person: Person) -> list[Course]:
    return list(courses_for(person).only("pk", "title").order_by("title", "pk"))


def _rights(person: Person, institution: Institution | None) -> dict[str, bool]:
    return {
        "may_schedule": courses_scheduled_by(person).exists(),
        "may_plan_holidays": institution is not None and rules.may_plan_holidays(person, institution),
    }
