"""Traces: an extra that nobody has to have; what it sends names pages, tasks and ids, and nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.test import Client, RequestFactory
from django.urls import resolve

from common.about import begin as be_about
from common.queue import find_task
from config import checks, tracing
from tests.conftest import PASSWORD, Cast

ROOT = Path(__file__).resolve().parents[2]
LESSON = "0f0e0d0c-1111-2222-3333-444455556666"


@pytest.mark.deep
def test_wanted_without_the_extra_is_said_before_anything_starts() -> None:
    """In a process that finds no OpenTelemetry."""
    said = ask_another(
        "import sys; sys.modules['opentelemetry.sdk'] = None",
        "from config import checks; print([(one.id, one.hint) for one in checks.check_traces()])",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318",
    )
    assert "darasa.E013" in said and "docs/operations/tracing.md" in said


def test_with_the_extra_or_without_the_setting_nothing_is_said(settings: Any) -> None:
    for endpoint in ("http://collector:4318", ""):
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint
        assert checks.check_traces() == []


def ask_another(before: str, after: str, **environment: str) -> str:
    """What another process prints, with Django set up between the two."""
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\nimport django; django.setup()\n{after}"],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "x" * 60, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_check_and_the_manual_name_the_same_extra() -> None:
    manual = (ROOT / "docs/operations/tracing.md").read_text()
    assert "opentelemetry-sdk==" in manual
    named = [
        line for line in (ROOT / "pyproject.toml").read_text().splitlines() if line.startswith("tracing")
    ]
    assert len(named) == 1
    for package in named[0].split('"')[1::2]:
        assert package in manual
    assert "opentelemetry" not in (ROOT / "requirements.txt").read_text()


@pytest.mark.deep
def test_without_the_setting_nothing_of_it_is_imported() -> None:
    """Redis looks for its own part of it, where it is installed."""
    ours = "m.startswith(('opentelemetry.sdk.trace', 'opentelemetry.exporter'))"
    asked = (
        f"import config.tracing as t, sys; t.begin('web'); t.end(); print([m for m in sys.modules if {ours}])"
    )
    assert ask_another("", asked) == "[]"


def test_a_page_is_named_and_its_address_is_not() -> None:
    request = RequestFactory().get(f"/lessons/{LESSON}/?token=abc")
    request.resolver_match = resolve(request.path)
    name, told = tracing.describe(request, 200)
    assert name == f"GET {request.resolver_match.url_name}"
    assert LESSON not in str(told) and "abc" not in str(told)
    assert told["http.response.status_code"] == 200
    request.resolver_match = None
    assert tracing.describe(request, 404)[0] == "GET nowhere"


# With the extra


@pytest.fixture
def sent() -> Iterator[Any]:
    """Where the spans of this process come to."""
    memory = import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = memory.InMemorySpanExporter()
    tracing.begin("web", exporter)
    yield exporter
    tracing.end()
    before_task_publish.disconnect(tracing.carry)
    task_prerun.disconnect(tracing.begin_task)
    task_postrun.disconnect(tracing.end_task)


def spans(sent: Any) -> list[Any]:
    tracing.end()
    return list(sent.get_finished_spans())


def served(answer: HttpResponse) -> HttpRequest:
    request = RequestFactory().get(f"/lessons/{LESSON}/?token=abcdefgh")
    request.resolver_match = resolve(request.path)
    be_about(request="r1", lesson=LESSON)
    tracing.trace_requests(lambda _: answer)(request)
    return request


def test_a_request_is_a_span_with_its_ids(sent: Any) -> None:
    served(HttpResponse())
    [span] = spans(sent)
    assert (span.attributes["darasa.request"], span.attributes["darasa.lesson"]) == ("r1", LESSON)
    assert "abcdefgh" not in span.to_json()
    assert span.status.is_unset


def test_a_failure_is_told_without_its_words(sent: Any) -> None:
    served(HttpResponseServerError("Amina could not be saved"))
    [span] = spans(sent)
    assert not span.status.is_ok and span.attributes["error.type"] == "500"
    assert "Amina" not in span.to_json() and span.events == ()


def test_a_task_is_a_span_below_the_request_that_asked_for_it(sent: Any) -> None:
    task: Any = find_task("recordings.sweep")
    headers: dict[str, str] = {}
    with tracing.a_span("GET page", "SERVER"):
        tracing.carry(headers)
    task.push_request(id="t1", **headers)
    try:
        tracing.begin_task("t1", task)
        tracing.end_task("t1", "FAILURE", ValueError("Amina"))
    finally:
        task.pop_request()
    page, run = spans(sent)
    assert run.parent.span_id == page.context.span_id
    assert run.attributes["error.type"] == "ValueError"
    assert "Amina" not in run.to_json()


@pytest.mark.django_db
def test_no_name_and_no_secret_is_in_what_a_school_sends(
    cast: Cast, client: Client, settings: Any, sent: Any
) -> None:
    settings.MIDDLEWARE = [
        "dashboard.middleware.name_request",
        "config.tracing.trace_requests",
        *settings.MIDDLEWARE[1:],
    ]
    client = Client()
    client.post("/sign-in/", {"username": cast.amina.email, "password": PASSWORD})
    client.force_login(cast.teacher, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/", {"q": cast.amina.name})
    client.get(f"/courses/{cast.course.pk}/")
    told = "".join(span.to_json() for span in spans(sent))
    assert told.count('"name":') >= 3
    for word in (PASSWORD, *(text for one in (cast.amina, cast.teacher) for text in (one.name, one.email))):
        assert word not in told
