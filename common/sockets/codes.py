"""Close codes of docs/wire.md; BROKEN is the standard's own, and never sent by us."""

BROKEN = 1011
REMOVED = 4001
LESSON_OVER = 4003
TOO_MANY_ERRORS = 4008
REPLACED = 4009
ROOM_FULL = 4010
