"""A jicofo without XMPP: its private REST port over conferences that it is told of.

    python -m classroom.jitsi.simulated.jicofo --port 8889

`PUT /simulated/conferences/<room jid>` with `{"<endpoint>": {"jid": …, "audio": true, "video": false}}` says who is
in a conference, `DELETE` ends it; `POST /simulated` as in `server`, and `recorders: [count, available]`.
"""

from __future__ import annotations

import argparse
from typing import Any
from uuid import uuid4

from classroom.jitsi.simulated.server import HAND, Answer, Simulation, serve

CONFERENCES, DEBUG = f"{HAND}/conferences/", "/debug/conference/"
Members = dict[str, dict[str, Any]]


class Jicofo(Simulation):
    def __init__(self, *, focus: str) -> None:
        super().__init__()
        self.focus = focus
        self.conferences: dict[str, Members] = {}
        self.meetings: dict[str, str] = {}
        self.recorders = (0, 0)

    def told(self, said: dict[str, Any]) -> None:
        if "recorders" in said:
            count, free = said["recorders"]
            self.recorders = (int(count), int(free))

    def answer(self, method: str, path: str, query: str, said: Any) -> Answer:
        if path.startswith(CONFERENCES):
            return self._set(method, path.removeprefix(CONFERENCES), said)
        if path.startswith(DEBUG) and method == "GET":
            return 200, self._debug(path.removeprefix(DEBUG))
        match method, path:
            case "GET", "/about/health":
                return 200, "OK"
            case "GET", "/stats":
                return 200, self._stats()
            case "GET", "/debug/conferences":
                return 200, list(self.conferences)
            case "POST", "/conference-request/v1":
                return self._request(said)
        return 404, None

    def _set(self, method: str, jid: str, said: Any) -> Answer:
        if method == "PUT" and isinstance(said, dict):
            self._open(jid)
            self.conferences[jid] = said
        elif method == "DELETE":
            self.conferences.pop(jid, None)
            self.meetings.pop(jid, None)
        else:
            return 400, None
        return 200, {}

    def _open(self, jid: str) -> None:
        self.conferences.setdefault(jid, {})
        self.meetings.setdefault(jid, str(uuid4()))

    def _request(self, said: Any) -> Answer:
        """Opens the conference, as a client asks for it."""
        if not isinstance(said, dict) or not isinstance(said.get("room"), str):
            return 400, None
        self._open(said["room"])
        properties = {"authentication": "false", "externalAuth": "false"}
        return 200, {"room": said["room"], "ready": True, "focusJid": self.focus, "properties": properties}

    def _debug(self, jid: str) -> dict[str, Any]:
        if jid not in self.conferences:
            return {}
        members = {endpoint: _member(jid, endpoint, one) for endpoint, one in self.conferences[jid].items()}
        return {
            "name": jid,
            "meeting_id": self.meetings[jid],
            "chat_room": {"room_jid": jid, "members_count": len(members), "members": members},
            "participants": {endpoint: {"id": endpoint} for endpoint in members},
        }

    def _stats(self) -> dict[str, Any]:
        sizes = [len(members) for members in self.conferences.values()]
        count, free = self.recorders
        return {
            "conferences": len(sizes),
            "participants": sum(sizes),
            "largest_conference": max(sizes, default=0),
            "jibri_detector": {"count": count, "available": free},
            "jibri": {"recording_active": count - free, "total_recording_failures": 0},
            "bridge_selector": {
                "bridge_count": 1,
                "operational_bridge_count": 1,
                "in_shutdown_bridge_count": 0,
            },
        }


def _member(jid: str, endpoint: str, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "region": said.get("region", "null"),
        "occupant_jid": f"{jid}/{endpoint}",
        "jid": said.get("jid", f"{endpoint}@meet.jitsi/x"),
        "robot": False,
        "is_jibri": bool(said.get("jibri", False)),
        "is_jigasi": False,
        "role": said.get("role", "PARTICIPANT"),
        "stats_id": endpoint,
        "is_audio_muted": not said.get("audio", False),
        "is_video_muted": not said.get("video", False),
        "features": [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulated jicofo.")
    parser.add_argument("--port", type=int, default=8889)
    parser.add_argument("--focus", default="focus@auth.meet.jitsi")
    wanted = parser.parse_args()
    serve(Jicofo(focus=wanted.focus), port=wanted.port)


if __name__ == "__main__":
    main()
