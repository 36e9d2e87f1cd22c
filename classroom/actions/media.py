"""What each one sends: told by their own page, and by Prosody of whoever is in the Jitsi app."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Person
from classroom import facts, live, messages, timeline
from classroom.jitsi.events import MEDIA, Media, Occupant
from classroom.models import Door, Presence, Room, Standing
from classroom.protection import shield_for
from classroom.queries import open_presences
from common.clock import to_ms


@transaction.atomic
def change_media(
    *,
    room: Room,
    occupant: UUID,
    microphone: bool,
    camera: bool,
    screen: bool,
    now: datetime,
    board_only: bool = False,
) -> None:
    """By somebody's own page. One without video sends nothing: what is sent from the app beside it, Prosody knows."""
    presence = open_presences(room).filter(occupant=occupant).first()
    if presence is None:
        return
    presence.board_only = board_only
    if presence.has_video or not settings.JITSI_DOMAIN:
        if screen != presence.screen:
            _note_screen(presence, is_shared=screen, now=now)
        _keep(presence, Media(microphone=microphone, camera=camera, screen=screen), now)
    presence.save(update_fields=["board_only"])
    _tell(presence, room)


def _note_screen(presence: Presence, *, is_shared: bool, now: datetime) -> None:
    type_ = facts.SCREEN_SHARED if is_shared else facts.SCREEN_ENDED
    room = presence.room
    key = f"{type_}:{presence.pk}:{to_ms(now)}"
    timeline.record(room.lesson, type_, at=now, source="room", key=key, data={"room": str(room.pk)})


def note_media(*, room: Room, occupant: Occupant, said_at: datetime, now: datetime) -> None:
    """As Prosody saw it at `said_at`; what it tells of earlier, or of somebody who has left, changes nothing. Whoever
    may not send does not, whatever their client says.

    The room is locked by the caller.
    """
    media = occupant.media
    visit = open_presences(room).filter(occupant=occupant.visit, door=Door.JITSI).first()
    if media is None or visit is None or (visit.media_said_at is not None and visit.media_said_at > said_at):
        return
    Presence.objects.filter(pk=visit.pk).update(media_said_at=said_at)
    if not shield_for(visit.person, room, Standing(visit.standing)).may_send:
        media = Media(microphone=False, camera=False, screen=False)
    if visit.media_at is None or media_of(visit) != media:
        _keep(visit, media, now)
        _tell(visit, room)
        show_beside(room=room, person=visit.person, now=now)


def show_beside(*, room: Room, person: Person, now: datetime) -> None:
    """The pages without video of somebody who is in the app, or was, show what the app sends; of several devices what
    any of them sends. Where Prosody told nothing it stays unknown."""
    theirs = list(open_presences(room).filter(person=person.pk))
    media = _sent_by([one for one in theirs if one.door == Door.JITSI])
    for page in theirs:
        if media is not None and _is_beside(page) and (page.media_at is None or media_of(page) != media):
            _keep(page, media, now)
            _tell(page, room)


def begin_beside(page: Presence, visits: list[Presence], *, now: datetime) -> None:
    """The same for a page that opens: nobody was told of it yet."""
    media = _sent_by(visits) if visits else None
    if media is not None and _is_beside(page):
        _keep(page, media, now)


def _is_beside(page: Presence) -> bool:
    return page.door == Door.PAGE and not page.has_video


def _sent_by(visits: list[Presence]) -> Media | None:
    """Nothing, when the last one has gone."""
    told = [media_of(one) for one in visits if one.media_at is not None]
    if visits and not told:
        return None
    return Media(**{name: any(getattr(one, name) for one in told) for name in MEDIA})


def media_of(presence: Presence) -> Media:
    return Media(**{name: getattr(presence, name) for name in MEDIA})


def _keep(presence: Presence, media: Media, now: datetime) -> None:
    presence.media_at = now
    for name in MEDIA:
        setattr(presence, name, getattr(media, name))
    presence.save(update_fields=[*MEDIA, "media_at"])


def _tell(presence: Presence, room: Room) -> None:
    """To the room, unless they stand in its list by another door."""
    pages = open_presences(room).filter(person=presence.person_id, door=Door.PAGE)
    if presence.door == Door.PAGE or not pages.exists():
        live.announce(room, messages.media_changed(presence))
