import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from classroom import actions
from classroom.jitsi import sweeps
from classroom.jitsi.border import BorderFailure
from classroom.jitsi.bridges import HttpBridges
from classroom.jitsi.control import our_control
from classroom.jitsi.jicofo import HttpFocus
from classroom.models import PoolKind
from classroom.queries import found_addresses, has_rooms_in_use

log = logging.getLogger(__name__)
BRIDGE_PORT = 8080


@shared_task(name="classroom.sweep")
def sweep() -> None:
    """Compare who should be inside and which lessons should be open with the rows, and mend."""
    now = timezone.now()
    actions.close_silent_presences(now=now)
    actions.close_silent_viewers(now=now)
    actions.tell_audiences()
    actions.start_streams(now=now)
    actions.advise_streams(now=now)
    actions.open_prepared_lessons(now=now)
    actions.tend_breakouts(now=now)
    actions.end_overdue_lessons(now=now)
    actions.expire_knocks(now=now)
    actions.put_out_unwelcome_guests(now=now)
    actions.forget_uploads(now=now)
    actions.lower_left_hands(now=now)
    actions.forget_pulses(now=now)


@shared_task(name="classroom.sweep_letters")
def sweep_letters() -> None:
    """Compare what calendars and people know of lessons with the lessons, and write what is missing."""
    now = timezone.now()
    actions.note_calendar_changes(now=now)
    actions.write_invitations(now=now)
    actions.write_reminders(now=now)


@shared_task(name="classroom.sweep_hooks")
def sweep_hooks() -> None:
    """Read and apply what the Jitsi stack told; its doors ring the bell, the clock makes sure."""
    while actions.read_deliveries(now=timezone.now()) + actions.apply_events(now=timezone.now()):
        continue  # an hour's queue comes at once; whatever stumbles waits for the next sweep


@shared_task(name="classroom.ask_prosody")
def ask_prosody() -> None:
    """Compare who is inside according to Prosody with who is according to us."""
    control = our_control()
    if control is None or not has_rooms_in_use(now=timezone.now()):
        return
    asked_at = timezone.now()
    try:
        snapshot = control.find_rooms()
    except BorderFailure:
        actions.close_vanished_visits(now=timezone.now())
    else:
        actions.compare_with_snapshot(snapshot=snapshot, asked_at=asked_at, now=timezone.now())


@shared_task(name="classroom.sweep_bridges")
def sweep_bridges() -> None:
    """Ask the videobridges how they are, and decide where newcomers go."""
    found = [url for _name, url, _zone in found_addresses(PoolKind.BRIDGES, BRIDGE_PORT)]
    sweeps.sweep_bridges(HttpBridges(), [*settings.JVB_URLS, *found], now=timezone.now())


@shared_task(name="classroom.settle_bridges")
def settle_bridges() -> None:
    """A nudge after somebody wished a bridge to be emptied or used again."""
    sweeps.settle_bridges(HttpBridges())


@shared_task(name="classroom.keep_order")
def keep_order() -> None:
    """Compare who is in Jitsi's rooms with who may be, and put out the others."""
    control = our_control()
    if control is None:
        return
    try:
        sweeps.keep_order(control)
    except BorderFailure as failure:
        log.warning("Prosody did not say who is inside: %s", failure.code)


@shared_task(name="classroom.watch_media")
def watch_media() -> None:
    """Whose microphone and camera are on among those who are in the app."""
    control = our_control()
    if control is None or not settings.JICOFO_URL:
        return
    try:
        sweeps.watch_media(control, HttpFocus(settings.JICOFO_URL), now=timezone.now())
    except BorderFailure as failure:
        log.warning("Prosody did not say who is inside: %s", failure.code)


@shared_task(name="classroom.count_people")
def count_people() -> None:
    """How many people of each school are inside, for its statistics."""
    actions.record_peaks(now=timezone.now())
