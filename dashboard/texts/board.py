"""What the board says."""

from django.utils.translation import gettext as _


def colours() -> dict[str, str]:
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


def board() -> dict[str, str]:
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
        "board.and_more": _("and {n} more"),
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


def continuing() -> dict[str, str]:
    """On a blank board."""
    return {
        "board.continue": _("Continue the last board"),
        "board.continue_failed": _("The last board could not be continued. Try again."),
    }


def reading() -> dict[str, str]:
    """Around the board of a lesson that is over."""
    return {
        "reading.show_added": _("Show what was added after the lesson"),
        "reading.you_may_add": _(
            "What you add now shines, so that everybody sees that it came after the lesson. It is in no recording."
        ),
        "reading.read_only": _("The lesson is over. Its board is here to read."),
        "reading.away": _("The connection is lost. It is being tried again."),
        "reading.gone": _("You may no longer see this board."),
        "reading.added_later": _("Added after the lesson"),
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
