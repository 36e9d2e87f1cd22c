"""Legal holds, and the requests to hand out or to erase what is kept of one person."""

from housekeeping.models.holds import Hold
from housekeeping.models.requests import (
    OPEN,
    REQUEST_MOVES,
    DataRequest,
    Kind,
    Reason,
    RequestState,
)

__all__ = ["OPEN", "REQUEST_MOVES", "DataRequest", "Hold", "Kind", "Reason", "RequestState"]
