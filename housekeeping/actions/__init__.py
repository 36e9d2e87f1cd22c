"""What can be done about how long data are kept, about holds, and about one person's data."""

from housekeeping.actions.holds import release_hold, set_hold
from housekeeping.actions.requests import (
    cancel_request,
    drop_old_exports,
    move_request,
    note_download,
    request_export,
    start_erasure,
    why_not_erase,
)
from housekeeping.actions.retention import (
    change_retention,
    doom_due,
    drop_originals,
    forget_due,
    forget_leftovers,
    lock_house,
    originals_due,
)

__all__ = [
    "cancel_request",
    "change_retention",
    "doom_due",
    "drop_old_exports",
    "drop_originals",
    "forget_due",
    "forget_leftovers",
    "lock_house",
    "move_request",
    "note_download",
    "originals_due",
    "release_hold",
    "request_export",
    "set_hold",
    "start_erasure",
    "why_not_erase",
]
