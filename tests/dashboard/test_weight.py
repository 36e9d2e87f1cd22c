"""What a page weighs on the wire, and what the server says of its own speed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.conf import settings as given
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory

from classroom.models import Lesson
from dashboard.middleware import CompressPages, tell_server_time
from tests.conftest import Cast
from tests.dashboard.test_desks import one_more
from tests.dashboard.test_pages import client_of
from tests.tiers import sampled

FIRST_BYTES, LATER_BYTES = 60_000, 12_000
FRONTEND = given.BASE_DIR / "frontend" / "dist"


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["head", "teacher", "amina", "guardian"])
@pytest.mark.parametrize("path", sampled(["/", "/lessons", "/search?q=l", "/statistics"], every=3))
def test_a_page_is_light(cast: Cast, lesson: Lesson, who: str, path: str) -> None:
    for number in range(4):
        one_more(cast, number)
    answer = client_of(getattr(cast, who)).get(path, headers={"accept-encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) <= LATER_BYTES
    assets = sum(
        len(gzip.compress((FRONTEND / name).read_bytes())) for name in ("app.css", "pages.js", "icon.svg")
    )
    assert len(answer.content) + assets <= FIRST_BYTES


def compressed(response: Any) -> bool:
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    answer = CompressPages(lambda _: response)(request)
    assert isinstance(answer, HttpResponseBase)
    return answer.has_header("Content-Encoding")


def test_pages_are_compressed_and_videos_are_left_as_they_are() -> None:
    assert compressed(HttpResponse("x" * 1000, content_type="text/html; charset=utf-8"))
    assert not compressed(HttpResponse(b"x" * 1000, content_type="video/mp4"))
    assert not compressed(StreamingHttpResponse([b"x" * 1000], content_type="text/html"))


@pytest.mark.django_db
def test_the_server_tells_its_time_and_counts_its_questions() -> None:
    def ask(request: Any) -> HttpResponse:
        assert not Lesson.objects.exists()
        return HttpResponse("done")

    told = tell_server_time(ask)(RequestFactory().get("/"))["Server-Timing"]
    assert 'desc="1 queries"' in told
    assert told.startswith("total;dur=")


@pytest.mark.django_db
def test_without_the_setting_the_server_tells_nothing(client: Any) -> None:
    assert not client.get("/healthz").has_header("Server-Timing")
