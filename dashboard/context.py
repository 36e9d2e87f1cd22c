from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Institution, Person
from accounts.queries import institutions_of


def house(request: HttpRequest) -> dict[str, Any]:
    """What every template may show: the person's institution and whether this is the demo."""
    return {"institution": _institution(getattr(request, "user", None)), "is_demo": settings.DARASA_DEMO}


def _institution(person: Any) -> Institution | None:
    return institutions_of(person).first() if isinstance(person, Person) else None
