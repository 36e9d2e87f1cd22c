"""Every operation of the API: who may, in one table. A new operation without a row fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from config.api import doors
from tests.api.conftest import World

Body = Callable[[World], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """`able` get `status`; others of the school get 403, whoever does not belong to it 404."""

    method: str
    door: str
    scope: str | None
    status: int
    able: frozenset[str]
    blind: frozenset[str] = frozenset({"platform_admin", "stranger"})
    body: Body | None = None

    def address(self, world: World, **instead: Any) -> str:
        words = next(door for door in doors if door.name == self.door).pattern.converters
        known = world.ids() | instead
        return reverse(self.door, kwargs={word: known[word] for word in words})

    @property
    def name(self) -> str:
        return f"{self.method} {self.door}"

    @property
    def is_list(self) -> bool:
        """Lists of what one may see are open to everybody, and empty for who may see nothing."""
        return self.method == "GET" and self.door in {
            "api_institutions",
            "api_courses",
            "api_lessons",
            "api_recordings",
        }


def who(names: str) -> frozenset[str]:
    return frozenset(names.split())


ALL = who("platform_admin head teacher amina guardian stranger key reader")
CLASS = who("head teacher amina guardian key reader")
STAFF = who("head teacher key")
RUNNERS = who("head key")
MANAGERS = who("platform_admin head key")
READERS = MANAGERS | {"reader"}
SEEN = who("stranger")

OPERATIONS = [
    Operation("GET", "api_institutions", None, 200, ALL),
    Operation("GET", "api_institution", None, 200, ALL - SEEN, SEEN),
    Operation("GET", "api_people", "people:read", 200, READERS, SEEN),
    Operation(
        "POST",
        "api_people",
        "people:write",
        201,
        MANAGERS,
        SEEN,
        lambda _: {"email": "new@here.test", "name": "New", "role": "student"},
    ),
    Operation("GET", "api_person", "people:read", 200, READERS | {"amina", "guardian"}, SEEN),
    Operation("PATCH", "api_person", "people:write", 200, MANAGERS, SEEN, lambda _: {"name": "Amina Ali"}),
    Operation("PUT", "api_suspension", "people:write", 200, MANAGERS, SEEN),
    Operation("DELETE", "api_suspension", "people:write", 204, MANAGERS, SEEN),
    Operation("PUT", "api_role", "people:write", 200, MANAGERS, SEEN, lambda _: {"expires_on": None}),
    Operation("DELETE", "api_role", "people:write", 204, MANAGERS, SEEN),
    Operation("GET", "api_guardianships", "people:read", 200, READERS, SEEN),
    Operation("PUT", "api_guardianship", "people:write", 200, MANAGERS, SEEN),
    Operation("DELETE", "api_guardianship", "people:write", 204, MANAGERS, SEEN),
    Operation("GET", "api_recording_permission", "people:read", 200, RUNNERS | {"reader"}, SEEN),
    Operation(
        "PUT",
        "api_recording_permission",
        "people:write",
        200,
        RUNNERS,
        SEEN,
        lambda _: {"answer": "refused"},
    ),
    Operation("GET", "api_courses", "courses:read", 200, ALL),
    Operation(
        "POST",
        "api_courses",
        "courses:write",
        201,
        RUNNERS,
        SEEN,
        lambda world: {"institution": str(world.school.pk), "title": "Physics", "language": "en"},
    ),
    Operation("GET", "api_course", "courses:read", 200, CLASS),
    Operation("PATCH", "api_course", "courses:write", 200, STAFF, body=lambda _: {"title": "Maths"}),
    Operation("GET", "api_roster", "courses:read", 200, CLASS - {"guardian"}),
    Operation(
        "PUT", "api_roster_line", "courses:write", 200, RUNNERS, body=lambda _: {"standing": "student"}
    ),
    Operation("DELETE", "api_roster_line", "courses:write", 204, RUNNERS),
    Operation("GET", "api_lessons", "lessons:read", 200, ALL),
    Operation(
        "POST",
        "api_lessons",
        "lessons:write",
        201,
        STAFF,
        body=lambda world: {
            "course": str(world.course.pk),
            "title": "Decimals",
            "starts_at": "2030-01-01T08:00:00Z",
            "ends_at": "2030-01-01T09:00:00+00:00",
        },
    ),
    Operation("GET", "api_lesson", "lessons:read", 200, CLASS),
    Operation(
        "PATCH",
        "api_lesson",
        "lessons:write",
        200,
        STAFF,
        body=lambda _: {"title": "Halves", "continues_board": True},
    ),
    Operation("POST", "api_cancellation", "lessons:write", 200, STAFF),
    Operation(
        "POST",
        "api_join_links",
        "join_links:write",
        201,
        who("amina key"),
        body=lambda world: {"person": str(world.person.pk)},
    ),
    Operation("GET", "api_join_links", "join_links:write", 200, RUNNERS),
    Operation("DELETE", "api_join_link", "join_links:write", 204, RUNNERS),
    Operation("GET", "api_register", "registers:read", 200, STAFF | {"reader"}),
    Operation("GET", "api_intervals", "registers:read", 200, STAFF | {"reader"}),
    Operation("GET", "api_engagement", "engagement:read", 200, STAFF | {"reader"}),
    Operation("GET", "api_trends", "engagement:read", 200, STAFF | {"reader"}),
    Operation("GET", "api_recordings", "recordings:read", 200, ALL),
    Operation("GET", "api_recording_ledger", "recordings:read", 200, RUNNERS | {"reader"}, SEEN),
    Operation(
        "GET",
        "api_recording",
        "recordings:read",
        200,
        CLASS - {"guardian"},
        who("platform_admin stranger guardian"),
    ),
    Operation(
        "POST",
        "api_recording_links",
        "recordings:read",
        201,
        CLASS - {"guardian"},
        who("platform_admin stranger guardian"),
    ),
]


def operations_served() -> Iterator[str]:
    for door in doors:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            view: Any = door.callback
            if hasattr(view.view_class, method.lower()):
                yield f"{method} {door.name}"
