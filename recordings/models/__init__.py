"""What is kept of recordings, and of those who make them."""

from recordings.models.alarms import Alarm
from recordings.models.branding import Logo
from recordings.models.broadcasts import OPEN_BROADCAST, Broadcast, BroadcastState
from recordings.models.captions import Captions, Cue
from recordings.models.captures import (
    OPEN_CAPTURE,
    Capture,
    CaptureState,
    EndCause,
    Engine,
    Starter,
    gap_texts,
)
from recordings.models.chapters import Chapter, ChapterKind, ChapterTitle
from recordings.models.chunks import Chunk, ChunkState
from recordings.models.destinations import Destination, SendingReason, SendingState
from recordings.models.ledger import DAMAGES, LATE_AFTER, Finding, FindingKind, LedgerState, Reconciliation
from recordings.models.notes import Note
from recordings.models.recorders import NoticeState, Orphan, Recorder, RecorderNotice, RecorderState
from recordings.models.recordings import (
    AT_REST,
    CAPTURING,
    GONE,
    IN_PIPELINE,
    RECORDING_MOVES,
    UNRECORDED,
    Look,
    Reason,
    Recording,
    RecordingState,
    Watch,
)
from recordings.models.renditions import (
    MADE_OF_VIDEO,
    RENDITION_MOVES,
    TO_MAKE,
    Rendition,
    RenditionKind,
    RenditionState,
)
from recordings.models.stream_links import ABSENT_AFTER, OutsideViewer, StreamLink

__all__ = [
    "ABSENT_AFTER",
    "AT_REST",
    "CAPTURING",
    "DAMAGES",
    "GONE",
    "IN_PIPELINE",
    "LATE_AFTER",
    "MADE_OF_VIDEO",
    "OPEN_BROADCAST",
    "OPEN_CAPTURE",
    "RECORDING_MOVES",
    "RENDITION_MOVES",
    "TO_MAKE",
    "UNRECORDED",
    "Alarm",
    "Broadcast",
    "BroadcastState",
    "Captions",
    "Capture",
    "CaptureState",
    "Chapter",
    "ChapterKind",
    "ChapterTitle",
    "Chunk",
    "ChunkState",
    "Cue",
    "Destination",
    "EndCause",
    "Engine",
    "Finding",
    "FindingKind",
    "LedgerState",
    "Logo",
    "Look",
    "Note",
    "NoticeState",
    "Orphan",
    "OutsideViewer",
    "Reason",
    "Reconciliation",
    "Recorder",
    "RecorderNotice",
    "RecorderState",
    "Recording",
    "RecordingState",
    "Rendition",
    "RenditionKind",
    "RenditionState",
    "SendingReason",
    "SendingState",
    "Starter",
    "StreamLink",
    "Watch",
    "gap_texts",
]
