"""The connection test: the browser measures, we answer it and hand out bytes."""

import os
from base64 import b64encode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.texts import connection_texts

# One test fetches four of them at the most, and stops after a few seconds.
MOST_BYTES = 262_144


@require_safe
@login_required
def connection(request: HttpRequest) -> HttpResponse:
    """`next` is a page of ours to go on to."""
    following = request.GET.get("next", "")
    is_ours = following.startswith("/") and url_has_allowed_host_and_scheme(following, allowed_hosts=None)
    context = {
        "page_data": {
            "socket": "/ws/connection/",
            "sample": reverse("connection_sample"),
            "sample_bytes": MOST_BYTES,
            "ice_servers": settings.ICE_SERVERS,
            "is_jitsi": bool(settings.JITSI_DOMAIN),
        },
        "texts": connection_texts(),
        "back_url": following if is_ours else reverse("home"),
    }
    return render(request, "dashboard/connection.html", context)


@never_cache
@require_safe
@login_required
def connection_sample(request: HttpRequest) -> HttpResponse:
    """`bytes` of noise, which nobody on the way can press together to much less."""
    asked = request.GET.get("bytes", "")
    size = min(int(asked), MOST_BYTES) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1024
    return HttpResponse(b64encode(os.urandom(size))[:size], content_type="application/octet-stream")
