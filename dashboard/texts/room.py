"""What the room says around the board, and before and after it."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def refusals() -> dict[str, str]:
    """One sentence for each error code of docs/wire.md."""
    return {
        "error.not_json": _(
            "The server could not read the last message. Reload the page if this happens again."
        ),
        "error.too_big": _("That was too large to send."),
        "error.unknown_type": _("This page is older than the server. Please reload it."),
        "error.bad_data": _("The server could not use that. Nothing was changed."),
        "error.forbidden": _("You may not do that here."),
        "error.not_found": _("That is no longer there."),
        "error.slow_down": _("That was a little fast. It will be sent again."),
        "error.nothing_to_undo": _("There is nothing of yours to undo."),
        "error.nothing_to_redo": _("There is nothing of yours to redo."),
        "error.unavailable": _("The server is busy. It will be tried again."),
        "error.lesson_over": _("The lesson is over."),
        "error.board_full": _("This board is full. Clear or remove pages that nobody needs."),
        "error.last_page": _("A board keeps at least one page."),
        "error.late": _("Too late: the time was up when this arrived."),
        "error.answered": _("You have answered already, and answers to this quiz are final."),
        "error.quiz_open": _("Another quiz is still open here. Close it first."),
        "error.still_open": _("Close the quiz first."),
        "error.only_colleagues": _("Only teachers and heads of this school can be co-teachers."),
        "error.chat_closed": _("Only teachers write at the moment."),
        "error.breakouts_open": _("The breakout rooms are open. Close them first."),
        "error.guest_alone": _(
            "A guest is never alone with one student. At least two students sit with a guest."
        ),
        "error.link_full": _("This guest link has no free place. Make another one on the lesson’s page."),
        "error.not_connected": _("You are not connected right now. Try again in a moment."),
        "error.unknown": _("That did not work."),
    }


def roles() -> dict[str, str]:
    return {
        "role.teacher": _("Teacher"),
        "role.co_teacher": _("Co-teacher"),
        "role.student": _("Student"),
        "role.guest": _("Guest"),
        "role.observer": _("Observer"),
    }


def lobby() -> dict[str, str]:
    return {
        "lobby.join": _("Join"),
        "lobby.you_join_as": _("You join as"),
        "lobby.camera": _("Camera"),
        "lobby.microphone": _("Microphone"),
        "lobby.camera_is_off": _("Your camera is off"),
        "lobby.microphone_level": _("Microphone level"),
        "lobby.recorded": _("Lessons are recorded, so that everyone in the course can watch them again."),
        "lobby.back": _("Back to the lesson"),
    }


def devices() -> dict[str, str]:
    """Sentences for `DeviceTrouble` of frontend/src/room/engine.ts."""
    return {
        "device.insecure": _(
            "This page is not encrypted (https), so the browser keeps camera and microphone "
            "closed. You can join, listen and use the board."
        ),
        "device.camera.denied": _(
            "The browser may not use your camera. Allow it beside the address, or join without."
        ),
        "device.camera.missing": _("No camera was found. You can join without one."),
        "device.camera.busy": _("Another program is using your camera. Close it there, or join without."),
        "device.camera.unsuitable": _("The chosen camera does not fit. Choose another one, or join without."),
        "device.camera.lost": _("The camera was disconnected."),
        "device.camera.unknown": _("The camera did not start. You can join without it."),
        "device.microphone.denied": _(
            "The browser may not use your microphone. Allow it beside the address, or join and listen."
        ),
        "device.microphone.missing": _("No microphone was found. You can join and listen."),
        "device.microphone.busy": _(
            "Another program is using your microphone. Close it there, or join and listen."
        ),
        "device.microphone.unsuitable": _(
            "The chosen microphone does not fit. Choose another one, or join and listen."
        ),
        "device.microphone.lost": _("The microphone was disconnected."),
        "device.microphone.unknown": _("The microphone did not start. You can join and listen."),
        "device.screen.denied": _("The browser may not share your screen."),
        "device.screen.missing": _("There is no screen to share."),
        "device.screen.busy": _("The system would not share that screen. Try another one."),
        "device.screen.unsuitable": _("That screen cannot be shared. Try another one."),
        "device.screen.lost": _("Screen sharing has stopped."),
        "device.screen.unknown": _("Screen sharing did not start."),
    }


def around() -> dict[str, str]:
    """With the video on this page, or in an app beside it."""
    return {
        "room.people": _("People in the room"),
        "room.people_here": _("People here: {n}"),
        "room.leave": _("Leave"),
        "room.cancel": _("Cancel"),
        "room.not_connected": _("You are not connected right now. Try again in a moment."),
        "room.not_kept": _(
            "No connection, and this device cannot keep what you do. It will be sent if this page stays open."
        ),
    }


def room() -> dict[str, str]:
    return (
        around()
        | room_switches()
        | {
            "room.video": _("Video"),
            "room.stage": _("On the stage"),
            "room.people_short": _("People"),
            "room.you": _("{name} (you)"),
            "room.is_muted": _("Microphone off"),
            "room.screen_on": _("Share your screen"),
            "room.screen_off": _("Stop sharing your screen"),
            "room.screen_of": _("Screen of {name}"),
            "room.your_screen": _("Your screen"),
            "room.end_lesson": _("End lesson"),
            "room.engine_peer": _("Built-in room · up to {n} people"),
            "room.engine_jitsi": _("Jitsi room"),
            "room.recorders_simulated": _("Recorders are simulated: they film a test picture"),
            "room.reconnecting": _("Reconnecting… nothing is lost"),
            "room.touch_to_hear": _("Touch the page to hear the others."),
            "room.video_failed": _(
                "The video did not start. The board still works; reload the page to try again."
            ),
            "room.video_missing": _(
                "Sound and video cannot be loaded right now. The board and everything else here keep working."
            ),
            "room.video_again": _("Try again"),
            "recording.expected": _("Will be recorded"),
            "recording.starting": _("Recorder is starting…"),
            "recording.recording": pgettext("state", "Recording"),
            "recording.lost": _("Recording interrupted — restarting"),
            "recording.no_recorder": _("No recorder: the administrator has been told"),
            "recording.failed": _("Not being recorded"),
            "recording.not_me": _("You are not in it"),
            "end.title": _("End the lesson?"),
            "end.sentence": _(
                "Everyone leaves the room and the recording is finished. This cannot be undone."
            ),
            "end.confirm": _("End for everyone"),
        }
    )


def people() -> dict[str, str]:
    """The list of who is here, and what those who hold the lesson do with it."""
    return {
        "people.search": _("Find somebody"),
        "people.none_found": _("Nobody of that name is here."),
        "people.in_app": _("in the Jitsi app: {n}"),
        "people.watching": _("{n} watch the stream"),
        "people.watching_since": _("since {time}"),
        "people.watching_more": _("and {n} more people"),
        "people.door_app": _("In the Jitsi app"),
        "people.door_board": pgettext("network", "Board only"),
        "people.door_companion": _("Board without video"),
        "people.microphone_on": _("Microphone on"),
        "people.camera_on": _("Camera on"),
        "people.screen_on": _("Shares a screen"),
        "people.media_unknown": _("Camera and microphone not known"),
        "people.link_fair": _("Connection is weak"),
        "people.link_poor": _("Connection is bad"),
        "people.elsewhere": _("Looking at something else"),
        "people.quiet": _("Quiet for {n} min"),
        "people.mute": _("Turn off {name}’s microphone"),
        "people.mute_in_app": _("In the app: mute in the video’s own menu"),
        "people.mute_all": _("Turn off all pupils’ microphones"),
        "people.you_were_muted": _("The teacher turned your microphone off. You can turn it on again."),
        "people.promote": _("Make {name} co-teacher of this lesson"),
        "promote.title": _("Make {name} co-teacher?"),
        "promote.sentence": _(
            "Co-teachers of this lesson let people in, run board and quizzes, and can end it."
        ),
        "promote.confirm": _("Make co-teacher"),
        "promoted.title": _("You are a co-teacher of this lesson now"),
        "promoted.sentence": _("Reload the page to get the tools. Nothing is lost."),
        "promoted.reload": _("Reload"),
    }


def pupils() -> dict[str, str]:
    """What pupils see and may do, for those who hold the lesson."""
    return {
        "pupils.title": _("What pupils see"),
        "pupils.page": _("The page of the class, as pupils see it"),
        "pupils.follow": _("Pupils see your page, and follow where you look."),
        "pupils.wander": _("Pupils may look at other pages too."),
        "pupils.answering": _("Each pupil answers on a layer that only you see."),
        "pupils.draw_nobody": _("Pupils cannot draw."),
        "pupils.draw_named": _("Only the pupils whom you chose can draw."),
        "pupils.draw_all": _("All pupils can draw."),
        "pupils.no_quiz": _("No quiz is shown."),
        "pupils.quiz_open": _("They see the question and their own answer, no counts."),
        "pupils.quiz_open_shared": _("They see the question and the counts as they grow."),
        "pupils.quiz_closed": _("They see that the quiz is closed, neither counts nor what is right."),
        "pupils.quiz_closed_shared": _("They see the counts, not yet what is right."),
        "pupils.quiz_revealed": _("They see what is right."),
    }


def keys() -> dict[str, str]:
    """The room's own keys; the board's are in `board`."""
    return {
        "keys.room": _("Room"),
        "keys.microphone": _("Microphone on or off"),
        "keys.camera": _("Camera on or off"),
        "keys.screen": _("Share or stop sharing the screen"),
        "keys.panel": _("Open or close a side panel: the first, the second …"),
        "keys.leave": _("To the buttons for leaving"),
    }


def room_switches() -> dict[str, str]:
    return {
        "room.microphone_on": _("Turn microphone on"),
        "room.microphone_off": _("Turn microphone off"),
        "room.camera_on": _("Turn camera on"),
        "room.camera_off": _("Turn camera off"),
    }


def door() -> dict[str, str]:
    return {
        "door.waiting": _("At the door: {n}"),
        "door.nobody": _("Nobody is waiting at the door."),
        "door.knocks": _("{name} is at the door."),
        "door.admit": _("Let in"),
        "door.may_be": _("This may be {name}, who is not to be recorded."),
        "door.admit_name": _("Let in {name}"),
        "door.refuse": _("Refuse"),
        "door.refuse_name": _("Refuse {name}"),
        "door.admit_all": _("Let everybody in"),
        "door.invitation": _("Link for your guests"),
        "door.copy": _("Copy"),
        "door.copied": _("Copied"),
        "door.shown_once": _("It is shown this once. On the lesson’s page you can make another one."),
    }


def endings() -> dict[str, str]:
    return {
        "ended.title": _("The lesson has ended"),
        "ended.thanks": _("Thank you for coming."),
        "ended.recording_follows": _("The recording is being made now. It can be watched in a few minutes."),
        "ended.replay": _("Go to the recording"),
        "ended.summary": _("Summary of the lesson"),
        "ended.back": _("Back to the lesson"),
        "full.title": _("The room is full"),
        "full.sentence": _(
            "This room holds {n} people with video. You can follow the board now, and watch the "
            "recording later."
        ),
        "full.board_only": _("Follow the board"),
        "full.again": _("Try again"),
        "replaced.title": _("You are in the room elsewhere"),
        "replaced.sentence": _("The same visit was opened again, and this page stepped aside."),
        "removed.title": _("You are no longer in this room"),
        "removed.sentence": _(
            "You were put out or signed out, or you no longer belong to this lesson. Please speak with your teacher."
        ),
    }


def leading() -> dict[str, str]:
    """What only a page with the video asks and tells."""
    return {
        "put_out.button": _("Put {name} out of the lesson"),
        "put_out.title": _("Put {name} out?"),
        "put_out.sentence": _(
            "They leave at once, in the Jitsi app too, and cannot come back into this lesson until you let them in on its page."
        ),
        "put_out.confirm": _("Put out"),
        "stream.advised": _(
            "Very many people are in lessons right now. Whoever comes now could watch a live stream."
        ),
        "stream.start": _("Start the stream"),
        "stream.started": _("The stream is set."),
        "room.crowded": _(
            "Very many people are in lessons right now. Saving data keeps picture and sound steady for everybody."
        ),
    }
