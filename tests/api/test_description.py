"""The schema: without warnings, complete, and readable under our own policy of contents."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS

from tests.api.operations import OPERATIONS

SAID = {"400", "401", "403", "404", "409", "413", "415", "429"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    answer: dict[str, Any] = Client().get("/api/v1/schema").json()
    return answer


def operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for methods in described["paths"].values() for one in methods.values()]


def test_it_is_valid_and_warns_of_nothing() -> None:
    out = io.StringIO()
    call_command("spectacular", urlconf="config.api", validate=True, fail_on_warn=True, stdout=out)
    assert "openapi: 3.1" in out.getvalue()
    assert not GENERATOR_STATS


def test_every_operation_names_every_problem_its_tag_and_the_three_ways_in(described: dict[str, Any]) -> None:
    assert len(operations(described)) == len(OPERATIONS)
    for one in operations(described):
        assert set(one["responses"]) >= SAID, one["operationId"]
        assert one["tags"] and one["summary"]
        assert {name for way in one["security"] for name in way} == {"session", "bearer", "api_key"}


def test_every_answer_with_a_body_has_an_example(described: dict[str, Any]) -> None:
    for one in operations(described):
        for status, answer in one["responses"].items():
            for content in answer.get("content", {}).values():
                assert "examples" in content, f"{one['operationId']} {status}"


@pytest.mark.django_db
def test_the_page_takes_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/v1/docs")
    policy, html = answer["Content-Security-Policy"], answer.content.decode()
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "swagger-ui/swagger-ui-bundle.js" in html
    assert "//" not in html.split("<head>")[1].split("</head>")[0].replace("://127.0.0.1", "")
