"""Reports: asked for once or by schedule, made in pieces, told of by letter, gone after their days.

Desired state: every plan is compared with the periods that are over; what is missing is put into the queue, also after
a week without a server. One report a plan and period, by the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions import record_audit
from accounts.letters import has_mailbox
from accounts.models import Institution, Person
from accounts.queries import week_begins
from attendance.models import Report, ReportKind, ReportPlan, ReportState
from attendance.periods import Period, period_before, period_of
from attendance.queries.reports import (
    add_up,
    count_courses,
    courses_to_count,
    lines_of_report,
)
from attendance.rules import may_read_report
from classroom.models import Course, Lesson, Letter, LetterKind
from common.queue import enqueue_on_commit
from common.refusals import Refused

log = logging.getLogger(__name__)
KEPT = timedelta(days=90)
# A register of the last evening is settled by then.
SETTLED_AFTER = timedelta(hours=2)
# After longer than this without a server nobody waits for what was missed.
MOST_MISSED = 8
LEASE = timedelta(minutes=2)
Clock = Callable[[], datetime]
# Courses between two looks whether somebody cancelled.
AT_ONCE = 60
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about; the kind says which of the three there is."""

    kind: str
    institution: Institution
    lesson: Lesson | None = None
    course: Course | None = None
    person: Person | None = None


@transaction.atomic
def order_report(*, subject: Subject, period: Period, reader: Person, now: datetime) -> Report:
    """Raises Refused("not_yours")."""
    report = Report.objects.create(**_fields(subject, reader), **_times(period, now), lesson=subject.lesson)
    if not may_read_report(reader, report):
        raise Refused("not_yours")
    _audit("report.ordered", report, reader)
    enqueue_on_commit("attendance.make_reports")
    return report


@transaction.atomic
def plan_report(*, subject: Subject, every: str, reader: Person, now: datetime) -> ReportPlan:
    """The one that there is already, if there is one. Raises Refused("not_yours")."""
    fields = _fields(subject, reader)
    if not may_read_report(reader, Report(**fields)) or subject.kind == ReportKind.LESSON:
        raise Refused("not_yours")
    plan, is_new = ReportPlan.objects.get_or_create(**fields, every=every, defaults={"begun_at": now})
    if is_new:
        target, detail = f"institution:{plan.institution_id}", {"plan": str(plan.pk)}
        record_audit("report.planned", institution=plan.institution, by=reader, target=target, detail=detail)
    return plan


def _fields(subject: Subject, reader: Person) -> dict[str, object]:
    return {
        "institution": subject.institution,
        "reader": reader,
        "kind": subject.kind,
        "course": subject.course,
        "person": subject.person,
    }


def _times(period: Period, now: datetime) -> dict[str, object]:
    return {
        "since_on": period.since_on,
        "until_on": period.until_on,
        "asked_at": now,
        "expires_at": now + KEPT,
    }


@transaction.atomic
def end_report_plan(*, plan: ReportPlan, by: Person) -> None:
    """What was made stays for its days."""
    target, detail = f"institution:{plan.institution_id}", {"plan": str(plan.pk)}
    record_audit("report.unplanned", institution=plan.institution, by=by, target=target, detail=detail)
    plan.delete()


@transaction.atomic
def cancel_report(*, report: Report) -> bool:
    """False when it is finished already."""
    waiting = Report.objects.filter(pk=report.pk, state__in=(ReportState.WAITING, ReportState.MAKING))
    return waiting.update(state=ReportState.CANCELLED, lease_until=None) == 1


@transaction.atomic
def note_report_read(*, report: Report, by: Person, way: str) -> None:
    """`way` is page, csv or pdf: each download is a line in the log."""
    target = f"person:{report.person_id}" if report.person_id else f"institution:{report.institution_id}"
    detail = {"report": str(report.pk), "kind": report.kind, "way": way}
    record_audit("report.read", institution=report.institution, by=by, target=target, detail=detail)


def order_due_reports(*, now: datetime) -> int:
    plans = ReportPlan.objects.select_related("institution", "reader", "course", "person")
    return sum(_order_missing(plan, now) for plan in plans)


