"""The few things that others may react to. Receivers only enqueue; sweeps are the guarantee."""

from django.dispatch import Signal

lesson_scheduled = Signal()  # lesson
lesson_changed = Signal()  # lesson: another title or time
lesson_cancelled = Signal()  # lesson
lesson_opened = Signal()  # lesson
lesson_ended = Signal()  # lesson
breakouts_opened = Signal()  # breakout: its rooms want boards
recorder_heard = Signal()  # lesson: Prosody told of its recorder
