"""One box, and only what is somebody's to see."""

from __future__ import annotations

import pytest

from accounts.models import Person
from classroom import actions
from classroom.models import Lesson, Standing
from dashboard.views.search import pieces
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
CANARY = "canary"


def found(person: Person, query: str, **more: str) -> str:
    page = client_of(person).get("/search", {"q": query, **more}).content.decode()
    return page.split('<main id="content"')[1].split("</main>")[0]


@pytest.fixture
def canaries(cast: Cast, lesson: Lesson) -> Cast:
    """The word stands in a lesson, a course and the name of everybody at our school."""
    Lesson.objects.filter(pk=lesson.pk).update(title=f"Lesson {CANARY}")
    cast.course.title = f"Course {CANARY}"
    cast.course.save()
    for person in (cast.head, cast.teacher, cast.amina, cast.bilal, cast.guardian):
        Person.objects.filter(pk=person.pk).update(name=f"{person.name} {CANARY}")
    return cast


def names_in(page: str) -> set[str]:
    return {name for name in ("Salma", "Tomas", "Amina", "Bilal", "Hodan") if name in page}


def test_everybody_finds_the_people_that_are_theirs(canaries: Cast) -> None:
    assert names_in(found(canaries.head, CANARY)) == {"Salma", "Tomas", "Amina", "Bilal", "Hodan"}
    assert names_in(found(canaries.teacher, CANARY)) == {"Tomas", "Amina", "Bilal"}
    assert names_in(found(canaries.amina, CANARY)) == {"Tomas"}
    assert names_in(found(canaries.guardian, CANARY)) == {"Tomas", "Amina"}


@pytest.mark.parametrize("who", ["stranger", "guest"])
def test_the_stranger_finds_no_trace_of_our_school(canaries: Cast, who: str) -> None:
    page = found(getattr(canaries, who), CANARY)
    assert "Nothing was found" in page
    assert page.count(CANARY) == 2  # what was asked, said back: in the heading and in the box


@pytest.mark.parametrize("who", ["head", "teacher", "amina", "guardian"])
def test_the_class_finds_its_lesson_and_course(canaries: Cast, lesson: Lesson, who: str) -> None:
    page = found(getattr(canaries, who), f"  LESSON   {CANARY.upper()} ")
    assert f'href="/lessons/{lesson.pk}/"' in page
    assert "Course <mark>canary</mark>" in found(getattr(canaries, who), CANARY)


def test_a_former_teacher_finds_the_class_no_more(canaries: Cast) -> None:
    canaries.course.enrolments.filter(person=canaries.teacher).update(is_active=False)
    assert names_in(found(canaries.teacher, CANARY)) == set()


def test_what_is_found_is_shown_as_text(cast: Cast, lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(title="<b>bold</b> & fractions")
    page = found(cast.amina, "fractions")
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; <mark>fractions</mark>" in page
    assert "<b>bold" not in page
    assert "&lt;script&gt;" in found(cast.amina, "<script>")


@pytest.mark.parametrize("query", ["%", "_", "a%", "\\", "'", '"', "x" * 500, "😀😀", "ß", "İ"])
def test_no_query_breaks_the_page_or_matches_everything(cast: Cast, lesson: Lesson, query: str) -> None:
    assert str(lesson.pk) not in found(cast.amina, query)


def test_one_letter_is_too_little(cast: Cast, lesson: Lesson) -> None:
    assert "write a little more" in found(cast.amina, "f")
    assert "What are you looking for" in found(cast.amina, " ")


def test_a_long_list_has_pages_of_its_own(cast: Cast) -> None:
    for number in range(26):
        course = actions.create_course(institution=cast.school, title=f"Chemistry {number:02}", language="en")
        actions.enrol(course=course, person=cast.amina, standing=Standing.STUDENT)
    glimpse = found(cast.amina, "chem")
    assert ("26</small>" in glimpse, ">Show all 26<" in glimpse, "istry 05" in glimpse) == (True, True, False)
    second = found(cast.amina, "chem", **{"in": "courses", "page": "2"})
    assert ("istry 20" in second, "istry 19" in second) == (True, False)
    assert "istry 00" in found(cast.amina, "chem", **{"in": "courses", "page": "nonsense"}).replace(
        "<mark>", ""
    )


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Algebra 7b", ["alg"], [("Alg", True), ("ebra 7b", False)]),
        ("banana", ["an"], [("b", False), ("anan", True), ("a", False)]),
        ("banana", ["na", "an"], [("b", False), ("anana", True)]),
        ("İstanbul", ["stan"], [("İ", False), ("stan", True), ("bul", False)]),
        ("", ["x"], []),
        ("none", ["x"], [("none", False)]),
    ],
)
def test_pieces_are_the_text_again(text: str, words: list[str], expected: list[tuple[str, bool]]) -> None:
    cut = pieces(text, words)
    assert cut == expected
    assert "".join(piece for piece, _ in cut) == text
