"""The audit log in sentences: who did what to whom, names found by their ids at the moment of showing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ApiKey, AuditEvent, IdentityProvider, Institution, Invitation, Person, Webhook
from classroom.models import (
    Bridge,
    Course,
    Group,
    GuestLink,
    Holiday,
    Knock,
    Lesson,
    MachinePool,
    RosterUpload,
    Series,
)
from quizzes.models import Question
from recordings.models import Recorder, Recording

Names = Mapping[tuple[str, str], str]
_FALLBACK = gettext_lazy("{who}: {act} ({whom})")
SENTENCES: dict[str, str | Promise] = {
    "api_key.created": gettext_lazy("{who} made the API key {whom}"),
    "api_key.revoked": gettext_lazy("{who} revoked the API key {whom}"),
    "audit.checked": gettext_lazy("{who} checked the audit log"),
    "audit.exported": gettext_lazy("{who} downloaded the audit log"),
    "bridge.drained": gettext_lazy("{who} began to empty the bridge {whom}"),
    "capacity.wished": gettext_lazy("{who} wished another number of machines for {whom}"),
    "capacity.wish_dropped": gettext_lazy("{who} let the timetable decide again about {whom}"),
    "bridge.undrained": gettext_lazy("{who} put the bridge {whom} to use again"),
    "calendar.renewed": gettext_lazy("{who} made a new calendar address for {whom}"),
    "chat.deleted": gettext_lazy("{who} deleted a message of {other} in the chat of {whom}"),
    "chat.exported": gettext_lazy("{who} downloaded the chat of {whom}"),
    "chat.mode_set": gettext_lazy("{who} changed who may write in the chat of {whom}"),
    "chat.read": gettext_lazy("{who} read the chat of {whom}"),
    "concern.raised": gettext_lazy("{who} reported a concern in {whom}"),
    "concern.seen": gettext_lazy("{who} marked a concern in {whom} as seen"),
    "concerns.read": gettext_lazy("{who} read the concerns of {whom}"),
    "course.archived": gettext_lazy("{who} archived the course {whom}"),
    "course.changed": gettext_lazy("{who} changed the course {whom}"),
    "course.created": gettext_lazy("{who} created the course {whom}"),
    "course.restored": gettext_lazy("{who} restored the course {whom}"),
    "doors.changed": gettext_lazy("{who} changed the doors of {whom}"),
    "erasure.started": gettext_lazy("{who} began to erase {whom}"),
    "export.cancelled": gettext_lazy("{who} cancelled the copy of the data of {whom}"),
    "export.downloaded": gettext_lazy("{who} downloaded the copy of the data of {whom}"),
    "export.made": gettext_lazy("A copy of the data of {whom} was made"),
    "export.requested": gettext_lazy("{who} asked for a copy of the data of {whom}"),
    "destination.changed": gettext_lazy("{who} changed where the live stream of {whom} is also sent"),
    "destination.removed": gettext_lazy("{who} removed where the live stream of {whom} is also sent"),
    "destination.started": gettext_lazy("{who} began to send the live stream of {whom} elsewhere"),
    "destination.stopped": gettext_lazy("{who} stopped sending the live stream of {whom} elsewhere"),
    "facts.expired": gettext_lazy("Old attendance was deleted because its time was over"),
    "front.changed": gettext_lazy("{who} changed how {whom} meets Jitsi"),
    "group.changed": gettext_lazy("{who} changed the group {whom}"),
    "group.created": gettext_lazy("{who} made the group {whom}"),
    "group.deleted": gettext_lazy("{who} deleted the group {whom}"),
    "guardian.linked": gettext_lazy("{who} linked a guardian to {whom}"),
    "guardian.unlinked": gettext_lazy("{who} unlinked a guardian from {whom}"),
    "guest_link.created": gettext_lazy("{who} made a guest link for {whom}"),
    "guest_link.revoked": gettext_lazy("{who} revoked a guest link for {whom}"),
    "guests.forgotten": gettext_lazy("The names of guests were deleted because their time was over"),
    "hold.released": gettext_lazy("{who} released the legal hold on {whom}"),
    "hold.set": gettext_lazy("{who} set a legal hold on {whom}"),
    "holiday.added": gettext_lazy("{who} added the holiday {whom}"),
    "holiday.changed": gettext_lazy("{who} changed the holiday {whom}"),
    "holiday.lessons_cancelled": gettext_lazy("{who} cancelled the lessons on the holiday {whom}"),
    "holiday.removed": gettext_lazy("{who} removed the holiday {whom}"),
    "hook.dismissed": gettext_lazy("{who} dismissed a message from Jitsi"),
    "hook.retried": gettext_lazy("{who} tried a message from Jitsi again"),
    "breakouts.closed": gettext_lazy("{who} closed the breakout rooms of {whom}"),
    "breakouts.opened": gettext_lazy("{who} opened breakout rooms in {whom}"),
    "breakouts.saved": gettext_lazy("{who} saved a division into breakout rooms in {whom}"),
    "identity.linked": gettext_lazy("A sign-in from outside was linked to {whom}"),
    "identity.unlinked": gettext_lazy("{who} unlinked a sign-in from outside from {whom}"),
    "institution.changed": gettext_lazy("{who} changed the settings of {whom}"),
    "institution.created": gettext_lazy("{who} created the institution {whom}"),
    "invitation.accepted": gettext_lazy("{whom} accepted the invitation"),
    "invitation.created": gettext_lazy("{who} invited {whom}"),
    "invitation.resent": gettext_lazy("{who} sent the invitation of {whom} again"),
    "invitation.revoked": gettext_lazy("{who} withdrew the invitation of {whom}"),
    "join_link.made": gettext_lazy("{who} made a link into the lesson {whom} for {other}"),
    "join_link.revoked": gettext_lazy("{who} revoked a link into the lesson {whom} for {other}"),
    "join_link.used": gettext_lazy("{who} came into the lesson {whom} by a link"),
    "knock.admitted": gettext_lazy("{who} let somebody in at the door of {whom}"),
    "knock.refused": gettext_lazy("{who} turned somebody away at the door of {whom}"),
    "ledger.exported": gettext_lazy("{who} downloaded what became of recordings"),
    "logo.changed": gettext_lazy("{who} changed the logo of {whom}"),
    "logo.removed": gettext_lazy("{who} removed the logo of {whom}"),
    "lesson.cancelled": gettext_lazy("{who} cancelled the lesson {whom}"),
    "lesson.changed": gettext_lazy("{who} changed the lesson {whom}"),
    "lesson.ended": gettext_lazy("{who} ended the lesson {whom}"),
    "lesson.scheduled": gettext_lazy("{who} scheduled the lesson {whom}"),
    "meeting.started": gettext_lazy("{who} started the meeting {whom}"),
    "participant.let_back": gettext_lazy("{who} let {other} back into {whom}"),
    "participant.put_out": gettext_lazy("{who} put {other} out of {whom}"),
    "participant.promoted": gettext_lazy("{who} made {other} co-teacher of {whom}"),
    "password.changed": gettext_lazy("{who} changed the password of {whom}"),
    "person.activated": gettext_lazy("{who} unlocked the account of {whom}"),
    "person.added": gettext_lazy("{who} added {whom}"),
    "person.changed": gettext_lazy("{who} changed the account of {whom}"),
    "person.deactivated": gettext_lazy("{who} locked the account of {whom}"),
    "person.enrolled": gettext_lazy("{who} put {other} into {whom}"),
    "person.erased": gettext_lazy("{whom} was erased"),
    "person.expiry_set": gettext_lazy("{who} changed until when {whom} belongs to the school"),
    "person.made_at_sign_in": gettext_lazy("{whom} was added at their first sign-in"),
    "person.reactivated": gettext_lazy("{who} let {whom} in again"),
    "person.removed": gettext_lazy("{who} removed {whom} from the school"),
    "person.renamed": gettext_lazy("{who} renamed {whom}"),
    "person.suspended": gettext_lazy("{who} suspended {whom}"),
    "person.unenrolled": gettext_lazy("{who} took {other} out of {whom}"),
    "recorder.drained": gettext_lazy("{who} drained the recorder {whom}"),
    "recorder.restored": gettext_lazy("{who} put the recorder {whom} back to work"),
    "question.archived": gettext_lazy("{who} archived the question {whom}"),
    "question.changed": gettext_lazy("{who} changed the question {whom}"),
    "question.created": gettext_lazy("{who} wrote the question {whom}"),
    "question.restored": gettext_lazy("{who} brought back the question {whom}"),
    "questions.imported": gettext_lazy("{who} imported questions into {whom}"),
    "quiz_results.exported": gettext_lazy("{who} downloaded the quiz results of {whom}"),
    "quiz_results.read": gettext_lazy("{who} read the quiz results of {whom}"),
    "recording.attended": gettext_lazy("A recorder came after all for {whom}"),
    "board.continued": gettext_lazy("{who} went on with the last board in {whom}"),
    "board.exported": gettext_lazy("{who} downloaded the board of {whom}"),
    "board.file_added": gettext_lazy("{who} brought a file to the board of {whom}"),
    "recording.unattended": gettext_lazy("No recorder came for {whom} while people were inside"),
    "provider.added": gettext_lazy("{who} added the sign-in {whom}"),
    "provider.changed": gettext_lazy("{who} changed the sign-in {whom}"),
    "recording.expired": gettext_lazy("The recording of {whom} was deleted because its time was over"),
    "recording.captions_added": gettext_lazy("{who} added captions to the recording of {whom}"),
    "recording.captions_removed": gettext_lazy("{who} removed captions from the recording of {whom}"),
    "recording.chapters_named": gettext_lazy("{who} named chapters of the recording of {whom}"),
    "recording.pack_asked": gettext_lazy("{who} asked for the light pack of {whom}"),
    "recording.pack_cancelled": gettext_lazy("{who} cancelled the light pack of {whom}"),
    "recording.pack_fetched": gettext_lazy("{who} downloaded the light pack of {whom}"),
    "recording.laid_out": gettext_lazy("{who} chose another layout for the recording of {whom}"),
    "recording.linked": gettext_lazy("{who} made a link to the recording of {whom}"),
    "orphan.assigned": gettext_lazy("{who} gave a recorder’s folder to {whom}"),
    "orphan.discarded": gettext_lazy("{who} deleted a recorder’s folder that belonged to no lesson"),
    "reconciler.back": gettext_lazy("Recordings are compared again each minute"),
    "reconciler.late": gettext_lazy("Recordings were not compared for three minutes"),
    "recording.originals_deleted": gettext_lazy(
        "What the recorders left of {whom} was deleted because its time was over"
    ),
    "recording.readopted": gettext_lazy("The recording of {whom} was found again in the store"),
    "recording.recomposed": gettext_lazy("{who} had the recording of {whom} composed again"),
    "recording.watched": gettext_lazy("{who} watched the recording of {whom}"),
    "stream_link.created": gettext_lazy("{who} made a link by which people outside watch {whom}"),
    "stream_link.revoked": gettext_lazy("{who} revoked a link by which people outside watch {whom}"),
    "absence.excused": gettext_lazy("{who} excused {whom} from a lesson"),
    "absence.not_excused": gettext_lazy("{who} took an excuse of {whom} back"),
    "register.corrected": gettext_lazy("{who} corrected a register for {whom}"),
    "register.restored": gettext_lazy("{who} took a correction for {whom} back"),
    "report.ordered": gettext_lazy("{who} ordered a report about {whom}"),
    "report.planned": gettext_lazy("{who} ordered reports again and again"),
    "report.unplanned": gettext_lazy("{who} ended reports that came again and again"),
    "report.read": gettext_lazy("{who} read a report about {whom}"),
    "note.written": gettext_lazy("A note about {whom} was written: a threshold was crossed"),
    "note.withdrawn": gettext_lazy("A note about {whom} was taken back before it was sent"),
    "notes.ruled": gettext_lazy("{who} changed when notes about attendance are written"),
    "notes.worded": gettext_lazy("{who} changed the words of notes about attendance"),
    "notes.wished": gettext_lazy("{who} chose how notes about attendance reach {whom}"),
    "notes.wished_by_link": gettext_lazy(
        "Whoever held the link in a letter to {whom}, without signing in, ended the notes about attendance to them"
    ),
    "letter.sent": gettext_lazy("A letter about attendance was sent to {whom}"),
    "letter.dropped": gettext_lazy("A letter about attendance to {whom} could not be sent"),
    "letter.bounced": gettext_lazy("A letter about attendance to {whom} came back"),
    "watch.closed": gettext_lazy("{who} closed the entry about {whom} on the watch-list"),
    "watch.contacted": gettext_lazy("{who} noted what was done for {whom}"),
    "watch.read": gettext_lazy("{who} read the entry about {whom} on the watch-list"),
    "stream.begun_by_load": gettext_lazy("A live stream of {whom} began by itself: the bridges were full"),
    "stream.changed": gettext_lazy("{who} changed the live stream of {whom}"),
    "recording_permission.given": gettext_lazy("{who} allowed that {whom} is in recordings"),
    "recording_permission.refused": gettext_lazy("{who} refused that {whom} is in recordings"),
    "recording_permission.unknown": gettext_lazy("{who} took back whether {whom} may be in recordings"),
    "register.exported": gettext_lazy("{who} downloaded the register of {whom}"),
    "register.read": gettext_lazy("{who} read the register of {whom}"),
    "retention.changed": gettext_lazy("{who} changed how long things are kept"),
    "role.granted": gettext_lazy("{who} gave {whom} a role"),
    "role.revoked": gettext_lazy("{who} took a role from {whom}"),
    "roles.mapped": gettext_lazy("The sign-in from outside changed the roles of {whom}"),
    "roster.added": gettext_lazy("{who} put {other} into {whom}"),
    "roster.imported": gettext_lazy("{who} imported the roster {whom}"),
    "roster.removed": gettext_lazy("{who} took {other} out of {whom}"),
    "roster.uploaded": gettext_lazy("{who} uploaded the roster {whom}"),
    "series.scheduled": gettext_lazy("{who} scheduled the series {whom}"),
    "stand_in.replaced": gettext_lazy("{whom} took the place that was kept for their address"),
    "standing.changed": gettext_lazy("{who} changed what {other} is in {whom}"),
    "webhook.changed": gettext_lazy("{who} changed the webhook {whom}"),
    "webhook.created": gettext_lazy("{who} made the webhook {whom}"),
    "webhook.deleted": gettext_lazy("{who} deleted the webhook {whom}"),
    "webhook.replayed": gettext_lazy("{who} sent messages to the webhook {whom} again"),
    "webhook.secret_rotated": gettext_lazy("{who} made a new secret for the webhook {whom}"),
    "webhook.tested": gettext_lazy("{who} tested the webhook {whom}"),
    "webhook.turned_off": gettext_lazy("The webhook {whom} was turned off because nobody answered"),
}


# Who acted without being known, where that was not the system.
NAMELESS: dict[str, str | Promise] = {"notes.wished_by_link": gettext_lazy("Whoever held a link")}


@dataclass(frozen=True, slots=True)
class Line:
    seq: int
    at: datetime
    sentence: SafeString
    act: str
    who: str
    whom: str


def lines_of(events: Iterable[AuditEvent]) -> list[Line]:
    """One query for each kind of thing that is named, however many lines."""
    events = list(events)
    names = _find_names(events)
    return [_line(event, names) for event in events]


def _line(event: AuditEvent, names: Names) -> Line:
    kind, key = _subject(event)
    who = _actor(event, names) if event.actor else str(NAMELESS.get(event.act, _("The system")))
    whom = names.get((kind, key)) or _nameless(kind)
    template = SENTENCES.get(event.act, _FALLBACK)
    other = names.get(("person", _other(event))) or _nameless("person")
    sentence = format_html(
        str(template), who=_bdi(who), whom=_bdi(whom), other=_bdi(other), act=_bdi(event.act)
    )
    return Line(event.seq, event.at, sentence, event.act, who, whom)


def sentence_of(act: str) -> str:
    """An act by itself, for a list to choose from."""
    return str(SENTENCES[act]).format(who="…", whom="…", other="…") if act in SENTENCES else act


def _actor(event: AuditEvent, names: Names) -> str:
    actor = str(event.actor)
    return names.get(("person", actor)) or names.get(("client", actor)) or _("Somebody erased")


def _subject(event: AuditEvent) -> tuple[str, str]:
    """What the line is about. Links and knocks are swept in time; the lesson that they were for stays."""
    kind, _colon, key = event.target.partition(":")
    if kind in {"join_link", "guest_link", "stream_link", "knock"} and "lesson" in event.detail:
        return "lesson", str(event.detail["lesson"])
    return kind, key


def _other(event: AuditEvent) -> str:
    """Whom else the act was about: who was put into a course."""
    return str(event.detail.get("person", ""))


def _bdi(text: str) -> SafeString:
    return format_html("<bdi>{}</bdi>", text)


def _nameless(kind: str) -> str:
    return _("somebody erased") if kind == "person" else _("something deleted")


def _find_names(events: list[AuditEvent]) -> Names:
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        kind, key = _subject(event)
        wanted[kind].add(key)
        wanted["person"] |= {str(event.actor or ""), _other(event)}
    names = _names_of(wanted)
    clients = {str(event.actor) for event in events if event.actor} - {
        pk for kind, pk in names if kind == "person"
    }
    return names | _names_of({"client": clients} if clients else {})


def _names_of(wanted: Mapping[str, set[str]]) -> dict[tuple[str, str], str]:
    return {
        (kind, str(pk)): name
        for kind, keys in wanted.items()
        if kind in FINDERS
        for pk, name in FINDERS[kind]([key for key in keys if _is_uuid(key)])
    }


def names_of_callers(ids: Collection[UUID]) -> dict[UUID, str]:
    """People and API keys by what they are called; whoever was erased is missing."""
    keys = {str(one) for one in ids}
    found = _names_of({"person": keys, "client": keys})
    return {UUID(pk): name for (_kind, pk), name in found.items()}


def _find_clients(keys: list[str]) -> Iterable[tuple[UUID, str]]:
    """API keys that acted, and who answers for them."""
    for pk, key, maker in ApiKey.objects.filter(pk__in=keys).values_list("pk", "name", "created_by__name"):
        yield pk, _("The key “%(key)s” (made by %(maker)s)") % {"key": key, "maker": maker}


def _is_uuid(key: str) -> bool:
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False


Finder = Callable[[list[str]], Iterable[tuple[UUID, str]]]
FINDERS: dict[str, Finder] = {
    "person": lambda keys: Person.objects.filter(pk__in=keys).values_list("pk", "name"),
    "pool": lambda keys: ((pool.pk, str(pool)) for pool in MachinePool.objects.filter(pk__in=keys)),
    "bridge": lambda keys: Bridge.objects.filter(pk__in=keys).values_list("pk", "name"),
    "lesson": lambda keys: Lesson.objects.filter(pk__in=keys).values_list("pk", "title"),
    "course": lambda keys: Course.objects.filter(pk__in=keys).values_list("pk", "title"),
    "institution": lambda keys: Institution.objects.filter(pk__in=keys).values_list("pk", "name"),
    "group": lambda keys: Group.objects.filter(pk__in=keys).values_list("pk", "title"),
    "guest_link": lambda keys: GuestLink.objects.filter(pk__in=keys).values_list("pk", "lesson__title"),
    "holiday": lambda keys: Holiday.objects.filter(pk__in=keys).values_list("pk", "name"),
    "invitation": lambda keys: Invitation.objects.filter(pk__in=keys).values_list("pk", "name"),
    "knock": lambda keys: Knock.objects.filter(pk__in=keys).values_list("pk", "lesson__title"),
    "provider": lambda keys: IdentityProvider.objects.filter(pk__in=keys).values_list("pk", "label"),
    "series": lambda keys: Series.objects.filter(pk__in=keys).values_list("pk", "title"),
    "upload": lambda keys: RosterUpload.objects.filter(pk__in=keys).values_list("pk", "file_name"),
    "client": _find_clients,
    "webhook": lambda keys: Webhook.objects.filter(pk__in=keys).values_list("pk", "url"),
    "api_key": lambda keys: ApiKey.objects.filter(pk__in=keys).values_list("pk", "name"),
    "question": lambda keys: Question.objects.filter(pk__in=keys).values_list("pk", "text"),
    "recorder": lambda keys: Recorder.objects.filter(pk__in=keys).values_list("pk", "name"),
    "recording": lambda keys: Recording.objects.filter(pk__in=keys).values_list("pk", "lesson__title"),
}
