"""Courses, lessons, rooms, who is inside, and the timeline of facts."""

from classroom.models.breakouts import (
    BREAKOUT_MOVES,
    Breakout,
    BreakoutPlan,
    BreakoutSeat,
    BreakoutState,
    Division,
)
from classroom.models.bridges import (
    Bridge,
    BridgeReading,
    BridgeState,
    Diversion,
    Front,
    Peak,
)
from classroom.models.chat import (
    LONGEST_WORDS,
    ChatMessage,
    Concern,
    ConcernState,
    Talk,
)
from classroom.models.courses import (
    STAFF,
    Course,
    Enrolment,
    Standing,
)
from classroom.models.expulsions import (
    Expulsion,
)
from classroom.models.groups import (
    Group,
    GroupMember,
)
from classroom.models.guests import (
    KNOCK_MOVES,
    GuestLink,
    Knock,
    KnockState,
)
from classroom.models.hands import Hand, Lowered, Pace, Pulse
from classroom.models.hooks import (
    EVENT_MOVES,
    DeliveryReading,
    EventState,
    HookDelivery,
    HookEvent,
    HookSource,
    Prosody,
    PutAside,
)
from classroom.models.join_links import (
    JoinLink,
)
from classroom.models.kept_seats import KeptSeat
from classroom.models.lessons import (
    LESSON_MOVES,
    LONGEST_DOORS_OPEN_MINUTES,
    ChatMode,
    Lesson,
    LessonStatus,
    Lobby,
    Protection,
    doors_open_minutes_of,
)
from classroom.models.letters import (
    AUDITED_LETTERS,
    LETTER_MOVES,
    CalendarEntry,
    Letter,
    LetterKind,
    LetterSettings,
    LetterState,
    Notice,
    NoticeKind,
    Reminder,
    ReminderChoice,
)
from classroom.models.machines import MachinePool, PoolKind, ScalingDecision, ScalingReason
from classroom.models.promotions import (
    Promotion,
)
from classroom.models.refs import CarriedOut
from classroom.models.rooms import (
    Door,
    Fact,
    Presence,
    Room,
    RoomKind,
    main_room,
)
from classroom.models.series import (
    Holiday,
    Series,
)
from classroom.models.uploads import (
    UPLOAD_LIFETIME,
    RosterUpload,
)

__all__ = [
    "AUDITED_LETTERS",
    "BREAKOUT_MOVES",
    "EVENT_MOVES",
    "KNOCK_MOVES",
    "LESSON_MOVES",
    "LETTER_MOVES",
    "LONGEST_DOORS_OPEN_MINUTES",
    "LONGEST_WORDS",
    "STAFF",
    "UPLOAD_LIFETIME",
    "Breakout",
    "BreakoutPlan",
    "BreakoutSeat",
    "BreakoutState",
    "Bridge",
    "BridgeReading",
    "BridgeState",
    "CalendarEntry",
    "CarriedOut",
    "ChatMessage",
    "ChatMode",
    "Concern",
    "ConcernState",
    "Course",
    "DeliveryReading",
    "Diversion",
    "Division",
    "Door",
    "Enrolment",
    "EventState",
    "Expulsion",
    "Fact",
    "Front",
    "Group",
    "GroupMember",
    "GuestLink",
    "Hand",
    "Holiday",
    "HookDelivery",
    "HookEvent",
    "HookSource",
    "JoinLink",
    "KeptSeat",
    "Knock",
    "KnockState",
    "Lesson",
    "LessonStatus",
    "Letter",
    "LetterKind",
    "LetterSettings",
    "LetterState",
    "Lobby",
    "Lowered",
    "MachinePool",
    "Notice",
    "NoticeKind",
    "Pace",
    "Peak",
    "PoolKind",
    "Presence",
    "Promotion",
    "Prosody",
    "Protection",
    "Pulse",
    "PutAside",
    "Reminder",
    "ReminderChoice",
    "Room",
    "RoomKind",
    "RosterUpload",
    "ScalingDecision",
    "ScalingReason",
    "Series",
    "Standing",
    "Talk",
    "doors_open_minutes_of",
    "main_room",
]
