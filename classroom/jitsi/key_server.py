"""The public keys, as Prosody fetches them: by name (ASAP), or all at once (JWKS). Open to anybody."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from classroom.jitsi import keys


@require_safe
def asap_key(request: HttpRequest, name: str) -> HttpResponse:
    """`<sha256 of the kid>.pem`. A name that we do not know is not remembered by anybody on the way: the key
    may be served a moment later."""
    found = next((key for key in _served() if key.asap_name == name), None)
    if found is None:
        response: HttpResponse = HttpResponseNotFound("There is no such key.\n", content_type="text/plain")
        response["Cache-Control"] = "no-store"
        return response
    response = HttpResponse(found.public_pem, content_type="application/x-pem-file")
    response["Cache-Control"] = f"public, max-age={keys.CACHE_SECONDS}"
    return response


@require_safe
@cache_control(public=True, max_age=keys.CACHE_SECONDS)
def key_set(request: HttpRequest) -> HttpResponse:
    """Empty where tokens are signed with a shared secret."""
    shown: dict[str, Any] = {"keys": [key.as_jwk() for key in _served()]}
    return JsonResponse(shown)


def _served() -> list[keys.Key]:
    if settings.JITSI_SIGNING != "RS256":
        return []
    return keys.find_served(keys.read_keys(settings.JITSI_KEYS_DIR), now=timezone.now())
