"""The fixed cast: a head, a teacher, Amina, her guardian, a guest, and the stranger from another school."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone, translation

from accounts import actions as people
from accounts.models import Institution, Membership, Person, Role
from classroom import actions as lessons
from classroom.models import Course, Lesson, Standing
from common.storage.place import open_bucket
from recordings import storage
from tests.emptying import empty_quickly
from tests.lanes import (
    CPU,
    KINDS,
    Lanes,
    give_way,
    is_wanted,
    load_by_turns,
    put_in_order,
    say_durations,
    used,
)
from tests.mould import Moulds
from tests.oidc.server import idp, oidc_server
from tests.shelf import Shelf
from tests.tally import count, note_points, say_cells, say_points
from tests.template import migrate_meanwhile, migrated
from tests.tiers import thin_out
from whiteboard import storage as storage_of_boards
from whiteboard.actions import open_board
from whiteboard.models import Board

__all__ = ["count", "idp", "oidc_server"]  # of every test
# The machine is shared: how long an example takes to make says nothing about the code.
hypothesis.settings.register_profile(
    "shared", deadline=None, max_examples=50, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("thorough", hypothesis.settings.get_profile("shared"), max_examples=3000)
hypothesis.settings.load_profile("shared")
PASSWORD = "correct horse battery"
gc.disable()  # until all tests are loaded, of which nothing is waste
BEFORE = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    kinds = "only files of these kinds, with commas between them: tests/lanes.py"
    parser.addoption("--kinds", default=",".join(KINDS), help=kinds)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What another run tries need not be loaded."""
    return None if is_wanted(collection_path, config.getoption("kinds")) else True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    migrate_meanwhile()


def pytest_collection(session: pytest.Session) -> None:
    load_by_turns(session.config)


@pytest.hookimpl(tryfirst=True)  # before `-m` is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    thin_out(items)
    put_in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes:
    return Lanes(config, log)


def pytest_collection_finish() -> None:
    """What was loaded stays: nothing of it need be looked through for waste again and again."""
    give_way()
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    item.stash[BEFORE] = used()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    result = yield
    item.user_properties.append((CPU, used() - item.stash[BEFORE]))
    note_points(item)
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    say_cells(terminalreporter)
    say_points(terminalreporter)
    say_durations(terminalreporter)


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
    """Threads of async tests keep connections to the test database, which could then not be dropped. PostgreSQL's own
    vacuum is nobody's and not ours to end."""
    empty_quickly()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        others = "datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")  # noqa: S608


@pytest.fixture(scope="session")
def moulds() -> Moulds:
    return Moulds()


@pytest.fixture
def cast(db: None, moulds: Moulds) -> Cast:
    poured: Cast = moulds.pour(make_cast)
    return poured


def make_cast() -> Cast:
    school = people.create_institution(name="Here", slug="here", time_zone="Africa/Nairobi", language="en")
    allow_the_unasked(school)
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


def allow_the_unasked(school: Institution) -> None:
    """As a school that has asked its families in another way: elsewhere silence is no permission."""
    school.policy = {**school.policy, "unasked_are_recorded": True}
    school.save(update_fields=["policy"])


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


@pytest.fixture(scope="session", autouse=True)
def not_as_in_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set once: to tell all listeners of a changed setting, and of its return, costs more than many a test.

    Slow hashes are for thieves. Pages have no hashed names of files: nothing has to be collected first; of a folder
    that is not there WhiteNoise would warn with each client's first question.
    """
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
    ):
        yield


@pytest.fixture(scope="session")
def shelf(not_as_in_service: None, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory)


@pytest.fixture(autouse=True)
def own_folders(shelf: Shelf) -> Iterator[None]:
    """Nobody's test touches another's recordings."""
    shelf.make_ready()
    storage.storage.cache_clear()
    storage.folder.cache_clear()
    storage_of_boards.storage.cache_clear()
    open_bucket.cache_clear()
    yield
