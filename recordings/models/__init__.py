"""What is kept of recordings, and of those who make them."""

from recordings.models.alarms import Alarm
from recordings.models.captures import (
    OPEN_CAPTURE,
    Capture,
    CaptureState,
    EndCause,
    Engine,
    Starter,
)
from recordings.models.recorders import NoticeState, Orphan, Recorder, RecorderNotice, RecorderState
from recordings.models.recordings import (
    AT_REST,
    CAPTURING,
    GONE,
    IN_PIPELINE,
    RECORDING_MOVES,
    UNRECORDED,
    Chapter,
    Reason,
    Recording,
    RecordingState,
    Watch,
)

__all__ = [
    "AT_REST",
    "CAPTURING",
    "GONE",
    "IN_PIPELINE",
    "OPEN_CAPTURE",
    "RECORDING_MOVES",
    "UNRECORDED",
    "Alarm",
    "Capture",
    "CaptureState",
    "Chapter",
    "EndCause",
    "Engine",
    "NoticeState",
    "Orphan",
    "Reason",
    "Recorder",
    "RecorderNotice",
    "RecorderState",
    "Recording",
    "RecordingState",
    "Starter",
    "Watch",
]
