"""The door to a recording in several sizes (HLS): its lists, and for each stretch of a film a link of its own.

The lists name the films beside them, so each byte range that a player asks for comes by here and is judged anew.
"""

from __future__ import annotations

import re
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.actions import record_look
from common.refusals import Refused
from recordings.api.doors import link_to, person_behind, watchable
from recordings.models import RenditionKind
from recordings.queries import ready_rendition
from recordings.storage import storage_for

MASTER = "master.m3u8"
NAME = re.compile(r"(master|\d{3,4})\.m3u8|\d{3,4}\.mp4")


@require_safe
def ladder(request: HttpRequest, lesson_id: UUID, name: str) -> HttpResponse:
    recording = watchable(request, lesson_id)
    rendition = ready_rendition(recording, RenditionKind.LADDER)
    keys = {key.rpartition("/")[2]: key for key in rendition.keys} if rendition else {}
    if name not in keys or not NAME.fullmatch(name):
        raise Http404
    if name.endswith(".mp4"):
        return redirect(link_to(recording, keys[name]))
    institution = recording.lesson.institution
    try:
        text = b"".join(storage_for(institution).read(keys[name]))
    except Refused as refusal:
        raise Http404 from refusal
    if name == MASTER:
        record_look(
            "recording.watched",
            institution=institution,
            by=person_behind(request),
            target=f"recording:{recording.pk}",
            now=timezone.now(),
        )
    response = HttpResponse(text, content_type="application/vnd.apple.mpegurl")
    response["Cache-Control"] = "private, no-cache"
    return response
