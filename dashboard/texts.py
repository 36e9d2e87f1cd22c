"""Every sentence that TypeScript says, by key, in the language of the request.

The templates hand them over as JSON (`texts`). `{name}` is filled in by the browser. A test in
`frontend/tests/texts.test.ts` finds keys that are said but not written here.
"""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from recordings.models import EndCause, Reason


def room_texts() -> dict[str, str]:
    return (
        _refusals()
        | _roles()
        | _colours()
        | _board()
        | _lobby()
        | _devices()
        | _room()
        | _door()
        | _quizzes()
        | _network()
        | _endings()
    )


def connection_texts() -> dict[str, str]:
    return _lobby() | _devices() | _room_switches() | _profiles() | _connection()


def replay_texts() -> dict[str, str]:
    return _player() | _progress() | _states() | _reasons()


def _refusals() -> dict[str, str]:
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
        "error.link_full": _("This guest link has no free place. Make another one on the lesson’s page."),
        "error.unknown": _("That did not work."),
    }


def _roles() -> dict[str, str]:
    return {
        "role.teacher": _("Teacher"),
        "role.co_teacher": _("Co-teacher"),
        "role.student": _("Student"),
        "role.guest": _("Guest"),
        "role.observer": _("Observer"),
    }


def _colours() -> dict[str, str]:
    return {
        "colour.black": _("Black"),
        "colour.blue": _("Blue"),
        "colour.red": _("Red"),
        "colour.green": _("Green"),
        "colour.orange": _("Orange"),
        "colour.purple": _("Purple"),
        "colour.yellow": _("Yellow"),
        "colour.lime": _("Light green"),
        "colour.sky": _("Light blue"),
        "colour.pink": _("Pink"),
        "width.thin": _("Thin line"),
        "width.medium": _("Medium line"),
        "width.thick": _("Thick line"),
    }


def _board() -> dict[str, str]:
    return (
        _tools()
        | _pages()
        | _class()
        | _items()
        | _keys()
        | _files()
        | {
            "board.name": _("Board"),
            "board.picture": _("Whiteboard, page {page} of {pages}"),
            "board.keyboard_hint": _(
                "Press V, then Tab goes through what lies on the page, the arrow keys move it, Enter writes in a text "
                "and Delete removes it. A question mark lists all keys."
            ),
            "board.teacher_has_the_pen": _("The teacher has the pen."),
            "board.only_teacher_sees": _("Only your teacher sees this."),
            "board.help": _("Keys of the board (?)"),
            "board.close": _("Close"),
            "board.ok": _("Save"),
        }
    )


def _tools() -> dict[str, str]:
    return {
        "board.tools": _("Drawing tools"),
        "board.group.tool": _("Tool"),
        "board.group.colour": _("Colour"),
        "board.group.width": _("Line width"),
        "board.tool.select": _("Select (V)"),
        "board.tool.pen": _("Pen (P)"),
        "board.tool.highlighter": _("Highlighter (H)"),
        "board.tool.line": _("Line (L)"),
        "board.tool.arrow": _("Arrow (A)"),
        "board.tool.rectangle": _("Rectangle (R)"),
        "board.tool.ellipse": _("Ellipse (O)"),
        "board.tool.text": _("Text (T)"),
        "board.tool.image": _("Picture (I)"),
        "board.tool.eraser": _("Eraser (E)"),
        "board.tool.area_eraser": _("Rub out parts (Shift+E)"),
        "board.tool.laser": _("Laser pointer (K)"),
        "board.shapes": _("Shapes"),
        "board.erasers": _("Erasers"),
        "board.more_tools": _("More tools"),
        "board.own_colour": _("Another colour"),
        "board.filled": _("Filled"),
        "board.undo": _("Undo (Ctrl+Z)"),
        "board.redo": _("Redo (Ctrl+Y)"),
        "board.duplicate": _("Duplicate (Ctrl+D)"),
        "board.delete": _("Delete (Del)"),
        "board.text_field": _("Text on the board"),
        "board.deleted": _("Deleted: {n}"),
        "board.inserted": _("Put on the page: {item}"),
        "board.item_of": _("{item}, {n} of {all}"),
    }


