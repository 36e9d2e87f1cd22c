"""Many front ends on one set of bridges: under which name a school meets Jitsi there, and with which look.

Jitsi reads `brandingDataUrl` from its own `config.js` before anybody can override it, and asks there with the
name of the room (`jitsi_config/web/custom-config.js`). So the room says whose look it is, on a domain of one's
own as well as on the common one. What is in the white list for overrides comes with the page besides.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.models import Institution
from classroom.models import Front, Room

BRANDING_SECONDS = 300
LONGEST_ROOM = 80


def front_of(institution: Institution) -> Front:
    """An empty one, not kept, for a school without."""
    found = Front.objects.filter(institution=institution).first()
    return found or Front(institution=institution)


def origin_of(front: Front) -> str:
    """Scheme and host under which the people of this school meet Jitsi; empty where there is none."""
    if not (front.domain and settings.JITSI_ORIGIN):
        return settings.JITSI_ORIGIN
    return f"{settings.JITSI_ORIGIN.split('://', 1)[0]}://{front.domain}"


def name_of(front: Front) -> str:
    return front.name or front.institution.name


def overrides_of(front: Front) -> dict[str, Any]:
    """Of the look, what Jitsi takes from a page."""
    return {"inviteAppName": name_of(front)}


def branding_of(front: Front) -> dict[str, Any]:
    """What Jitsi's dynamic branding understands; what a school has not chosen is left to Jitsi."""
    look: dict[str, Any] = {"didPageUrl": "", "logoClickUrl": settings.PUBLIC_URL}
    if front.logo_url:
        look["logoImageUrl"] = front.logo_url
    if front.colour:
        look["backgroundColor"] = front.colour
        look["premeetingBackground"] = front.colour
        look["customTheme"] = {"palette": {"action01": front.colour, "link01": front.colour}}
    if front.domain:
        look["inviteDomain"] = front.domain
    return look


@require_safe
def branding(request: HttpRequest) -> JsonResponse:
    """The look of the room that `conferenceFqn` names, perhaps with a tenant before it; `{}` for any other.

    The name of a room is its secret, so this tells nobody more than they see in the room.
    """
    asked = request.GET.get("conferenceFqn", "").rsplit("/", 1)[-1].lower()
    front = _front_of_room(asked) if 0 < len(asked) <= LONGEST_ROOM else None
    response = JsonResponse(branding_of(front) if front else {})
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={BRANDING_SECONDS}"
    return response


def _front_of_room(name: str) -> Front | None:
    room = Room.objects.select_related("lesson__institution__front").filter(name=name).first()
    if room is None:
        return None
    institution = room.lesson.institution
    return getattr(institution, "front", None) or Front(institution=institution)
