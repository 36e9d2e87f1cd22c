"""Idempotency keys: asked twice, done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actions import answer_once, forget_answers
from accounts.actions.idempotency import Answer
from accounts.models import IdempotentAnswer, Person
from common.refusals import Refused
from tests.api.conftest import asker
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


def people_of(cast: Cast) -> str:
    return f"/api/v1/institutions/{cast.school.pk}/people"


def somebody(name: str = "New") -> dict[str, str]:
    return {"email": "new@here.test", "name": name, "role": "student"}


def test_the_same_key_and_body_get_the_first_answer_again(cast: Cast) -> None:
    ask = asker(cast, "key")
    first = ask("POST", people_of(cast), somebody(), **{"Idempotency-Key": "a"})
    again = ask("POST", people_of(cast), somebody(), **{"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert Person.objects.filter(email="new@here.test").count() == 1


def test_another_body_under_the_same_key_is_refused(cast: Cast) -> None:
    ask = asker(cast, "key")
    ask("POST", people_of(cast), somebody(), **{"Idempotency-Key": "a"})
    other = ask("POST", people_of(cast), somebody("Other"), **{"Idempotency-Key": "a"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_keys_of_two_callers_never_meet(cast: Cast) -> None:
    first = asker(cast, "key")("POST", people_of(cast), somebody(), **{"Idempotency-Key": "a"})
    other = asker(cast, "head")("POST", people_of(cast), somebody("Other"), **{"Idempotency-Key": "a"})
    assert (first.status_code, other.json()["code"]) == (201, "person_exists")


def test_a_refused_attempt_leaves_nothing_behind_and_may_be_mended(cast: Cast) -> None:
    ask = asker(cast, "key")
    wrong = ask("POST", people_of(cast), {**somebody(), "role": "king"}, **{"Idempotency-Key": "a"})
    assert wrong.status_code == 400
    assert not IdempotentAnswer.objects.exists()
    assert ask("POST", people_of(cast), somebody(), **{"Idempotency-Key": "a"}).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ü", "a" * 201])
def test_a_key_that_is_none_is_a_problem(cast: Cast, key: str) -> None:
    response = asker(cast, "key")("POST", people_of(cast), somebody(), **{"Idempotency-Key": key})
    assert response.status_code == 400


def test_answers_are_forgotten_after_a_day() -> None:
    now, actor = timezone.now(), uuid4()
    done: list[int] = []

    def act() -> Answer:
        done.append(1)
        return Answer(200, {})

    def ask(at: Any) -> None:
        answer_once(actor=actor, key="a", fingerprint="f", now=at, act=act)

    ask(now)
    ask(now + 23 * HOURS)
    assert len(done) == 1
    ask(now + 24 * HOURS)
    assert len(done) == 2
    assert (forget_answers(now=now + 25 * HOURS), forget_answers(now=now + 48 * HOURS)) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_told_to_wait() -> None:
    """Two real connections: the first is held inside of its act until the second has its answer."""
    actor, inside, let_go = uuid4(), threading.Event(), threading.Event()
    answers: list[Answer] = []

    def act() -> Answer:
        inside.set()
        assert let_go.wait(20)
        return Answer(201, {"made": 1})

    def first() -> None:
        try:
            answers.append(answer_once(actor=actor, key="a", fingerprint="f", now=timezone.now(), act=act))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(20)
    with pytest.raises(Refused, match="in_progress"):
        answer_once(actor=actor, key="a", fingerprint="f", now=timezone.now(), act=act)
    let_go.set()
    thread.join(20)
    again = answer_once(actor=actor, key="a", fingerprint="f", now=timezone.now(), act=act)
    assert (answers[0].body, again.body, again.is_repeated) == ({"made": 1}, {"made": 1}, True)