def _pages() -> dict[str, str]:
    return {
        "board.previous_page": _("Previous page (Page Up)"),
        "board.next_page": _("Next page (Page Down)"),
        "board.add_page": _("Add a page"),
        "board.page_title": _("Page {n}"),
        "board.page_of": _("Page {page} of {pages}"),
        "board.page_short": _("{page} / {pages}"),
        "board.all_pages": _("All pages"),
        "board.move_earlier": _("Move earlier"),
        "board.move_later": _("Move later"),
        "board.rename_page": _("Rename the page"),
        "board.duplicate_page": _("Duplicate the page"),
        "board.remove_page": _("Remove the page"),
        "board.clear_page": _("Clear the page"),
        "board.back_to_class": _("Back to the class"),
        "board.zoom": _("{percent} %"),
        "board.zoom_reset": _("Show the whole page (0)"),
        "board.outline": _("What is on this page"),
        "board.page_is_empty": _("The page is empty."),
        "board.strokes": _("Drawn by hand: {n}"),
    }


def _class() -> dict[str, str]:
    return {
        "board.class": _("The class and the board"),
        "board.who_draws": _("Students may draw"),
        "board.draw.nobody": _("Nobody"),
        "board.draw.named": _("Only these"),
        "board.draw.all": _("Everybody"),
        "board.follow": _("Everybody follows me"),
        "board.follow_note": _("Everybody sees the page and the part of it that you see."),
        "board.answers": _("Everybody answers alone"),
        "board.answers_note": _("Each student draws for you only, until you show it."),
        "board.show_answers": _("Look at the answers"),
        "board.answers_title": _("Answers"),
        "board.no_answers": _("Nobody has drawn anything on this page yet."),
        "board.reveal": _("Show to everybody"),
        "board.reveal_all": _("Show all of them"),
        "board.answer_of": _("Answer of {name}"),
    }


def _items() -> dict[str, str]:
    """What lies on a page, for those who hear it."""
    return {
        "item.pen": _("Drawing"),
        "item.highlighter": _("Highlighting"),
        "item.line": _("Line"),
        "item.arrow": _("Arrow"),
        "item.rectangle": _("Rectangle"),
        "item.ellipse": _("Ellipse"),
        "item.text": _("Text: {text}"),
        "item.image": _("Picture"),
        "item.image_of": _("Picture: {text}"),
    }


def _keys() -> dict[str, str]:
    """The board's keys, as its help lists them."""
    return {
        "board.help_title": _("Keys of the board"),
        "board.keys.tool": _("Tools"),
        "board.keys.edit": _("Changing"),
        "board.keys.view": _("Looking"),
        "board.key.tool.select": _("Select"),
        "board.key.tool.pen": _("Pen"),
        "board.key.tool.highlighter": _("Highlighter"),
        "board.key.tool.line": _("Line"),
        "board.key.tool.arrow": _("Arrow"),
        "board.key.tool.rectangle": _("Rectangle"),
        "board.key.tool.ellipse": _("Ellipse"),
        "board.key.tool.text": _("Text"),
        "board.key.tool.image": _("Picture"),
        "board.key.tool.eraser": _("Eraser"),
        "board.key.tool.area_eraser": _("Rub out parts"),
        "board.key.tool.laser": _("Laser pointer"),
        "board.key.thinner": _("Thinner"),
        "board.key.thicker": _("Thicker"),
        "board.key.fill": _("Filled or not"),
        "board.key.colour": _("Colour"),
        "board.key.insert": _("Put it on the page, or write in the text"),
        "board.key.delete": _("Delete"),
        "board.key.duplicate": _("Duplicate"),
        "board.key.select_all": _("Select everything"),
        "board.key.nudge": _("Move a little"),
        "board.key.nudge_far": _("Move further"),
        "board.key.undo": _("Undo"),
        "board.key.redo": _("Redo"),
        "board.key.let_go": _("Let go"),
        "board.key.previous_page": _("Previous page"),
        "board.key.next_page": _("Next page"),
        "board.key.zoom_in": _("Larger"),
        "board.key.zoom_out": _("Smaller"),
        "board.key.zoom_reset": _("Show the whole page"),
        "board.key.help": _("Keys of the board"),
        "board.move.space": _("Hold the space bar and drag to move the page."),
        "board.move.pinch": _("Two fingers move the page and make it larger."),
        "board.move.wheel": _("Turn the wheel with Ctrl to make the page larger."),
        "board.move.shift": _("Shift keeps lines straight and shapes square."),
        "board.move.tab": _("With Select, Tab goes from one thing on the page to the next."),
    }


