"""Every address that exists is closed to strangers, also those that nobody has thought of yet."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Person
from classroom.models import Lesson
from tests.conftest import Cast
from tests.sessions import sign_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

# For everybody, signed in or not.
PUBLIC = {
    *("healthz", "readyz", "sign_in", "set_language", "api_docs", "api_schema", "invitation_accept"),
    *("password_forgotten", "password_letter", "new_password", "jitsi_key_set", "jitsi_branding"),
}
# For everybody who is signed in; each shows only what is their own.
OWN = {
    *(
        "home",
        "api_institutions",
        "api_courses",
        "api_lessons",
        "api_recordings",
        "calendar",
        "start_meeting",
    ),
    *("calendar_settings", "my_data", "own_audit", "own_results", "children_recordings"),
    *("attendance", "watch", "notes", "reports"),
    *("account", "change_password"),
    *("lessons", "search", "statistics", "statistics_csv", "connection", "connection_sample"),
}
CLOSED = {401, 403, 404, 405}
CSRF_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
# One a request: for whoever asks us what went wrong.
REQUEST_ID = re.compile(rb'"request_id":"\w+"')


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


PATTERNS = {str(pattern.name): pattern for pattern in patterns(get_resolver())}
GUARDED = sorted(set(PATTERNS) - PUBLIC)
OF_A_LESSON = sorted(name for name in PATTERNS if "lesson_id" in PATTERNS[name].pattern.converters)


def address(name: str, lesson_id: object) -> str:
    """Other ids are of nothing here; tests/architecture/test_authorisation.py tries those doors with real ones."""
    known = {
        "lesson_id": lesson_id,
        "key": "teacher",
        "page": 1,
        "school": "here",
        "token": "nobody-has-this-token",
        "rest": "nowhere",
    }
    pattern = PATTERNS[name].pattern
    words = pattern.converters or pattern.regex.groupindex
    return reverse(name, kwargs={word: known.get(word, uuid.UUID(int=7)) for word in words})


def signed_in(person: Person) -> Client:
    client = Client(raise_request_exception=False)
    sign_in(client, person)
    return client


def is_closed(response: Answer) -> bool:
    if response.status_code == 302:
        return response["Location"].startswith(reverse("sign_in"))
    return response.status_code in CLOSED


def test_every_address_has_a_name_of_its_own() -> None:
    named = [pattern.name for pattern in patterns(get_resolver())]
    assert None not in named
    assert len(named) == len(set(named))


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_address_opens_for_anybody(name: str, db: None) -> None:
    assert not is_closed(Client().get(address(name, uuid.uuid4())))


def test_nobody_enters_unnamed(lesson: Lesson) -> None:
    assert doors_that_open(Client(raise_request_exception=False), GUARDED, lesson) == []


def test_the_stranger_finds_every_door_closed(cast: Cast, lesson: Lesson) -> None:
    client = signed_in(cast.stranger)
    assert doors_that_open(client, sorted(set(GUARDED) - OWN), lesson) == []


def doors_that_open(client: Client, names: list[str], lesson: Lesson) -> list[str]:
    """What happens behind one is undone before the next is tried, with the session that it may have begun."""
    kept, found = dict(client.cookies), []
    for name, method in product(names, ("GET", "POST")):
        with transaction.atomic():
            response = client.generic(method, address(name, lesson.pk))
            transaction.set_rollback(True)
        client.cookies.clear()
        client.cookies.update(kept)
        if not is_closed(response):
            found.append(f"{method} {name}: {response.status_code}")
    return found


@pytest.mark.parametrize("name", sorted(OWN))
def test_the_strangers_own_pages_say_nothing_of_our_school(name: str, cast: Cast, lesson: Lesson) -> None:
    response = signed_in(cast.stranger).get(address(name, lesson.pk))
    assert response.status_code == 200
    for word in (lesson.title, str(lesson.pk), cast.course.title):
        assert word not in response.content.decode()


@pytest.mark.parametrize("name", OF_A_LESSON)
def test_the_stranger_cannot_tell_our_lesson_from_none(name: str, cast: Cast, lesson: Lesson) -> None:
    client, missing = signed_in(cast.stranger), uuid.uuid4()
    ours, none = (client.get(address(name, pk)) for pk in (lesson.pk, missing))
    assert told(ours, lesson.pk) == told(none, missing)


@pytest.mark.parametrize("name", OF_A_LESSON)
def test_the_unnamed_cannot_tell_our_lesson_from_none(name: str, lesson: Lesson) -> None:
    client, missing = Client(), uuid.uuid4()
    ours, none = (client.get(address(name, pk)) for pk in (lesson.pk, missing))
    assert told(ours, lesson.pk) == told(none, missing)


def told(response: Answer, asked: uuid.UUID) -> tuple[int, dict[str, str], bytes]:
    """Everything the answer says, but for the id that was in the question and the token of the form."""
    body = REQUEST_ID.sub(b"", CSRF_TOKEN.sub(b"", response.content)).replace(str(asked).encode(), b"*")
    headers = {
        name: value.replace(str(asked), "*") for name, value in response.items() if name != "X-Request-Id"
    }
    return response.status_code, headers, body
