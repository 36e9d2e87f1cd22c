"""The register of one lesson, as a page and as CSV."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.actions import record_look
from attendance.queries import RegisterLine, lesson_minutes, register_of
from classroom.models import Lesson, LessonStatus
from classroom.rules import may_read_register
from common.sheets import write_sheet
from dashboard.doors import person_of
from dashboard.rows import lesson_row
from dashboard.views.lessons import find_lesson, use_zone_of


@require_safe
@login_required
def register(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    lesson, lines = read_register(request, lesson_id, "register.read")
    context = {
        "lesson": lesson_row(lesson, now=timezone.now()),
        "lines": lines,
        "lesson_minutes": lesson_minutes(lesson, now=timezone.now()),
        "csv_url": reverse("register_csv", args=[lesson.pk]),
        "is_over": lesson.is_over or lesson.ends_at <= timezone.now(),
        "changing": lesson.status == LessonStatus.LIVE,
    }
    return render(request, "dashboard/register.html", context)


@require_safe
@login_required
def register_csv(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    lesson, lines = read_register(request, lesson_id, "register.exported")
    response = HttpResponse(to_csv(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="register-{lesson.starts_at:%Y-%m-%d}.csv"'
    return response


def read_register(request: HttpRequest, lesson_id: UUID, act: str) -> tuple[Lesson, list[RegisterLine]]:
    """For those who may, and the audit log says that they did."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_read_register(person, lesson):
        raise PermissionDenied
    target, now = f"lesson:{lesson.pk}", timezone.now()
    record_look(act, institution=lesson.institution, by=person, target=target, now=now)
    return lesson, register_of(lesson, now=timezone.now())


def to_csv(lines: list[RegisterLine]) -> str:
    head = (_("Name"), _("Role"), _("Joined"), pgettext("register", "Left"), _("Minutes"), _("Rejoined"))
    return write_sheet([head, *map(_cells, lines)])


def _cells(line: RegisterLine) -> tuple[object, ...]:
    times = (line.first_joined_at, line.last_left_at)
    joined, left = (timezone.localtime(at).strftime("%H:%M:%S") if at else "" for at in times)
    return line.name, line.role, joined, left, line.minutes, line.rejoins
