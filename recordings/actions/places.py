"""Places in a video, when its clock becomes another one: they go on showing the moment that they showed."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from recordings.clock import Span, Timeline
from recordings.models import Cue, Note, Recording, Watch

Pairs = Sequence[Sequence[float]]
PLACES: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (Note, "recording", ("at_seconds",)),
    (Watch, "recording", ("position_seconds",)),
    (Cue, "captions__recording", ("starts_seconds", "ends_seconds")),
)


@transaction.atomic
def move_places(*, recording: Recording, before: Pairs, after: Pairs) -> None:
    """Notes, captions and where people stopped; `before` and `after` as `Recording.shown`."""
    old, new = _clock(before), _clock(after)
    if not old.spans or old.spans == new.spans:
        return
    for model, path, fields in PLACES:
        rows = list(model.objects.filter(**{path: recording}))
        for row in rows:
            for field in fields:
                setattr(row, field, round(new.offset_of(old.epoch_of(getattr(row, field))), 3))
        model.objects.bulk_update(rows, fields, batch_size=1000)


def _clock(pairs: Pairs) -> Timeline:
    return Timeline([Span(begin, end) for begin, end in pairs])
