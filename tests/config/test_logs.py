"""Lines of the log say what they are about, and never what would open something."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from django.test import Client

from classroom.models import Lesson
from common.about import about, begin, what_it_is_about
from config.celery import name_task
from config.logs import JsonLines, PlainLines, scrub
from recordings.tasks import advance
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

LESSON = "3f2f0a9e-6a65-4d4e-9a43-0d4d2f0a9e6a"


def write(formatter: logging.Formatter, message: str, *args: Any, **more: Any) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.Logger("recordings.pipeline")
    logger.addHandler(handler)
    logger.warning(message, *args, **more)
    return stream.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        "GET /api with Authorization: Bearer abcdef0123456789",
        "token=abcdef0123456789&page=2",
        "https://jibri/x?access_token=abcdef0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJyb29tIjoiYWJjZGVmMDEyMzQ1Njc4OSJ9.abcdef0123456789",
        "cannot connect to postgresql://darasa:abcdef0123456789@db:5432/darasa",
        "password=abcdef0123456789",
    ],
)
def test_what_opens_something_is_hidden(said: str) -> None:
    assert "abcdef0123456789" not in scrub(said)
    assert "[hidden]" in scrub(said)


@pytest.mark.parametrize(
    "said", [f"Recording {LESSON} stumbled", "https://school.example/lessons/?page=2", "12 tokens, no secret"]
)
def test_what_opens_nothing_stays(said: str) -> None:
    assert scrub(said) == said


def test_a_line_for_machines_is_one_object_with_its_ids() -> None:
    begin(request="r-1", lesson=LESSON)
    try:
        raise ValueError("password=abcdef0123456789")
    except ValueError:
        line = write(JsonLines(), "Recording %s\nstumbled", LESSON, exc_info=True)
    assert line.count("\n") == 1
    told = json.loads(line)
    assert (told["request"], told["lesson"], told["level"]) == ("r-1", LESSON, "WARNING")
    assert told["message"] == f"Recording {LESSON}\nstumbled"
    assert "ValueError" in told["traceback"]
    assert "abcdef0123456789" not in line


def test_a_line_for_people_ends_with_its_ids() -> None:
    begin(run="t-1")
    with about(recording=LESSON):
        line = write(PlainLines(), "The store is away")
    assert line.endswith(f"recordings.pipeline The store is away [run=t-1 recording={LESSON}]\n")
    assert dict(what_it_is_about()) == {"run": "t-1"}


def test_a_task_is_named_with_what_it_works_on() -> None:
    name_task(task_id="t-7", task=advance, args=[LESSON])
    assert dict(what_it_is_about()) == {"task": "recordings.advance", "run": "t-7", "recording": LESSON}


def test_a_request_is_named_with_its_lesson_and_keeps_the_proxys_id(cast: Cast, lesson: Lesson) -> None:
    client_of(cast.teacher).get(f"/lessons/{lesson.pk}/", headers={"X-Request-Id": "proxy-42"})
    assert dict(what_it_is_about()) == {"request": "proxy-42", "lesson": str(lesson.pk)}
    Client().get("/healthz", headers={"X-Request-Id": "no spaces\tplease"})
    assert what_it_is_about()["request"] != "no spaces\tplease"
    assert "lesson" not in what_it_is_about()