def _files() -> dict[str, str]:
    """Pictures, slides and copies; the codes are those of docs/wire.md."""
    return {
        "board.add_slides": _("Add slides (PDF)"),
        "board.take_along": _("Take a copy of the board along"),
        "board.image_comes": _("The picture is on its way."),
        "board.slides_progress": _("Slides done: {percent} %."),
        "board.copy_progress": _("Copy done: {percent} %."),
        "file.bad_type": _("That is neither a PDF nor a picture that browsers can show."),
        "file.too_big": _("The file is too large."),
        "file.forbidden": _("You may not add that here."),
        "file.not_found": _("The board does not take files here."),
        "file.slow_down": _("That was many files at once. Try again in some minutes."),
        "file.board_full": _("This board is full. Clear or remove pages that nobody needs."),
        "file.bad_data": _("The server could not use that file."),
        "file.unavailable": _("The server could not be reached. Try again in a moment."),
        "file.encrypted": _("The PDF has a password. Save it without one and try again."),
        "file.unreadable": _("The file could not be read. It may be damaged."),
        "file.too_many_pages": _("The PDF has too many pages."),
        "file.too_many_pixels": _("The picture has too many pixels. Make it smaller and try again."),
        "file.too_slow": _("The file took too long to read. Try it with fewer pages."),
        "file.too_complex": _("The file is too complicated to be drawn."),
        "file.unknown": _("The file could not be added."),
    }


def _lobby() -> dict[str, str]:
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


def _devices() -> dict[str, str]:
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


def _room() -> dict[str, str]:
    return _room_switches() | {
        "room.video": _("Video"),
        "room.stage": _("On the stage"),
        "room.people": _("People in the room"),
        "room.people_here": _("People here: {n}"),
        "room.you": _("{name} (you)"),
        "room.is_muted": _("Microphone off"),
        "room.screen_on": _("Share your screen"),
        "room.screen_off": _("Stop sharing your screen"),
        "room.screen_of": _("Screen of {name}"),
        "room.your_screen": _("Your screen"),
        "room.leave": _("Leave"),
        "room.end_lesson": _("End lesson"),
        "room.cancel": _("Cancel"),
        "room.engine_peer": _("Built-in room · up to {n} people"),
        "room.engine_jitsi": _("Jitsi room"),
        "room.recorders_simulated": _("Recorders are simulated: they film a test picture"),
        "room.reconnecting": _("Reconnecting… nothing is lost"),
        "room.not_connected": _("You are not connected right now. Try again in a moment."),
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
        "end.title": _("End the lesson?"),
        "end.sentence": _("Everyone leaves the room and the recording is finished. This cannot be undone."),
        "end.confirm": _("End for everyone"),
    }


def _quizzes() -> dict[str, str]:
    return _quiz_words() | {
        "side.close": _("Close the panel"),
        "quiz.title": _("Quiz"),
        "quiz.kind": _("Kind of question"),
        "quiz.kind.single": _("Single choice"),
        "quiz.kind.multiple": _("Multiple choice"),
        "quiz.kind.true_false": _("True or false"),
        "quiz.kind.numeric": _("Number"),
        "quiz.kind.short_text": _("Short text"),
        "quiz.kind.opinion": _("Opinion poll"),
        "quiz.search": _("Search the question bank"),
        "quiz.bank_empty": _("The question bank of this course is empty. Write the first question here."),
        "quiz.nothing_found": _("No question was found."),
        "quiz.more": _("More questions"),
        "quiz.write": _("Write a question now"),
        "quiz.question": _("Question"),
        "quiz.choice": _("Choice {n}"),
        "quiz.choice_right": _("Choice {n} is right"),
        "quiz.choices": _("Choices"),
        "quiz.choices_mark": _("Choices; mark what is right"),
        "quiz.add_choice": _("Add a choice"),
        "quiz.what_is_right": _("What is right?"),
        "quiz.right_number": _("The right number"),
        "quiz.tolerance": _("How far off still counts"),
        "quiz.right_texts": _("Texts that count as right, one a line"),
        "quiz.keep": _("Keep it in the question bank"),
        "quiz.next": _("Next"),
        "quiz.back": _("Back to the questions"),
        "quiz.time": _("Time to answer"),
        "quiz.show_all": _("Everybody sees the counts"),
        "quiz.anonymous": _("Anonymous: nobody can see who answered what"),
        "quiz.final": _("Answers are final"),
        "quiz.ask_now": _("Ask now"),
        "quiz.close": _("Close now"),
        "quiz.share": _("Show the counts to all"),
        "quiz.unshare": _("Hide the counts again"),
        "quiz.reveal": _("Reveal the answer"),
        "quiz.another": _("Ask the next question"),
        "quiz.results": _("Who answered what"),
        "quiz.accept": _("Accept"),
        "quiz.accept_this": _("Accept “{text}” as right"),
    }


