"""What the room hears about its recording (docs/wire.md)."""

from typing import Any

from common.sockets.wire import envelope


def recording_changed(state: str) -> dict[str, Any]:
    return envelope("recording.changed", {"state": state})
