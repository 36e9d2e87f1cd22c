from typing import Any

from django.http import HttpRequest

from accounts.models import Person
from dashboard.desks import desk_at, desks_at
from dashboard.navigation import links_for


def house(request: HttpRequest) -> dict[str, Any]:
    """What every template may show: who is signed in, where they sit, and their menu."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, Person) else None
    desk = desk_at(request) if person else None
    menu = links_for(desk, request.path)
    return {
        "person": person,
        "institution": desk.institution if desk else None,
        "desk": desk,
        "desks": desks_at(request) if person else [],
        "menu": menu,
        "more_in_menu": any(not link.main for link in menu),
    }