def _order_missing(plan: ReportPlan, now: datetime) -> int:
    known = set(plan.reports.values_list("since_on", flat=True))
    missing = [period for period in _periods_over(plan, now) if period.since_on not in known]
    subject = Subject(plan.kind, plan.institution, course=plan.course, person=plan.person)
    rows = [Report(**_fields(subject, plan.reader), **_times(period, now), plan=plan) for period in missing]
    rows = [row for row in rows if may_read_report(plan.reader, row)]
    Report.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _periods_over(plan: ReportPlan, now: datetime) -> list[Period]:
    """Those that ended since the plan was made, the latest first."""
    zone = ZoneInfo(plan.institution.time_zone)
    begun_on = plan.begun_at.astimezone(zone).date()
    today = (now - SETTLED_AFTER).astimezone(zone).date()
    period = period_before(period_of(plan.every, today, week_begins(plan.institution)))
    found: list[Period] = []
    while period.until_on > begun_on and len(found) < MOST_MISSED:
        found.append(period)
        period = period_before(period)
    return found


def make_due_reports(*, clock: Clock = timezone.now) -> int:
    """Everything that waits, and what somebody began who is no longer there. On the first morning of a month that takes
    longer than a lease: the clock is asked for each anew."""
    made = 0
    while (report := claim_report(now=clock())) is not None:
        made += _make_or_log(report, clock)
    return made


@transaction.atomic
def claim_report(*, now: datetime) -> Report | None:
    left = Q(state=ReportState.MAKING, lease_until__lt=now)
    due = Report.objects.filter(Q(state=ReportState.WAITING, asked_at__lte=now) | left).order_by("asked_at")
    report = due.select_for_update(skip_locked=True, of=("self",)).first()
    if report is None:
        return None
    report.attempts += 1
    report.lease_until = now + LEASE
    report.state = ReportState.MAKING if report.attempts <= MOST_ATTEMPTS else ReportState.FAILED
    report.save(update_fields=["attempts", "lease_until", "state"])
    return report


def _make_or_log(report: Report, clock: Clock) -> bool:
    """One that stumbles is left where it is: it comes again when its lease is over."""
    try:
        return report.state == ReportState.MAKING and make_report(report=report, clock=clock)
    except Exception:
        log.exception("Report %s could not be made", report.pk)
        return False


def make_report(*, report: Report, clock: Clock) -> bool:
    """False when somebody cancelled it meanwhile. Each piece renews the lease."""
    making = Report.objects.filter(pk=report.pk, state=ReportState.MAKING)
    if report.kind in {ReportKind.LESSON, ReportKind.STUDENT}:
        return _finish(report, lines_of_report(report), clock())
    courses, pieces = courses_to_count(report), []
    for done in range(0, len(courses), AT_ONCE):
        if not making.update(done=done, total=len(courses), lease_until=clock() + LEASE):
            return False
        pieces.append(count_courses(report, courses[done : done + AT_ONCE]))
    return _finish(report, add_up(pieces), clock())


@transaction.atomic
def _finish(report: Report, body: dict[str, object], now: datetime) -> bool:
    letter = _letter(report, now) if report.plan_id and has_mailbox(report.reader.email) else None
    making = Report.objects.filter(pk=report.pk, state=ReportState.MAKING)
    changes = {
        "body": body,
        "state": ReportState.READY,
        "ready_at": now,
        "letter": letter,
        "lease_until": None,
    }
    if making.update(**changes) != 1:
        transaction.set_rollback(True)
        return False
    if letter:
        enqueue_on_commit("dashboard.send_letters")
    return True


def _letter(report: Report, now: datetime) -> Letter:
    return Letter.objects.create(
        kind=LetterKind.REPORT,
        institution=report.institution,
        person=report.reader,
        written_at=now,
        next_attempt_at=now,
    )


def forget_reports(*, now: datetime) -> int:
    gone, _ = Report.objects.filter(expires_at__lte=now).delete()
    return gone


def _audit(act: str, report: Report, by: Person) -> None:
    target = f"person:{report.person_id}" if report.person_id else f"institution:{report.institution_id}"
    detail = {"report": str(report.pk), "kind": report.kind}
    record_audit(act, institution=report.institution, by=by, target=target, detail=detail)
