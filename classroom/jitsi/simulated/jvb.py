"""A videobridge that carries nobody: its private REST port under a curve of load.

    python -m classroom.jitsi.simulated.jvb --port 8081 --region east --curve 0:0.2,60:0.9

As the real one: stress is measured every ten seconds, `/colibri/stats` answers out of a cache of five; what it is
asked in between it has said before. `POST /simulated`: `stress` (holds from the next measurement on, until the
curve is wanted again by null), `participants`, `conferences`, `healthy`, and what `server` knows.

With `--repeat` the curve begins anew after its last point; with `--full N` people come and go with it, N at stress 1.
"""

from __future__ import annotations

import argparse
from bisect import bisect_right
from typing import Any

from classroom.jitsi.simulated.server import Answer, Simulation, serve

SAMPLE_SECONDS, CACHE_SECONDS = 10.0, 5.0
PEOPLE_IN_A_LESSON = 25
Curve = list[tuple[float, float]]


def read_curve(text: str) -> Curve:
    """`0:0.2,60:0.9`: seconds since the start, and the stress that is reached by then; straight between them."""
    points = [point.split(":", 1) for point in text.split(",") if point.strip()]
    curve = sorted((float(at), float(stress)) for at, stress in points)
    if not curve:
        raise ValueError("a curve needs at least one point")
    return curve


def stress_at(curve: Curve, second: float) -> float:
    """The first and the last value hold before and after."""
    place = bisect_right([at for at, _ in curve], second)
    if place in {0, len(curve)}:
        return curve[0 if place == 0 else -1][1]
    (begun, low), (ends, high) = curve[place - 1], curve[place]
    return low + (high - low) * (second - begun) / (ends - begun)


class Bridge(Simulation):
    def __init__(
        self,
        *,
        curve: Curve,
        region: str,
        relay_id: str,
        version: str,
        repeats: bool = False,
        full: int = 0,
    ) -> None:
        super().__init__()
        self.curve, self.region, self.relay_id, self.version = curve, region, relay_id, version
        self.repeats, self.full = repeats, full
        self.participants = self.conferences = 0
        self.is_healthy, self.is_draining, self.is_leaving = True, False, False
        self.fixed: float | None = None
        self.sampled_at, self.stress = -SAMPLE_SECONDS, 0.0
        self.cached_at, self.cached = -CACHE_SECONDS, dict[str, Any]()

    def told(self, said: dict[str, Any]) -> None:
        if "stress" in said:
            self.fixed = None if said["stress"] is None else float(said["stress"])
        self.participants = int(said.get("participants", self.participants))
        self.conferences = int(said.get("conferences", self.conferences))
        self.is_healthy = bool(said.get("healthy", self.is_healthy))

    def answer(self, method: str, path: str, query: str, said: Any) -> Answer:
        match method, path:
            case "GET", "/about/health":
                return (200, "OK") if self.is_healthy else (500, "ICE failed")
            case "GET", "/colibri/stats":
                return 200, self.stats()
            case "GET", "/colibri/drain":
                return 200, {"drain": self.is_draining}
            case "POST", "/colibri/drain/enable" | "/colibri/drain/disable":
                self.is_draining = path.endswith("enable")
                return 200, None
            case "POST", "/colibri/shutdown":
                self.is_leaving = True
                return 200, None
            case "GET", "/metrics":
                return 200, f"jitsi_jvb_stress {self.measure()}\njitsi_jvb_conferences {self.conferences}\n"
        return 404, None

    def measure(self) -> float:
        """Of the last full ten seconds; a measurement that is due is made now."""
        due = self.clock.seconds() // SAMPLE_SECONDS * SAMPLE_SECONDS
        if due > self.sampled_at:
            self.sampled_at = due
            self.stress = self._planned(due) if self.fixed is None else self.fixed
            self._fill()
        return self.stress

    def _planned(self, second: float) -> float:
        ends = self.curve[-1][0]
        return stress_at(self.curve, second % ends if self.repeats and ends else second)

    def _fill(self) -> None:
        """One that is being emptied loses its people, and gets no others."""
        if self.full:
            wanted = round(self.full * self.stress)
            self.participants = min(self.participants // 2, wanted) if self.is_draining else wanted
            self.conferences = -(-self.participants // PEOPLE_IN_A_LESSON)

    def stats(self) -> dict[str, Any]:
        stress = self.measure()
        if self.clock.seconds() - self.cached_at >= CACHE_SECONDS:
            self.cached_at, self.cached = self.clock.seconds(), self._say(stress)
        return self.cached

    def _say(self, stress: float) -> dict[str, Any]:
        return {
            "stress_level": stress,
            "current_timestamp": self.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            "participants": self.participants,
            "endpoints": self.participants,
            "local_endpoints": self.participants,
            "conferences": self.conferences,
            "largest_conference": self.participants if self.conferences else 0,
            "inactive_conferences": 0,
            "bit_rate_download": 300 * self.participants,
            "bit_rate_upload": 1500 * self.participants,
            "rtt_aggregate": 40.0,
            "overall_loss": 0.0,
            "graceful_shutdown": self.is_leaving,
            "shutting_down": False,
            "drain": self.is_draining,
            "healthy": self.is_healthy,
            "region": self.region,
            "relay_id": self.relay_id,
            "version": self.version,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulated Jitsi videobridge.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--region", default="local")
    parser.add_argument("--relay-id", default="")
    parser.add_argument("--version", default="2.3.301-gsimulated")
    parser.add_argument("--curve", type=read_curve, default=read_curve("0:0.2"))
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--full", type=int, default=0)
    wanted = parser.parse_args()
    bridge = Bridge(
        curve=wanted.curve,
        region=wanted.region,
        relay_id=wanted.relay_id or f"jvb-{wanted.port}",
        version=wanted.version,
        repeats=wanted.repeat,
        full=wanted.full,
    )
    serve(bridge, port=wanted.port)


if __name__ == "__main__":
    main()
