"""Close codes and error codes of docs/wire.md."""

REMOVED = 4001
LESSON_OVER = 4003
TOO_MANY_ERRORS = 4008
REPLACED = 4009
ROOM_FULL = 4010
BREAKOUT_OVER = 4011

# Every word that an `error` may carry; dashboard/texts/room.py has a sentence for each.
ERRORS = (
    "not_json",
    "too_big",
    "unknown_type",
    "bad_data",
    "forbidden",
    "not_found",
    "slow_down",
    "nothing_to_undo",
    "nothing_to_redo",
    "unavailable",
    "lesson_over",
    "link_full",
    "board_full",
    "last_page",
    "late",
    "answered",
    "quiz_open",
    "still_open",
    "only_colleagues",
    "chat_closed",
    "breakouts_open",
    "guest_alone",
)