def _quiz_words() -> dict[str, str]:
    return {
        "quiz.answer": _("Answer"),
        "quiz.how_many": _("How many"),
        "quiz.answered": _("Answers: {n}"),
        "quiz.right_mark": _("✓ right"),
        "quiz.true": _("True"),
        "quiz.false": _("False"),
        "quiz.time_left": _("Time left"),
        "quiz.nearly_over": _("Ten seconds left"),
        "quiz.nothing_yet": _("No question has been asked yet. It opens here by itself."),
        "quiz.is_anonymous": _("This is anonymous: nobody can see who answered what."),
        "quiz.is_closed": _("Closed: no more answers."),
        "quiz.several": _("More than one may be right."),
        "quiz.your_number": _("Your number"),
        "quiz.your_answer": _("Your answer"),
        "quiz.send": _("Send answer"),
        "quiz.send_again": _("Change answer"),
        "quiz.sent": _("Sent. You can change it until the time is up."),
        "quiz.sent_final": _("Sent."),
        "quiz.on_its_way": _("On its way…"),
        "quiz.waits_here": _("You are offline. Your answer is kept on this device and will be sent."),
        "quiz.choose_first": _("Choose or write an answer first."),
        "quiz.not_a_number": _("Write a number, such as 3.5."),
        "quiz.right_is": _("The right answer:"),
        "quiz.you_right": _("You were right."),
        "quiz.you_partly": _("You were partly right."),
        "quiz.you_wrong": _("That was not it."),
    }


def _room_switches() -> dict[str, str]:
    return {
        "room.microphone_on": _("Turn microphone on"),
        "room.microphone_off": _("Turn microphone off"),
        "room.camera_on": _("Turn camera on"),
        "room.camera_off": _("Turn camera off"),
    }


def _profiles() -> dict[str, str]:
    return {
        "profile.normal": pgettext("network", "Normal"),
        "profile.normal.means": _("Sound and pictures."),
        "profile.saver": pgettext("network", "Save data"),
        "profile.saver.means": _("Sound, and small pictures of the one or two who speak."),
        "profile.audio_only": pgettext("network", "Sound only"),
        "profile.audio_only.means": _("No pictures, neither yours nor the others’."),
        "profile.board_only": pgettext("network", "Board only"),
        "profile.board_only.means": _("Board without sound; the recording has everything later."),
    }


def _network() -> dict[str, str]:
    return _profiles() | {
        "network.name": _("Network"),
        "network.chosen": _("Network: {profile}"),
        "network.test": _("Test the connection"),
        "network.reload": _("Load the video anew"),
        "network.reloading": _("The video lost its connection and is loading again."),
        "network.weak": _("Your connection is weak right now."),
        "network.offer": _("Change to “{profile}”"),
        "network.stay": _("Leave it as it is"),
        "network.app": _("Open in the Jitsi app"),
        "network.code": _("QR code for phones"),
        "network.close": _("Close"),
        "network.in_app": _("The video is in the Jitsi app"),
        "network.no_code": _("The code could not be loaded. Try again in a moment."),
    }


def _connection() -> dict[str, str]:
    """The connection test; the verdicts are those of frontend/src/connection/verdict.ts."""
    return {
        "connection.devices": _("Camera and microphone"),
        "connection.devices_note": _("Say something: the bar moves. You can also join without them."),
        "connection.ask": _("Try camera and microphone"),
        "connection.network": _("Network"),
        "connection.running": _("Measuring…"),
        "connection.again": _("Test again"),
        "connection.round_trip": _("Way to the school and back"),
        "connection.download": _("Speed towards you"),
        "connection.lost": _("Lost on the way"),
        "connection.video": _("Video connections"),
        "connection.relay": _("Help through strict networks"),
        "connection.ms": _("{n} ms"),
        "connection.kbit": _("{n} kbit/s"),
        "connection.percent": _("{n} %"),
        "connection.unmeasured": _("not measured"),
        "connection.works": _("works"),
        "connection.fails": _("does not work"),
        "connection.no_relay": _("none is set up"),
        "connection.verdict.normal": _("Your connection is good: sound and pictures will work."),
        "connection.verdict.saver": _(
            "Your connection is fair: sound will work, pictures should stay small."
        ),
        "connection.verdict.audio_only": _("Your connection is weak: sound should work, pictures would not."),
        "connection.verdict.board_only": _(
            "Your connection is very weak: follow the board, and watch the recording later."
        ),
        "connection.why.slow": _("Little data arrives in a second."),
        "connection.why.late": _("Words take long to us and back."),
        "connection.why.lossy": _("Some of what is sent gets lost."),
        "connection.why.blocked": _("This browser or network lets no video connection through."),
        "connection.why.unreachable": _("The live connection to the school could not be opened."),
        "connection.why.saving": _("This device is set to save data."),
        "connection.recommended": _("Recommended"),
        "connection.choose": _("This device joins with"),
        "connection.kept": _("It is remembered on this device. You can change it in the room at any time."),
    }


