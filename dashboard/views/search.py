"""One box for everything that somebody may see: lessons, courses, people; institutions for a platform admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import and_, or_
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Institution, Person
from classroom.models import Course, Lesson
from classroom.queries import courses_for, lessons_for, people_for
from dashboard.desks import desk_at
from dashboard.doors import person_of
from dashboard.navigation import address_of

SHORTEST, LONGEST, MOST_WORDS = 2, 100, 6
GLIMPSE, PAGE_SIZE = 5, 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. `title` and `below` are pieces `(text, whether it was searched for)`; `url` may be None."""

    url: str | None
    title: list[tuple[str, bool]]
    below: list[tuple[str, bool]]
    lesson: Lesson | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be found: where to look, in which columns, in which order, and how it is shown."""

    key: str
    rows: Callable[[Person], QuerySet[Any]]
    columns: tuple[str, ...]
    order: tuple[str, ...]
    show: Callable[[Any, Sequence[str]], Hit]


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    hits: list[Hit]
    page: Page[Any]
    is_whole: bool


@require_safe
@login_required
def search(request: HttpRequest) -> HttpResponse:
    person, desk = person_of(request), desk_at(request)
    if desk:
        timezone.activate(desk.zone)
    query = " ".join(request.GET.get("q", "").split())[:LONGEST]
    words = [word for word in query.split(" ")[:MOST_WORDS] if word]
    is_short = len("".join(words)) < SHORTEST
    only, number = request.GET.get("in", ""), request.GET.get("page")
    kinds = [kind for kind in _kinds(person) if kind.key == only] or _kinds(person)
    groups = [] if is_short else [_group(kind, person, words, only == kind.key, number) for kind in kinds]
    context = {
        "q": query,
        "too_short": bool(query) and is_short,
        "only": only if any(group.is_whole for group in groups) else "",
        "groups": [group for group in groups if group.hits],
    }
    return render(request, "dashboard/search.html", context)


def _kinds(person: Person) -> list[Kind]:
    return [*([INSTITUTIONS] if person.is_platform_admin else []), LESSONS, COURSES, PEOPLE]


def _group(kind: Kind, person: Person, words: Sequence[str], is_whole: bool, number: str | None) -> Group:
    """A glimpse of what was found, or one page of it: two questions, and the lessons' staff."""
    found = kind.rows(person).filter(_matching(kind.columns, words)).order_by(*kind.order)
    page = Paginator(found, PAGE_SIZE if is_whole else GLIMPSE).get_page(number if is_whole else 1)
    return Group(kind.key, [kind.show(one, words) for one in page.object_list], page, is_whole)


def _matching(columns: Sequence[str], words: Sequence[str]) -> Q:
    """Every word somewhere."""
    return reduce(
        and_, (reduce(or_, (Q(**{f"{name}__icontains": word}) for name in columns)) for word in words)
    )


def pieces(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` cut where a word begins and ends; the pieces joined are `text`, so the page escapes them as ever."""
    marked = [False] * len(text)
    for place, length in _places(text, words):
        marked[place : place + length] = [True] * length
    cuts = [0, *(at for at in range(1, len(text)) if marked[at] != marked[at - 1]), len(text)]
    return [(text[a:b], marked[a]) for a, b in pairwise(cuts) if a < b]


def _places(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Letter by letter, because the small form of a letter may be longer than the letter."""
    small = [letter.lower() for letter in text]
    for word in (word.lower() for word in words):
        for place in range(len(text)):
            for end in range(place + 1, min(len(text), place + len(word)) + 1):
                if "".join(small[place:end]) == word:
                    yield place, end - place


def _lessons(person: Person) -> QuerySet[Lesson]:
    return lessons_for(person).select_related("recording")


def _show_lesson(lesson: Lesson, words: Sequence[str]) -> Hit:
    url = reverse("lesson", args=[lesson.pk])
    return Hit(url, pieces(lesson.title, words), pieces(lesson.course.title, words), lesson)


def _courses(person: Person) -> QuerySet[Course]:
    return courses_for(person).select_related("institution")


def _show_course(course: Course, words: Sequence[str]) -> Hit:
    url = address_of("course", str(course.pk))
    return Hit(url, pieces(course.title, words), [(course.institution.name, False)])


def _show_person(person: Person, words: Sequence[str]) -> Hit:
    """Without the e-mail address, which not everybody who may find a person should have."""
    return Hit(address_of("person", str(person.pk)), pieces(person.name, words), [])


def _institutions(person: Person) -> QuerySet[Institution]:
    return Institution.objects.all()


def _show_institution(institution: Institution, words: Sequence[str]) -> Hit:
    url = address_of("institution", institution.slug) or address_of("institution", str(institution.pk))
    return Hit(url, pieces(institution.name, words), [(institution.region, False)])


INSTITUTIONS = Kind("institutions", _institutions, ("name", "slug"), ("name", "pk"), _show_institution)
LESSONS = Kind("lessons", _lessons, ("title", "course__title"), ("-starts_at", "pk"), _show_lesson)
COURSES = Kind("courses", _courses, ("title",), ("title", "pk"), _show_course)
PEOPLE = Kind("people", people_for, ("name",), ("name", "pk"), _show_person)
