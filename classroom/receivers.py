from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from classroom.models import Lesson
from classroom.passes import LINK_IN_SESSION
from classroom.signals import lesson_cancelled, lesson_changed, lesson_ended, lesson_scheduled
from common.queue import enqueue_on_commit


@receiver([lesson_scheduled, lesson_changed, lesson_cancelled], dispatch_uid="classroom.sweep_letters")
def sweep_letters_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge, so that calendars know at once; the sweep itself runs every ten seconds."""
    enqueue_on_commit("classroom.sweep_letters")


@receiver(lesson_ended, dispatch_uid="classroom.keep_order")
def end_in_jitsi_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge, so that nobody goes on in Jitsi; the sweep itself runs every three seconds."""
    enqueue_on_commit("classroom.keep_order")


@receiver(user_logged_in, dispatch_uid="classroom.forget_join_link")
def forget_join_link(request: Any, **_: Any) -> None:
    """Signing in oneself, in a browser that came by a join link, is worth a whole session."""
    if request is not None and request.session.pop(LINK_IN_SESSION, None):
        request.session.set_expiry(None)