def _door() -> dict[str, str]:
    return {
        "door.waiting": _("At the door: {n}"),
        "door.nobody": _("Nobody is waiting at the door."),
        "door.knocks": _("{name} is at the door."),
        "door.admit": _("Let in"),
        "door.admit_name": _("Let in {name}"),
        "door.refuse": _("Refuse"),
        "door.refuse_name": _("Refuse {name}"),
        "door.admit_all": _("Let everybody in"),
        "door.invitation": _("Link for your guests"),
        "door.copy": _("Copy"),
        "door.copied": _("Copied"),
        "door.shown_once": _("It is shown this once. On the lesson’s page you can make another one."),
    }


def _endings() -> dict[str, str]:
    return {
        "ended.title": _("The lesson has ended"),
        "ended.thanks": _("Thank you for coming."),
        "ended.recording_follows": _("The recording is being made now. It can be watched in a few minutes."),
        "ended.replay": _("Go to the recording"),
        "ended.register": _("See who was there"),
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
        "put_out.button": _("Put {name} out of the lesson"),
        "put_out.title": _("Put {name} out?"),
        "put_out.sentence": _(
            "They leave at once, in the Jitsi app too, and cannot come back into this lesson until you let them in on its page."
        ),
        "put_out.confirm": _("Put out"),
        "room.crowded": _(
            "Very many people are in lessons right now. Saving data keeps picture and sound steady for everybody."
        ),
    }


def _player() -> dict[str, str]:
    return {
        "player.play": _("Play"),
        "player.pause": _("Pause"),
        "player.back": _("Back 10 seconds"),
        "player.forward": _("Forward 10 seconds"),
        "player.mute": _("Sound off"),
        "player.unmute": _("Sound on"),
        "player.speed": _("Speed"),
        "player.fullscreen": _("Full screen"),
        "player.timeline": _("Position"),
        "player.at_of": _("{at} of {of}"),
        "player.chapters": _("Chapters"),
        "gap.missing": _("Missing here: {length}"),
        **{f"gap.{cause.value}": str(cause.label) for cause in EndCause if cause.value},
        "gap.late_start": _("The recorder came late."),
        "gap.early_end": _("The recorder ended early."),
        "gap.unknown": _("The recorder was interrupted."),
        "player.resumed": _("You go on from {at}"),
        "player.recovering": _("The connection was lost. Loading again…"),
    }


def _progress() -> dict[str, str]:
    return {
        "progress.title": _("The recording is in the making"),
        "progress.waiting": _("The recording comes after the lesson"),
        "progress.failed": _("There is no recording"),
        "progress.percent": _("Done: {n} %."),
        "progress.step.captured": _("Picked up"),
        "progress.step.composing": _("Put together"),
        "progress.step.storing": _("Stored safely"),
        "progress.step.published": _("Ready to watch"),
    }


def _states() -> dict[str, str]:
    """A sentence for each state of a recording, and for each step that the pipeline names."""
    return {
        "state.expected": _("This lesson will be recorded."),
        "state.starting": _("The recorder is starting."),
        "state.recording": _("The lesson is being recorded right now."),
        "state.lost_recorder": _("The recorder was lost and is starting again."),
        "state.no_recorder": _("No recorder has come. The administrator has been told."),
        "state.captured": _("The lesson was captured and will be put together in a moment."),
        "state.composing": _("Board, voices and pictures are being put together."),
        "state.storing": _("The recording is being stored."),
        "state.published": _("The recording is ready."),
        "state.failed": _("Nothing of this lesson could be recorded."),
        "state.expiring": _("The recording’s time is over; it is being deleted."),
        "state.expired": _("The recording was deleted when its time was over."),
        "step.waiting": _("Waiting for its turn."),
        "step.probing": _("Looking at what was captured."),
        "step.drawing": _("Drawing the board again."),
        "step.composing": _("Putting the pictures together."),
        "step.mixing": _("Mixing the voices."),
        "step.joining": _("Joining the parts."),
        "step.uploading": _("Storing the recording."),
        "step.verifying": _("Checking that everything was stored."),
    }


def _reasons() -> dict[str, str]:
    """Why a recording failed, in the words of the recording itself."""
    said = {f"reason.{reason.value}": str(reason.label) for reason in Reason}
    return said | {
        "reason.unknown": _("Something went wrong. The school has been told."),
    }
