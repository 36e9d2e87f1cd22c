"""The doors for Jibri's own words. The secret is in the address, because Jibri can send nothing else."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from recordings.notices import FINALIZED, LARGEST_BODY, SESSION, STATUS, keep_notice


@csrf_exempt
@require_POST
def status(request: HttpRequest, secret: str) -> HttpResponse:
    return _keep(request, secret, STATUS)


@csrf_exempt
@require_POST
def session_status(request: HttpRequest, secret: str) -> HttpResponse:
    return _keep(request, secret, SESSION)


@csrf_exempt
@require_POST
def finalized(request: HttpRequest, secret: str) -> HttpResponse:
    return _keep(request, secret, FINALIZED)


def _keep(request: HttpRequest, secret: str, kind: str) -> HttpResponse:
    """Always 200 for whoever knows the secret: anything else is an error in Jibri's log, and nothing better."""
    if not settings.JIBRI_HOOK_SECRET or not constant_time_compare(secret, settings.JIBRI_HOOK_SECRET):
        raise Http404
    keep_notice(kind=kind, body=request.read(LARGEST_BODY + 1), now=timezone.now())
    return HttpResponse(status=200)
