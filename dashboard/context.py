from typing import Any

from django.http import HttpRequest

from accounts.models import Person
from accounts.queries import institutions_of


def house(request: HttpRequest) -> dict[str, Any]:
    """What every template may show: who is signed in, and their institution."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, Person) else None
    return {"person": person, "institution": institutions_of(person).first() if person else None}
