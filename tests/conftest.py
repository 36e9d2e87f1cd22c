"""The fixed cast: a head, a teacher, Amina, her guardian, a guest, and the stranger from another school."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.utils import timezone, translation

from accounts import actions as people
from accounts.models import Institution, Membership, Person, Role
from classroom import actions as lessons
from classroom.models import Course, Lesson, Standing
from tests.emptying import empty_quickly
from tests.mould import Moulds
from tests.oidc.server import idp, oidc_server
from tests.tally import count, pytest_terminal_summary
from tests.template import migrated
from whiteboard.actions import open_board
from whiteboard.models import Board

__all__ = ["count", "idp", "oidc_server", "pytest_terminal_summary"]  # of every test
TESTS = Path(__file__).parent
# The machine is shared: how long an example takes to make says nothing about the code.
hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")
# Processes of their own, that are waited for more than they compute; among them those with sound and pictures in real
# time. A browser that only looks at pages is as light as it is long.
HEAVY = tuple(TESTS / name for name in ("faults", "journeys", "recordings/embedded", "scripts"))
LIGHT = tuple(TESTS / "journeys" / f"test_{name}.py" for name in ("accessibility", "api_docs", "oidc"))
ALONE = tuple(
    TESTS / name
    for name in (
        "recordings/embedded",
        "journeys/test_lesson.py",
        "journeys/test_guest.py",
        "journeys/test_board_tools.py",
        "faults/test_jibri_loss.py",
        "faults/test_recorder_loss.py",
    )
)
# Files that take longest: begun first, lest one worker is left with them when the other has nothing to do.
LONG = tuple(
    TESTS / name
    for name in (
        "architecture/test_authorisation.py",
        "api/test_fuzz.py",
        "recordings/test_compositing.py",
        "wire/test_authorisation.py",
        "journeys/test_accessibility.py",
        "architecture/test_doors.py",
        "api/test_who_may.py",
        "journeys/test_oidc.py",
        "architecture/test_lists.py",
        "recordings/test_manifests.py",
        "faults/test_demo.py",
        "faults/test_prosody_events.py",
        "faults/test_board_nodes.py",
        "faults/test_pipeline_crashes.py",
        "faults/test_web_loss.py",
        "journeys/test_jitsi_page.py",
        "journeys/test_quiz.py",
        "faults/test_redis_loss.py",
    )
)
PASSWORD = "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs what is light, then what is heavy, each two at a time, and last what needs the machine alone."""
    for item in items:
        for mark, places in (("heavy", HEAVY), ("alone", ALONE)):
            if item.path not in LIGHT and any(item.path.is_relative_to(place) for place in places):
                item.add_marker(mark)
    order = {path: place for place, path in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path, len(LONG)))


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody that a permission test needs."""

    school: Institution
    elsewhere: Institution
    course: Course
    head: Person
    teacher: Person
    amina: Person
    bilal: Person
    guardian: Person
    guest: Person
    stranger: Person


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Of each process a copy of what was migrated once."""
    connection.settings_dict["TEST"] |= {"TEMPLATE": migrated(), "MIGRATE": False}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Threads of async tests keep connections to the test database, which could then not be dropped."""
    empty_quickly()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")  # noqa: S608


@pytest.fixture(scope="session")
def moulds() -> Moulds:
    return Moulds()


@pytest.fixture
def cast(quick_passwords: None, db: None, moulds: Moulds) -> Cast:
    poured: Cast = moulds.pour(make_cast)
    return poured


def make_cast() -> Cast:
    school = people.create_institution(name="Here", slug="here", time_zone="Africa/Nairobi", language="en")
    elsewhere = people.create_institution(
        name="There", slug="there", time_zone="Europe/Zurich", language="de"
    )
    course = lessons.create_course(institution=school, title="Mathematics 7b", language="en")

    def person(name: str, role: Role, institution: Institution = school) -> Person:
        email = f"{name.lower()}@{institution.slug}.test"
        return people.add_person(
            institution=institution, email=email, name=name, role=role, password=PASSWORD
        )

    made = Cast(
        school=school,
        elsewhere=elsewhere,
        course=course,
        head=person("Salma", Role.HEAD),
        teacher=person("Tomas", Role.TEACHER),
        amina=person("Amina", Role.STUDENT),
        bilal=person("Bilal", Role.STUDENT),
        guardian=person("Hodan", Role.GUARDIAN),
        guest=Person.objects.create_user("guest@nowhere.test", PASSWORD, name="Guest"),
        stranger=person("Jonas", Role.TEACHER, elsewhere),
    )
    people.link_guardian(institution=school, guardian=made.guardian, child=made.amina)
    lessons.enrol(course=course, person=made.teacher, standing=Standing.TEACHER)
    lessons.enrol(course=course, person=made.amina, standing=Standing.STUDENT)
    lessons.enrol(course=course, person=made.bilal, standing=Standing.STUDENT)
    return made


def belong_to(institution: Institution, person: Person, role: Role) -> Membership:
    """Somebody of one school who has accepted to be something at another."""
    return Membership.objects.create(institution=institution, person=person, role=role)


@pytest.fixture
def lesson(cast: Cast) -> Lesson:
    """A lesson that began a minute ago, with nobody inside yet."""
    begun = timezone.now() - timedelta(minutes=1)
    return lessons.schedule_lesson(
        course=cast.course,
        title="Fractions",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )


@pytest.fixture
def board(lesson: Lesson) -> Board:
    return open_board(room=lesson.room, now=timezone.now())


@pytest.fixture(autouse=True)
def plain_words() -> None:
    """What a page or a letter before switched on in this thread is off again."""
    translation.activate("en")
    timezone.deactivate()


@pytest.fixture(autouse=True)
def quick_passwords(settings: object) -> None:
    """Slow hashes are for thieves, not for tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def nothing_collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("static")


@pytest.fixture(autouse=True)
def plain_static(settings: object, nothing_collected: Path) -> None:
    """Pages without hashed file names: nothing has to be collected before a test.

    Of a folder that is not there WhiteNoise would warn with each client's first question.
    """
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {"staticfiles": plain}  # type: ignore[attr-defined]
    settings.STATIC_ROOT = nothing_collected  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, settings: object) -> None:
    """Nobody's test touches another's recordings."""
    for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        setattr(settings, name, folder)
    from common.storage.place import open_bucket
    from recordings import storage
    from whiteboard import storage as of_boards

    storage.storage.cache_clear()
    storage.folder.cache_clear()
    of_boards.storage.cache_clear()
    open_bucket.cache_clear()
