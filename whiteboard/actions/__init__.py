"""What can be done with boards, with what was brought to them, and with copies of them."""

from whiteboard.actions.boards import Outcome, apply_commands, open_board, open_breakout_boards
from whiteboard.actions.continuing import continue_board
from whiteboard.actions.exports import request_export
from whiteboard.actions.files import add_file, cancel_file

__all__ = [
    "Outcome",
    "add_file",
    "apply_commands",
    "cancel_file",
    "continue_board",
    "open_board",
    "open_breakout_boards",
    "request_export",
]
