"""Light packs: made when somebody asks, of what there is by then."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from recordings.actions.renditions import cancel_rendition, want_rendition
from recordings.models import Recording, Rendition, RenditionKind, RenditionState


@transaction.atomic
def ask_for_pack(*, recording: Recording, by: Person, now: datetime) -> Rendition:
    """The one there is, unless captions or titles have changed since it was made: then a new one."""
    before = Rendition.objects.filter(recording=recording, kind=RenditionKind.PACK).first()
    is_old = before is not None and before.made_at is not None and _changed_since(recording, before.made_at)
    pack = want_rendition(recording=recording, kind=RenditionKind.PACK, now=now, by=by, again=is_old)
    if before is None or before.state != pack.state:
        _audit("recording.pack_asked", recording, by)
    return pack


@transaction.atomic
def cancel_pack(*, recording: Recording, by: Person) -> bool:
    """Whoever watches may; whoever still wants it asks again. False when there is nothing to cancel."""
    wanted = Rendition.objects.filter(recording=recording, kind=RenditionKind.PACK).first()
    if wanted is None or wanted.state == RenditionState.READY or not cancel_rendition(rendition=wanted):
        return False
    _audit("recording.pack_cancelled", recording, by)
    return True


def _changed_since(recording: Recording, made_at: datetime) -> bool:
    return (
        recording.captions.filter(written_at__gt=made_at).exists()
        or recording.chapter_titles.filter(changed_at__gt=made_at).exists()
        or (recording.published_at is not None and recording.published_at > made_at)
    )


def _audit(act: str, recording: Recording, by: Person) -> None:
    record_audit(
        act,
        institution=recording.lesson.institution,
        by=by,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id)},
    )
