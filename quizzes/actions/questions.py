"""What can be done with the question bank."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import Course
from common.refusals import Refused
from common.sheets import Finding
from quizzes import gift, sheet
from quizzes.draft import Draft, faults_of
from quizzes.models import Question

MAX_FILE_BYTES = 1_000_000
FORMATS = {"csv": sheet.read_questions, "gift": gift.read_questions}
Plan = tuple[list[tuple[int, Draft]], list[Finding]]


@transaction.atomic
def write_question(*, course: Course, draft: Draft, by: Person, question: Question | None = None) -> Question:
    """A new question, or `question` written anew. Raises Refused with the code of the first thing that is wrong."""
    faults = list(faults_of(draft))
    if faults:
        raise Refused(faults[0][1], faults)
    is_new = question is None
    written = question or Question(course=course, created_by=by)
    for name, value in draft.fields().items():
        setattr(written, name, value)
    written.save()
    _tell("question.created" if is_new else "question.changed", course, by, f"question:{written.pk}")
    return written


@transaction.atomic
def archive_question(*, question: Question, now: datetime, by: Person) -> None:
    if Question.objects.filter(pk=question.pk, archived_at=None).update(archived_at=now):
        _tell("question.archived", question.course, by, f"question:{question.pk}")


@transaction.atomic
def restore_question(*, question: Question, by: Person) -> None:
    if Question.objects.filter(pk=question.pk, archived_at__isnull=False).update(archived_at=None):
        _tell("question.restored", question.course, by, f"question:{question.pk}")


def try_import(*, data: bytes, form: str) -> Plan:
    """What an import would add, and everything that stands in its way; `form` is csv or gift."""
    if len(data) > MAX_FILE_BYTES:
        return [], [Finding(0, "", "file_too_large")]
    return FORMATS[form](data)


@transaction.atomic
def import_questions(*, course: Course, data: bytes, form: str, by: Person) -> int:
    """All of them or none. Raises Refused("has_findings")."""
    drafts, findings = try_import(data=data, form=form)
    if findings:
        raise Refused("has_findings")
    rows = [Question(course=course, created_by=by, **draft.fields()) for _, draft in drafts]
    Question.objects.bulk_create(rows)
    _tell("questions.imported", course, by, f"course:{course.pk}", questions=len(rows))
    return len(rows)


def _tell(act: str, course: Course, by: Person, target: str, **detail: int) -> None:
    record_audit(
        act, institution=course.institution, by=by, target=target, detail={"course": str(course.pk), **detail}
    )
