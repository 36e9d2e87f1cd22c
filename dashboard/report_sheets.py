"""Reports as they are read: tables and charts in the language that is active now, for the page, the CSV and paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from accounts.models import Person
from attendance.models import RegisterStatus, Report, ReportKind
from attendance.queries.reports import SUMS, Sums, add_sums
from classroom.models import Course, Lesson
from dashboard.charts import Bars, draw_bars

# On paper; the CSV has all. A table of two thousand rows takes a minute to lay out, and nobody reads it.
MOST_PRINTED = 300


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` hold texts and numbers; the first cell of each is a name, and the others are all numbers in a table that
    `is_counted`, or None where nothing was measured. `note` stands below it."""

    title: str
    columns: list[str]
    rows: list[list[Any]]
    omitted: int = 0
    is_counted: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    about: str
    tables: list[Table]
    figures: list[tuple[str, Any]] = field(default_factory=list)
    chart_title: str = ""
    chart: Bars | None = None


def sheet_of(report: Report) -> Sheet:
    if report.kind in {ReportKind.LESSON, ReportKind.STUDENT}:
        return _lines_sheet(report)
    return _sums_sheet(report)


def for_paper(sheet: Sheet) -> Sheet:
    """Who missed most stands on top when not everybody fits."""
    tables = [_shortened(table) for table in sheet.tables]
    return Sheet(sheet.title, sheet.about, tables, sheet.figures, sheet.chart_title, sheet.chart)


def _shortened(table: Table) -> Table:
    if len(table.rows) <= MOST_PRINTED:
        return table
    absent = 1 + SUMS.index("absent")
    rows = sorted(table.rows, key=lambda row: -row[absent])[:MOST_PRINTED]
    return replace(table, rows=rows, omitted=len(table.rows) - len(rows))


def title_of(report: Report) -> str:
    if report.kind == ReportKind.LESSON and report.lesson:
        return report.lesson.title
    if report.kind == ReportKind.STUDENT and report.person:
        return report.person.name
    return report.course.title if report.course else report.institution.name


def _about(report: Report) -> str:
    if report.kind == ReportKind.LESSON and report.lesson:
        return f"{_apart(report.lesson.course.title)} · {_day(report.lesson.starts_at)}"
    return f"{_apart(report.institution.name)} · {span_of(report)}"


def _apart(name: str) -> str:
    """A name in its own direction, beside words in another."""
    return f"\u2068{name}\u2069"


def span_of(report: Report) -> str:
    since, last = (date_format(day, "DATE_FORMAT") for day in (report.since_on, report.last_on))
    return since if since == last else f"{since} – {last}"


def _columns(first: str) -> list[str]:
    status = dict(RegisterStatus.choices)
    words = [status[one] for one in ("present", "late", "left_early", "absent", "excused")]
    counted = [_("Lessons"), *map(str, words)]
    return [first, *counted, _("Attendance in percent"), _("Minutes inside"), _("Minutes active")]


def _sums_sheet(report: Report) -> Sheet:
    body = report.body
    people = _names(Person.objects.filter(pk__in=body["sums"]), "name")
    courses = _names(Course.objects.filter(pk__in=body["courses"]), "title")
    by_person = _counted(_("Students"), _("Name"), _rows(body["sums"], people), body)
    by_course = _counted(_("Courses"), _("Course"), _rows(body["courses"], courses), body)
    total = add_sums(body["sums"].values()) or [0] * len(SUMS)
    days = _days(body["days"])
    return Sheet(
        title=title_of(report),
        about=_about(report),
        tables=[by_course, by_person] if report.kind == ReportKind.INSTITUTION else [by_person],
        figures=[
            (_("Students"), len(by_person.rows)),
            (_("Attendance in percent"), _total_percent(total)),
            (_("Lessons missed"), total[SUMS.index("absent")]),
            (_("Times late"), total[SUMS.index("late")]),
        ],
        chart_title=_("Attendance in percent, day by day"),
        chart=draw_bars(list(days.values()), [_short_day(day) for day in days]),
    )


def _counted(title: str, first: str, rows: list[list[Any]], body: dict[str, Any]) -> Table:
    return Table(title, _columns(first), rows, is_counted=True, note=_note(body))


def _note(body: dict[str, Any]) -> str:
    """Reports made before it was counted say nothing of it."""
    if not body.get("unmeasured"):
        return ""
    return _(
        "Minutes active are of those lessons alone in which they could be measured: not by app, nor by stream."
    )


def _days(counted: dict[str, Sequence[int]]) -> dict[str, int]:
    """Percent by day, without those on which nobody was expected."""
    percents = {day: percent(present, expected) for day, (expected, present) in counted.items()}
    return {day: one for day, one in percents.items() if one is not None}


def _rows(sums: dict[str, Sums], names: dict[str, str]) -> list[list[Any]]:
    """Without those who are erased."""
    rows = [[names[key], *_cells(numbers)] for key, numbers in sums.items() if key in names]
    return sorted(rows, key=lambda row: row[0].casefold())


def _cells(numbers: Sums) -> list[Any]:
    *counted, inside, active = numbers
    return [*counted, _total_percent(numbers), _minutes(inside), _minutes(active)]


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else round(seconds / 60)


def _total_percent(numbers: Sums) -> int | None:
    of = {name: number or 0 for name, number in zip(SUMS, numbers, strict=True)}
    return percent(of["present"], of["lessons"] - of["excused"])


def percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _lines_sheet(report: Report) -> Sheet:
    lines = report.body["lines"]
    is_lesson = report.kind == ReportKind.LESSON
    people = _names(Person.objects.filter(pk__in={line[0] for line in lines}), "name")
    lessons = {
        str(one.pk): one
        for one in Lesson.objects.filter(pk__in={line[1] for line in lines}).select_related("course")
    }
    known = [line for line in lines if line[0] in people and line[1] in lessons]
    first = [_("Name")] if is_lesson else [_("Lesson"), _("Course"), _("Day")]
    times = [_("First joined"), _("Last left"), _("Minutes inside"), _("Minutes active"), _("Minutes late")]
    rows = [
        [*([people[line[0]]] if is_lesson else _lesson_cells(lessons[line[1]])), *_line_cells(line)]
        for line in known
    ]
    counts = Counter(line[2] for line in known)
    words = dict(RegisterStatus.choices)
    return Sheet(
        title=title_of(report),
        about=_about(report),
        tables=[Table(_("Register"), [*first, _("Register"), *times], rows)],
        figures=[(str(words[status]), counts[status]) for status in RegisterStatus if counts[status]],
        chart_title=_("Register"),
        chart=draw_bars([counts[one] for one in RegisterStatus], [str(words[one]) for one in RegisterStatus]),
    )


def _lesson_cells(lesson: Lesson) -> list[Any]:
    return [lesson.title, lesson.course.title, _day(lesson.starts_at)]


def _line_cells(line: Sequence[Any]) -> list[Any]:
    _person, _lesson, status, joined, left, seconds, active, late = line
    minutes = [_minutes(seconds), _minutes(active), _minutes(late)]
    return [str(RegisterStatus(status).label), _clock(joined), _clock(left), *minutes]


def _names(rows: Iterable[Any], name: str) -> dict[str, str]:
    return {str(row.pk): getattr(row, name) for row in rows}


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _short_day(day: str) -> str:
    return date_format(date.fromisoformat(day), "MONTH_DAY_FORMAT")


def _clock(moment: str | None) -> str | None:
    return time_format(timezone.localtime(datetime.fromisoformat(moment)), "H:i") if moment else None
