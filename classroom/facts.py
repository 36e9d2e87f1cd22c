"""The classroom's words in the timeline."""

LESSON_OPENED = "lesson.opened"
LESSON_ENDED = "lesson.ended"
PARTICIPANT_JOINED = "participant.joined"
PARTICIPANT_LEFT = "participant.left"
PARTICIPANT_PUT_OUT = "participant.put_out"
