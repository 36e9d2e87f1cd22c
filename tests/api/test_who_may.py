"""Each operation × who asks: own school, another one, without the scope, nobody."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.callers import SCOPES
from accounts.models import Role
from tests.api.conftest import CANARY, ROLES, World, asker, make_key, with_key
from tests.api.operations import OPERATIONS, Operation, operations_served
from tests.conftest import Cast, belong_to
from tests.tiers import sampled

pytestmark = pytest.mark.django_db
BY_NAME = {operation.name: operation for operation in OPERATIONS}
WITH_IDS = sorted(name for name, one in BY_NAME.items() if "_id" in str(one) or not one.is_list)
PROBLEM = {"type", "title", "status", "detail", "code", "errors", "request_id"}


def test_every_operation_has_its_row() -> None:
    assert sorted(operations_served()) == sorted(BY_NAME)


def expected(operation: Operation, role: str | None) -> int:
    if role is None:
        return 401
    if role in operation.able:
        return operation.status
    if role == "reader" and operation.scope and operation.scope.endswith(":write"):
        return 403
    return 404 if role in operation.blind else 403


@pytest.mark.parametrize("name", sampled(BY_NAME, every=6))
def test_everybody_gets_what_the_table_says(name: str, cast: Cast, here: World, there: World) -> None:
    complaints = [complaint_of(BY_NAME[name], role, cast, here) for role in ROLES]
    assert [complaint for complaint in complaints if complaint] == []


def complaint_of(operation: Operation, role: str | None, cast: Cast, here: World) -> str:
    """Empty when the answer is the table's; what was done is undone before the next one asks."""
    with transaction.atomic():
        body = operation.body(here) if operation.body else None
        response = asker(cast, role)(operation.method, operation.address(here), body)
        transaction.set_rollback(True)
    says, said = expected(operation, role), response.content.decode()
    if response.status_code != says:
        return f"{role}: {response.status_code}, the table says {says}: {said}"
    if says >= 400 and not is_problem(response):
        return f"{role}: not a problem as described: {said}"
    tells = role not in ("stranger", "platform_admin") and CANARY in said
    return f"{role}: hears of another school: {said}" if tells else ""


def is_problem(response: Any) -> bool:
    return response["Content-Type"] == "application/problem+json" and set(response.json()) == PROBLEM


@pytest.mark.parametrize("name", sorted(name for name, one in BY_NAME.items() if not one.is_list))
def test_what_belongs_to_another_school_looks_like_what_does_not_exist(
    name: str, cast: Cast, here: World, there: World
) -> None:
    """For the head and for a key with every scope, byte for byte."""
    operation = BY_NAME[name]
    missing = {word: uuid4() for word in there.ids() if word.endswith("_id")}
    for role in ("head", "key"):
        ask = asker(cast, role)
        theirs, none = (_body(operation, there, words) for words in ({}, missing))
        foreign = ask(operation.method, operation.address(there), theirs)
        nothing = ask(operation.method, operation.address(there, **missing), none)
        assert foreign.status_code == nothing.status_code == 404, foreign.content
        assert foreign.content == nothing.content
        assert foreign.headers == nothing.headers


@pytest.mark.parametrize("door", ["api_person", "api_roster_line", "api_guardianship"])
def test_somebody_of_another_school_looks_like_nobody_also_from_inside(
    door: str, cast: Cast, here: World, there: World
) -> None:
    """Our own institution or course, and a person who belongs to another one."""
    operation = next(one for one in OPERATIONS if one.door == door and one.method in ("PATCH", "PUT"))
    body = operation.body(here) if operation.body else None
    for role in ("head", "key"):
        ask = asker(cast, role)
        for word in ("person_id", "guardian_id"):
            theirs = operation.address(here, **{word: there.ids()[word]})
            none = operation.address(here, **{word: uuid4()})
            if theirs == operation.address(here):
                continue
            answers = [ask(operation.method, address, body) for address in (theirs, none)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content


def _body(operation: Operation, world: World, missing: dict[str, Any]) -> Any:
    """The body, with ids that do not exist where `missing` says so."""
    if operation.body is None:
        return None
    body = operation.body(world)
    named = {"institution": "institution_id", "course": "course_id", "person": "person_id"}
    return {word: str(missing.get(named.get(word, ""), value)) for word, value in body.items()}


@pytest.mark.parametrize("name", sorted(name for name, one in BY_NAME.items() if one.scope))
def test_a_key_without_the_scope_is_told_which_one_is_missing(name: str, cast: Cast, here: World) -> None:
    operation = BY_NAME[name]
    others = [scope for scope in SCOPES if scope != operation.scope]
    body = operation.body(here) if operation.body else None
    ask = with_key(make_key(cast, *others)[1])
    response = ask(operation.method, operation.address(here), body)
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")
    assert f'scope="{operation.scope}"' in response["WWW-Authenticate"]
    if operation.method == "GET":
        assert ask("HEAD", operation.address(here)).status_code == 403


@pytest.mark.parametrize("name", sorted(name for name, one in BY_NAME.items() if one.scope))
def test_a_key_with_only_the_scope_does_it(name: str, cast: Cast, here: World) -> None:
    operation = BY_NAME[name]
    assert operation.scope
    body = operation.body(here) if operation.body else None
    response = with_key(make_key(cast, operation.scope)[1])(operation.method, operation.address(here), body)
    assert response.status_code == operation.status, response.content


@pytest.mark.parametrize("role", ["head", "teacher", "amina", "guardian", "key"])
@pytest.mark.parametrize("door", ["api_institutions", "api_courses", "api_lessons", "api_recordings"])
def test_lists_hold_ones_own_and_nothing_of_another_school(
    door: str, role: str, cast: Cast, here: World, there: World
) -> None:
    response = asker(cast, role)("GET", reverse(door))
    assert CANARY not in response.content.decode()
    assert len(response.json()["results"]) == (0 if (role, door) == ("guardian", "api_recordings") else 1)


@pytest.mark.parametrize("who", ["key", "head"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_no_role_of_a_head_is_given_or_taken_but_by_the_platform(cast: Cast, who: str, method: str) -> None:
    """Not a lesser one either: a head would be put into a class, or lose what they also are."""
    belong_to(cast.school, cast.head, Role.TEACHER)
    for role in ("teacher", "student", "head"):
        address = f"/api/v1/institutions/{cast.school.pk}/people/{cast.head.pk}/roles/{role}"
        body: dict[str, str] | None = {} if method == "PUT" else None
        assert asker(cast, who)(method, address, body).status_code == 403
    roles = set(cast.head.memberships.values_list("role", flat=True))
    assert roles == {"head", "teacher"}


def test_an_address_that_nobody_thought_of_is_a_problem_too(cast: Cast) -> None:
    response = asker(cast, None)("GET", "/api/v1/nonsense")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
