"""Small things that every page's view needs."""

from django.http import HttpRequest

from accounts.models import Person


def person_of(request: HttpRequest) -> Person:
    """The person behind a view that asks for sign-in."""
    assert isinstance(request.user, Person)  # noqa: S101  login_required stands before
    return request.user
