"""The classroom's words in the timeline."""

LESSON_OPENED = "lesson.opened"
LESSON_ENDED = "lesson.ended"
PARTICIPANT_JOINED = "participant.joined"
PARTICIPANT_LEFT = "participant.left"
# Of a lesson that divides into rooms: `data.session` is the division, `data.number` the room.
BREAKOUTS_OPENED = "breakouts.opened"
BREAKOUTS_CLOSED = "breakouts.closed"
SEAT_MOVED = "seat.moved"
PARTICIPANT_PUT_OUT = "participant.put_out"
# What a student's page says of itself: first, when that changes, and every few minutes that it is still looked at: `data.occupant`, `data.activity` (active, idle, hidden).
ACTIVITY_CHANGED = "activity.changed"
# Of people and recorders that Prosody tells of: `source` is "prosody", `data.occupant` one visit, `data.door` "jitsi".
# Of a page: a left with `data.reason` "silence" was told by nobody, but nothing was heard of it any more.
# A left with `data.inferred` was not told but found out; Prosody's own word about the same visit counts more.
RECORDER_JOINED = "recorder.joined"
RECORDER_LEFT = "recorder.left"
# What the module in Prosody says about starting a recorder: recording.requested, .confirmed, .lost, .refused.
# `data.hand` and `data.room`; lowered also `data.how` (self, staff, called, left, over) and `data.waited_seconds`.
HAND_RAISED = "hand.raised"
HAND_LOWERED = "hand.lowered"
# The main room's screen: shared by somebody, and by nobody any more. Whose it is stands in no fact.
SCREEN_SHARED = "screen.shared"
SCREEN_ENDED = "screen.ended"
