"""`make run JITSI=simulated`: stand-ins for Jitsi's servers, and what Darasa must know to speak to them.

People meet in the built-in room; recorders, bridges and Prosody's word of who came by the app are simulated.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from common.services.urls import free_port, stored_secret

# Up and down within twenty minutes, and always below what sends newcomers elsewhere.
WAVE = "0:0.12,150:0.35,420:0.62,600:0.48,900:0.2,1200:0.12"
BRIDGES = {"local": WAVE, "coast": "0:0.45,200:0.2,500:0.3,800:0.55,1200:0.45"}
PEOPLE_AT_FULL = "120"


def simulation(given: Mapping[str, str], *, var: Path) -> dict[str, str]:
    """The environment of all processes; empty without the wish."""
    if given.get("JITSI") != "simulated":
        return {}
    jibris = [free_port(), free_port()]
    return {
        "JITSI_SIMULATED": "1",
        "RECORDER_ENGINE": "jibri",
        "JIBRI_START": "http",
        "JIBRI_HOOK_SECRET": stored_secret(var / "jibri-hooks.secret"),
        "JIBRI_URLS": ",".join(f"jibri-{port}={_here(port)}" for port in jibris),
        "JITSI_HOOK_TOKEN": stored_secret(var / "jitsi-hooks.secret"),
        "JITSI_EVENT_SECRET": stored_secret(var / "jitsi-events.secret"),
        "PROSODY_URL": _here(free_port()),
        "JICOFO_URL": _here(free_port()),
        "JVB_URLS": ",".join(_here(free_port()) for _ in BRIDGES),
    }


def stand_ins(env: Mapping[str, str], *, port: int) -> Iterator[tuple[str, list[str]]]:
    """Name and command of each process beside the recorders' one; `port` is where Darasa answers."""
    if not is_simulated(env):
        return
    regions = zip(BRIDGES.items(), env["JVB_URLS"].split(","), strict=True)
    for (region, curve), url in regions:
        options = ["--region", region, "--curve", curve, "--repeat", "--full", PEOPLE_AT_FULL]
        yield f"jvb-{region}", [*_program("classroom.jitsi.simulated.jvb", url), *options]
    yield "jicofo", _program("classroom.jitsi.simulated.jicofo", env["JICOFO_URL"])
    prosody = _program("classroom.jitsi.simulated.prosody", env["PROSODY_URL"])
    yield "prosody", [*prosody, "--darasa", _here(port)]


def jibris(env: Mapping[str, str], *, port: int, recordings_dir: Path) -> list[str]:
    """The parent of the simulated Jibris: one that dies comes back."""
    ports = ",".join(str(_port(word.partition("=")[2])) for word in env["JIBRI_URLS"].split(","))
    hooks = f"{_here(port)}/hooks/jibri/{env['JIBRI_HOOK_SECRET']}"
    command = [sys.executable, "-m", "recordings.simulated.jibris", "--ports", ports]
    return [*command, "--recordings-dir", str(recordings_dir), "--webhook", hooks]


def is_simulated(env: Mapping[str, str]) -> bool:
    return env.get("JITSI_SIMULATED") == "1"


def where(env: Mapping[str, str]) -> str:
    """For the terminal: whom to send a wish to."""
    first, _, second = env["JIBRI_URLS"].partition(",")
    bridges = " and ".join(env["JVB_URLS"].split(","))
    return (
        "simulated; docs/operations/simulated.md says what to try\n"
        f"         recorders {first.partition('=')[2]} and {second.partition('=')[2]}\n"
        f"         bridges   {bridges}\n"
        f"         jicofo    {env['JICOFO_URL']}   prosody {env['PROSODY_URL']}"
    )


def _program(module: str, url: str) -> list[str]:
    return [sys.executable, "-m", module, "--port", str(_port(url))]


def _here(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _port(url: str) -> int:
    return urlsplit(url).port or 0
