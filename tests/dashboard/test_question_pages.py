"""The pages of the bank and of the results, as a browser without a script uses them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from classroom.models import Lesson
from quizzes import actions
from quizzes.models import Question
from tests.architecture.test_doors import signed_in
from tests.conftest import Cast
from tests.quizzes.questions import DRAFTS, KINDS, write

pytestmark = pytest.mark.django_db
FIELDS: dict[str, dict[str, str]] = {
    "single": {"choice_1": "a", "choice_2": "b", "right_2": "on"},
    "multiple": {"choice_1": "a", "choice_3": "c", "right_1": "on", "right_3": "on"},
    "true_false": {"is_true": "false"},
    "numeric": {"number": "3,5", "tolerance": ""},
    "short_text": {"variants": "one\n\n two "},
    "opinion": {"choice_1": "a", "choice_2": "b"},
}
PLAIN = {"text": "Which?", "explanation": "", "tags": "Fractions, easy, fractions", "seconds": "45"}


@pytest.fixture
def teacher(cast: Cast) -> Client:
    return signed_in(cast.teacher)


def at(name: str, *args: Any) -> str:
    return reverse(name, args=args)


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_of_each_kind_is_written_shown_and_changed(kind: str, cast: Cast, teacher: Client) -> None:
    new = at("question_new", cast.course.pk) + f"?kind={kind}"
    assert teacher.get(new).status_code == 200
    assert teacher.post(new, PLAIN | FIELDS[kind]).status_code == 302
    made = Question.objects.get()
    assert (made.kind, made.tags, made.seconds) == (kind, ["fractions", "easy"], 45)
    page = at("question", cast.course.pk, made.pk)
    assert b"Which?" in teacher.get(page).content
    assert teacher.post(page, PLAIN | FIELDS[kind] | {"text": "What?"}).status_code == 302
    made.refresh_from_db()
    assert made.text == "What?"
    assert b"What?" in teacher.get(at("questions", cast.course.pk) + "?q=what&tag=easy").content


def test_what_is_wrong_is_said_and_nothing_that_was_typed_is_lost(cast: Cast, teacher: Client) -> None:
    typed = PLAIN | {f"choice_{number}": f"choice {number}" for number in range(1, 13)}
    answer = teacher.post(at("question_new", cast.course.pk), typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Exactly one choice must be right." in page
    assert all(f'value="choice {number}"' in page for number in range(1, 13))
    assert not Question.objects.exists()


def test_questions_go_to_the_archive_and_come_back(cast: Cast, teacher: Client) -> None:
    made, bank = write(cast.course, cast.teacher), at("questions", cast.course.pk)
    teacher.post(at("question_archive", cast.course.pk, made.pk))
    assert made.text not in teacher.get(bank).content.decode()
    assert made.text in teacher.get(bank + "?state=archived").content.decode()
    teacher.post(at("question_restore", cast.course.pk, made.pk))
    assert made.text in teacher.get(bank).content.decode()


def test_a_dry_run_shows_every_mistake_with_its_line_and_adds_nothing(cast: Cast, teacher: Client) -> None:
    said = {"form": "gift", "text": "One? {T}\n\nEssay {}\n\nHow many? {#x}"}
    page = teacher.post(at("questions_import", cast.course.pk), said).content.decode()
    assert "2 mistakes" in page
    assert "<td>3</td>" in page
    assert "<td>5</td>" in page
    assert not Question.objects.exists()


@pytest.mark.parametrize("cell", ["inf", "1e999", "nan", "7.9"])
def test_seconds_that_no_clock_can_count_are_a_mistake_of_their_row(
    cell: str, cast: Cast, teacher: Client
) -> None:
    said = {"form": "csv", "text": f"kind,text,right,seconds\ntrue_false,Is it?,true,{cell}\n"}
    told = teacher.post(at("questions_import", cast.course.pk), said)
    assert (told.status_code, told.context["wrong"]) == (200, 1)
    assert "<td>2</td>" in told.content.decode()
    assert not Question.objects.exists()


@pytest.mark.parametrize("form", ["csv", "gift"])
def test_what_was_exported_is_checked_and_imported_again(form: str, cast: Cast, teacher: Client) -> None:
    for kind in KINDS:
        write(cast.course, cast.teacher, kind)
    exported = teacher.get(at("questions_export", cast.course.pk) + f"?as={form}").content
    Question.objects.all().delete()
    page = at("questions_import", cast.course.pk)
    checked = teacher.post(page, {"form": form, "file": SimpleUploadedFile("bank.txt", exported)})
    assert not Question.objects.exists()
    said = {"form": "csv", "text": checked.context["checked"], "confirm": "1"}
    assert teacher.post(page, said).status_code == 302
    kept = {one.text: one for one in Question.objects.all()}
    assert {text: one.kind for text, one in kept.items()} == {
        draft.text: draft.kind for draft in DRAFTS.values()
    }
    assert kept["Which is the largest?"].choices == DRAFTS["single"].fields()["choices"]


def test_a_file_that_is_no_text_is_answered_with_a_sentence(cast: Cast, teacher: Client) -> None:
    page = at("questions_import", cast.course.pk)
    for form in ("csv", "gift"):
        told = teacher.post(page, {"form": form, "file": SimpleUploadedFile("x", b"\xff\x00\xfe" * 99)})
        assert (told.status_code, told.context["wrong"] >= 1) == (200, True)
    assert teacher.post(page, {"form": "csv"}).status_code == 400
    assert teacher.post(page, {"form": "csv", "text": "kind,text\n", "confirm": "1"}).status_code == 302


def results(cast: Cast, lesson: Lesson, value: Any, **options: Any) -> None:
    question = write(cast.course, cast.teacher, options.pop("kind", "short_text"))
    now = timezone.now()
    quiz = actions.launch_quiz(
        quiz_id=uuid.uuid4(),
        room=lesson.room,
        questions=[question.pk],
        by=cast.teacher,
        now=now,
        **options,
    )
    actions.answer_quiz(
        quiz=quiz, question=str(question.pk), value=value, person=cast.amina, ref=uuid.uuid4(), now=now
    )
    actions.close_quiz(quiz=quiz, now=now)


def test_results_show_who_answered_what_and_no_spreadsheet_finds_a_formula(
    cast: Cast, lesson: Lesson, teacher: Client
) -> None:
    results(cast, lesson, "=HYPERLINK(1)")
    page = teacher.get(at("quiz_results", lesson.pk)).content.decode()
    assert cast.amina.name in page
    assert "=HYPERLINK(1)" in page
    text = teacher.get(at("quiz_results_csv", lesson.pk)).content.decode()
    assert '"\'=HYPERLINK(1)"' in text
    looks = AuditEvent.objects.filter(act__startswith="quiz_results.").values_list("act", flat=True)
    assert set(looks) == {"quiz_results.read", "quiz_results.exported"}


def test_of_an_anonymous_quiz_neither_page_nor_file_names_anybody(
    cast: Cast, lesson: Lesson, teacher: Client
) -> None:
    results(cast, lesson, "1", kind="opinion", anonymous=True)
    for name in ("quiz_results", "quiz_results_csv"):
        told = teacher.get(at(name, lesson.pk)).content.decode()
        assert "Too fast" in told
        assert cast.amina.name not in told


def test_students_see_neither_bank_nor_results(cast: Cast, lesson: Lesson) -> None:
    amina = signed_in(cast.amina)
    for path in (at("questions", cast.course.pk), at("questions_export", cast.course.pk)):
        assert amina.get(path).status_code == 403
    assert amina.get(at("quiz_results", lesson.pk)).status_code == 403
