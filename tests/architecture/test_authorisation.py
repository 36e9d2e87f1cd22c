"""The authorisation table, cell by cell: every door × every actor × every situation, as real requests."""

from __future__ import annotations

import gc
import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from accounts.authorisation import TABLE, Actor, Reach, reach_of
from classroom.passes import issue_pass
from config.doors import BEHIND, MACHINE, NO_DOOR_YET, PUBLIC, URLS, WORDS, rows_of
from config.sockets import VOCABULARY
from recordings.storage import storage
from tests.architecture import bare, bodies
from tests.architecture.scene import ACTORS, NOBODY, Scene, Situation, reaches
from tests.architecture.test_doors import PATTERNS, is_closed
from tests.tally import Count
from tests.tiers import THOROUGH, by_turns, is_due, sampled
from whiteboard.models.files import Picture

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALWAYS = (Situation.OWN, Situation.ELSEWHERE)
SITUATIONS = (*ALWAYS, *(one for one in Situation if one not in ALWAYS))
DOORS = sorted(name for name in URLS if URLS[name] not in {PUBLIC, MACHINE})
MD5 = "django.contrib.auth.hashers.MD5PasswordHasher"


def test_every_address_has_its_row() -> None:
    assert set(URLS) - {"enter_as"} == set(PATTERNS) - {"enter_as"}, "config/doors.py and the URLs differ"
    used = {row for name in URLS for row in rows_of(name)} - {PUBLIC, MACHINE}
    assert used <= set(TABLE)


def test_every_word_of_the_sockets_has_its_row() -> None:
    assert set(WORDS) == {word for words in VOCABULARY.values() for word in words.commands}
    assert set(WORDS.values()) <= set(TABLE)


def test_rows_that_nothing_tries_are_named() -> None:
    asked = {row for name in URLS for row in rows_of(name)} | set(WORDS.values())
    assert set(TABLE) - asked == set(BEHIND) | NO_DOOR_YET
    assert not set(BEHIND) & NO_DOOR_YET


def test_every_row_says_something_for_every_actor() -> None:
    for row, cells in TABLE.items():
        assert set(cells) == set(Actor), row


def test_a_row_that_nobody_wrote_opens_nothing() -> None:
    with pytest.raises(KeyError):
        reach_of("lesson.raed", Actor.HEAD)


def test_no_word_of_an_address_and_no_body_is_left_over() -> None:
    words = {word for name in DOORS for word in PATTERNS[name].pattern.converters}
    assert words == set(bodies.WORDS)
    named = {
        *bodies.FORMS,
        *bodies.FILES,
        *bodies.WORDS_OF_DOOR,
        *(key.partition(" ")[2] for key in bodies.JSON),
    }
    assert named <= set(DOORS)


def test_a_sample_brings_everybody_to_each_door_and_in_each_situation_to_some() -> None:
    tried = {name: set(tried_with(name)) for name in DOORS}
    for name, cells in tried.items():
        assert {actor for actor, situation in cells if situation == Situation.OWN} == set(ACTORS), name
        assert len([actor for actor, situation in cells if situation == Situation.ELSEWHERE]) >= 2, name
    doors = Counter(cell for cells in tried.values() for cell in cells)
    assert set(doors) == set(product(ACTORS, SITUATIONS))
    assert min(doors.values()) >= len(DOORS) // 20


def test_at_home_half_come_to_each_door_and_everybody_to_one_of_three() -> None:
    for count in range(1, len(ACTORS) + 1):
        may = list(ACTORS)[:count]
        come = [set(by_turns(may, place, every=2)) for place in range(3)]
        assert all(1 <= len(who) <= (count + 1) // 2 or THOROUGH for who in come)
        assert set.union(*come) == set(may)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """One for all doors: what happens behind a door is undone before the next one is tried."""
    with (
        django_db_blocker.unblock(),
        override_settings(PASSWORD_HASHERS=[MD5]),
        transaction.atomic(),
    ):
        made = Scene()
        with quiet():
            yield made
        transaction.set_rollback(True)


@contextmanager
def quiet() -> Iterator[None]:
    """Thousands of refusals need no line in a log each, nor what was there before them to be looked through for waste."""
    gc.collect()
    gc.freeze()
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        gc.unfreeze()


@dataclass(frozen=True, slots=True)
class Cell:
    """One try: who comes to which side of a door, in which situation, and what the table says."""

    side: str
    method: str
    who: str
    situation: str
    client: Client
    path: str
    expected: bool
    # Of another school: not even that it exists may be told.
    is_secret: bool
    options: dict[str, Any]
    refusals: frozenset[str] = frozenset()  # reasons of a 409 that mean "not for you" at this door

    def complaint(self) -> str:
        """Empty when door and table agree."""
        found = knock(self)
        wanted = "open" if self.expected else "closed as if there were none" if self.is_secret else "closed"
        if found.startswith(wanted):
            return ""
        said = "opens" if self.expected else "stays closed"
        return f"{self.method} {self.who}, {self.situation}: {found}, the table says that it {said}"


def knock(cell: Cell) -> str:
    """`open`, `closed`, or the status of an answer that is neither; whatever happened is undone."""
    kept = dict(cell.client.cookies)  # a session that was begun anew is undone with the rest
    with transaction.atomic():
        response = cell.client.generic(cell.method, cell.path, **cell.options)
        transaction.set_rollback(True)
    cell.client.cookies.clear()
    cell.client.cookies.update(kept)
    if is_closed(response):
        return "closed as if there were none" if response.status_code == 404 else "closed"
    if cell.refusals and response.status_code == 409 and response.json()["code"] in cell.refusals:
        return "closed"
    return "open" if response.status_code < 400 else f"{response.status_code} {response.content[:200]!r}"


def sides_of(scene: Scene, name: str) -> Iterator[str]:
    """The methods that the door knows at all; pages know no others than a form can send."""
    visit = visit_of(scene, name, "GET", Actor.HEAD, Situation.OWN)
    for method in METHODS if name.startswith("api_") else METHODS[:2]:
        with transaction.atomic():
            status = scene.nobody.generic(method, address(name, visit)).status_code
            transaction.set_rollback(True)
        if status != 405:
            yield method


def cells_of(scene: Scene, name: str, *, every_one: bool = False) -> Iterator[Cell]:
    for method in sides_of(scene, name):
        tried = product(ACTORS, SITUATIONS) if every_one else tried_with(name)
        yield from spared(name, [cell_of(scene, name, method, *one) for one in tried], every_one=every_one)
        own = visit_of(scene, name, method, Actor.HEAD, Situation.OWN)
        yield make_cell(name, method, own, "anybody", NOBODY, scene.nobody, False)
        yield from cells_without_session(scene, name, method)


def tried_with(name: str) -> Iterator[tuple[Actor, Situation]]:
    """Everybody here, always; without a sweep, two of the six from another school by turns, and of what else there is one of
    twenty: each actor in each situation comes to some door."""
    for (at, actor), (turn, situation) in product(enumerate(ACTORS), enumerate(SITUATIONS)):
        every = {Situation.OWN: 1, Situation.ELSEWHERE: 3}.get(situation, 20)
        if is_due(DOORS.index(name), at, turn, every=every):
            yield actor, situation


def spared(name: str, cells: list[Cell], *, every_one: bool) -> list[Cell]:
    """Without a sweep half of those who are let in at home come, and half of those who are not, by turns from door to door,
    and one of each at least."""
    kept = [cell for cell in cells if cell.situation != Situation.OWN]
    for is_open in (True, False):
        half = [cell for cell in cells if cell.situation == Situation.OWN and cell.expected == is_open]
        kept += half if every_one else by_turns(half, DOORS.index(name), every=2)
    return kept


def cell_of(scene: Scene, name: str, method: str, actor: Actor, situation: Situation) -> Cell:
    reach = reach_of(row_of(name, method), actor)
    expected = reaches(reach, actor, situation, points_at_something=points(name, method))
    visit = visit_of(scene, name, method, actor, situation)
    return make_cell(name, method, visit, actor, situation, scene.client(actor, situation), expected)


def row_of(name: str, method: str) -> str:
    read, write = rows_of(name)
    return read if method == "GET" else write


def points(name: str, method: str) -> bool:
    """Whether the question is about something, which may be somebody else's."""
    return bool(PATTERNS[name].pattern.converters) or f"{method} {name}" in POINTING


POINTING = bodies.POINTING_BODIES | {"GET media"}


def visit_of(scene: Scene, name: str, method: str, actor: Actor, situation: Situation) -> bodies.Visit:
    """What is the actor's own is theirs in every situation that is not about another place."""
    where, place, person = scene.where(situation), scene.place(situation), None
    if actor in ACTORS:
        person = scene.person(actor, situation)
    is_own = reach_of(row_of(name, method), actor) in {Reach.OWN, Reach.MEMBER} or name in FOR_ONESELF
    is_away = situation in {Situation.OTHER_LESSON, Situation.ELSEWHERE}
    subject = person if person is not None and is_own and not is_away else place.student
    return bodies.Visit(actor, person, subject, place, scene.things[where], scene.places[Situation.OWN])


def is_the_platforms(row: str) -> bool:
    """Whoever asks is refused before anything is looked up."""
    return all(reach_of(row, actor) in {Reach.NONE, Reach.ALL} for actor in ACTORS)


# The platform's admins know of every school.
MEMBERS = set(ACTORS) - {Actor.PLATFORM_ADMIN}
# A join link is for the one who asks, wherever the lesson is.
FOR_ONESELF = {"api_join_links"}


# Doors that say "not for you" with a reason of the school: their codes. Any other 409 is a complaint.
REFUSALS = {"POST api_join_links": frozenset({"not_in_this_lesson", "too_powerful"})}


def make_cell(
    name: str,
    method: str,
    visit: bodies.Visit,
    who: str,
    situation: str,
    client: Client,
    expected: bool,
    side: str = "",
    **options: Any,
) -> Cell:
    given = {**body_of(name, method, visit), **options}
    side = side or ("API" if name.startswith("api_") else "HTTP")
    is_secret = situation == Situation.ELSEWHERE and who in MEMBERS and points(name, method)
    is_secret = is_secret and not is_the_platforms(row_of(name, method))
    path = address(name, visit)
    refusals = REFUSALS.get(f"{method} {name}", frozenset())
    return Cell(side, method, who, str(situation), client, path, expected, is_secret, given, refusals)


def address(name: str, visit: bodies.Visit) -> str:
    if name == "media":
        return storage().url(visit.place.recording.video_key, expires_seconds=60)
    find = bodies.WORDS | bodies.WORDS_OF_DOOR.get(name, {})
    return reverse(name, kwargs={word: find[word](visit) for word in PATTERNS[name].pattern.converters})


def body_of(name: str, method: str, visit: bodies.Visit) -> dict[str, Any]:
    said = bodies.JSON.get(f"{method} {name}")
    if said or name.startswith("api_"):
        body = json.dumps(said(visit)) if said else ""
        return {} if method == "GET" else {"data": body, "content_type": "application/json"}
    if method == "POST" and name in bodies.FILES:
        content, kind = bodies.FILES[name]
        return {"data": content, "content_type": kind}
    form = bodies.FORMS[name](visit) if method == "POST" and name in bodies.FORMS else {}
    return {"data": urlencode(form, doseq=True), "content_type": "application/x-www-form-urlencoded"}


def cells_without_session(scene: Scene, name: str, method: str) -> Iterator[Cell]:
    """Keys, guests and recorders. Pages know sessions only, the API sessions and keys: to every other door
    these three are nobody, whatever the table gives them elsewhere. Without a sweep one of them comes to a page, by turns."""
    own = scene.things[Situation.OWN]
    cookie = {"headers": {"Cookie": f"{settings.GUEST_COOKIE_NAME}={own.browser}"}}
    bearer = {"headers": {"Authorization": f"Bearer {issue_pass(own.place.lesson.room.pk)}"}}
    visit = visit_of(scene, name, method, Actor.GUEST, Situation.OWN)
    for place, (who, options) in enumerate(((Actor.GUEST, cookie), (Actor.SERVICE, bearer))):
        if name.startswith("api_") or is_due(DOORS.index(name), place, every=3):
            yield make_cell(name, method, visit, who, Situation.OWN, scene.nobody, False, "guest", **options)
    for turn, situation in enumerate(scene.keys):
        every = 4 if situation not in ALWAYS else 1 if name.startswith("api_") else 6
        if is_due(DOORS.index(name), turn, every=every):
            yield key_cell(scene, name, method, situation)


def key_cell(scene: Scene, name: str, method: str, situation: Situation) -> Cell:
    reach = reach_of(row_of(name, method), Actor.API_CLIENT)
    works = situation in {Situation.OWN, Situation.OTHER_LESSON} or (
        situation == Situation.ELSEWHERE and not points(name, method)
    )
    expected = name.startswith("api_") and reach == Reach.INSTITUTION and works
    headers = {"headers": {"Authorization": f"Api-Key {scene.keys[situation]}"}}
    visit = visit_of(scene, name, method, Actor.API_CLIENT, situation)
    return make_cell(
        name, method, visit, Actor.API_CLIENT, situation, scene.nobody, expected, "key", **headers
    )


@pytest.mark.sweep
@pytest.mark.django_db  # pytest-django makes the database only for tests that bear this mark
@pytest.mark.parametrize("name", sampled(DOORS, every=2))
def test_each_cell_of_an_address(name: str, scene: Scene, count: Count, tmp_path: Path) -> None:
    if name in {
        "media",
        "download_export",
        "board_picture",
        "recording_picture",
        "board_export_file",
        "institution_logo",
    }:
        keep_files(scene, tmp_path)
    with override_settings(TEMPLATES=bare.TEMPLATES):
        tried = [(cell, cell.complaint()) for cell in cells_of(scene, name)]
    wrong = [complaint for cell, complaint in tried if complaint]
    assert wrong == [], wrong
    assert any(cell.expected for cell, _ in tried), "nobody may enter here"
    for cell, _ in tried:
        count(cell.side, cell.situation)


def keep_files(scene: Scene, folder: Path) -> None:
    """What the addresses of files lead to."""
    (folder / "file").write_bytes(b"bytes")
    for where, place in scene.places.items():
        things = scene.things[where]
        keys = [
            place.recording.video_key,
            things.file.key_of(Picture("one", 60, 40)),
            things.logo.key,
            f"exports/{place.name}.pdf",
        ]
        keys += [one.request.key for one in things.belongings.values() if "request" in vars(one)]
        for key in keys:
            storage().put(key, folder / "file", content_type="video/mp4")
