"""A real Prosody on free ports of this machine, with our modules; and the focus that Jitsi would have there."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

from common.services.urls import free_port
from scripts.prosody import find_prosody
from tests.jitsi_config.prosody.receiver import SECRET, TOKEN, Receiver
from tests.jitsi_config.prosody.xmpp import CLIENT, JIBRI, Client
from tests.processes import ROOT, wait_until

MODULES = ROOT / "jitsi_config" / "prosody" / "modules"
SIMULATED = Path(__file__).parent / "plugins"
DOMAIN, MUC, AUTH, HIDDEN = "meet.test", "muc.meet.test", "auth.meet.test", "hidden.meet.test"

# The intervals of a school day in hundredths of a second.
SMALL = {
    "darasa_events_retry_min": 0.05,
    "darasa_events_retry_max": 0.2,
    "darasa_events_timeout": 1,
    "darasa_events_sweep": 1,
    "darasa_recording_retry_min": 0.1,
    "darasa_recording_retry_max": 0.3,
    "darasa_recording_ask_timeout": 1,
    "darasa_recording_focus_timeout": 0.6,
    "darasa_recording_confirm_timeout": 0.8,
    "darasa_recording_recheck": 1,
    "darasa_recording_settle": 0,
}

CONFIG = """
run_as_root = {as_root}
daemonize = false
data_path = "{folder}/data"
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
plugin_paths = {{ {plugins} }}
modules_enabled = {{ "saslauth"; "disco"; "websocket"; "smacks"; {global_modules} }}
modules_disabled = {{ "s2s"; "offline"; "tls"; "posix" }}
network_backend = "epoll"
c2s_ports = {{ }} c2s_direct_tls_ports = {{ }} https_ports = {{ }} legacy_ssl_ports = {{ }}
http_ports = {{ {port} }} http_interfaces = {{ "127.0.0.1" }}
http_default_host = "{DOMAIN}"
consider_websocket_secure = true c2s_require_encryption = false allow_unencrypted_plain_auth = true
smacks_hibernation_time = 1
insecure_open_authentication = "Yes please, I know what I'm doing!"
component_admins_as_room_owners = true
admins = {{ "focus@{AUTH}" }}
darasa_recorder_domains = {{ "{HIDDEN}" }}
transcriber_prefixes = {{ "transcriber@{HIDDEN}" }}
{options}

VirtualHost "{AUTH}" authentication = "insecure"
VirtualHost "{HIDDEN}" authentication = "insecure"
VirtualHost "{DOMAIN}"
    {domain_options}
Component "{MUC}" "muc"
    storage = "memory" restrict_room_creation = true muc_room_locking = false
    muc_room_default_public_jids = true muc_tombstones = false
    modules_enabled = {{ {muc_modules} }}
    {muc_options}
"""


@dataclass(slots=True)
class Prosody:
    """`start`, `kill` (as the kernel would) and `stop`; everything it keeps lies in `folder`."""

    folder: Path
    darasa: Receiver
    options: dict[str, Any] = field(default_factory=dict)
    plugins: tuple[Path, ...] = (MODULES, SIMULATED)
    global_modules: tuple[str, ...] = ("simulated_token", "simulated_reload")
    domain_options: str = 'authentication = "anonymous"'
    muc_modules: tuple[str, ...] = ("darasa_events", "darasa_recording")
    muc_options: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    clients: list[Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def queue(self) -> Path:
        return self.folder / "data" / "darasa_events"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def write_config(self) -> Path:
        ours = {"darasa_url": self.darasa.url, "darasa_event_secret": SECRET, "darasa_hook_token": TOKEN}
        chosen = {**SMALL, **ours, **self.options}
        options = "\n".join(f"{name} = {lua(value)}" for name, value in chosen.items())
        text = CONFIG.format(
            as_root=lua(os.geteuid() == 0),
            folder=self.folder,
            plugins=listed(self.plugins),
            global_modules=listed(self.global_modules),
            port=self.port,
            options=options,
            domain_options=self.domain_options,
            muc_modules=listed(self.muc_modules),
            muc_options=self.muc_options,
            DOMAIN=DOMAIN,
            MUC=MUC,
            AUTH=AUTH,
            HIDDEN=HIDDEN,
        )
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        file = self.folder / "prosody.cfg.lua"
        file.write_text(text)
        return file

    def start(self) -> None:
        program = find_prosody()
        assert program
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-F", "--config", str(self.write_config())],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.listens, 20, what="Prosody")

    def listens(self) -> bool:
        if self.process and self.process.poll() is not None:
            raise AssertionError(f"Prosody ended:\n{self.log[-3000:]}")
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """No word to anybody: memory is gone, what was written stays."""
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        self.end(signal.SIGTERM)

    def end(self, how: signal.Signals) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, how)
            self.process.wait(20)
            self.process = None
        for client in self.clients:
            with contextlib.suppress(Exception):
                client.connection.socket.close()
        self.clients.clear()

    def focus(self) -> Focus:
        return Focus(self.kept(Client.arrive(self.port, AUTH, user="focus")))

    def recorder(self, user: str = "recorder") -> Client:
        return self.kept(Client.arrive(self.port, HIDDEN, user=user))

    def person(self, **query: str) -> Client:
        """`id` and `name` are what the person's token would say."""
        return self.kept(Client.arrive(self.port, DOMAIN, **query))

    def kept(self, client: Client) -> Client:
        self.clients.append(client)
        return client

    def get(self, path: str, token: str | None = TOKEN) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path)  # noqa: S310  our own address
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  our own address
                return int(answer.status), answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()


@dataclass(slots=True)
class Focus:
    """Jicofo as far as rooms and recordings go. `replies` are given one after the other, the last for ever:
    "ok", "silence" or an XMPP error condition."""

    client: Client
    replies: list[str] = field(default_factory=lambda: ["ok"])
    asked: list[Element] = field(default_factory=list)
    on_start: Callable[[str], object] | None = None

    def __post_init__(self) -> None:
        self.client.answers.append(self.hear)

    def open_room(self, name: str) -> str:
        room = f"{name}@{MUC}"
        self.client.join(room, "focus")
        return room

    def hear(self, stanza: Element) -> None:
        if stanza.tag != f"{CLIENT}iq" or stanza.get("type") != "set" or stanza.find(f"{JIBRI}jibri") is None:
            return
        self.asked.append(stanza)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply == "silence":
            return
        kind, content = "result", f'<jibri xmlns="{JIBRI[1:-1]}" session_id="session-{len(self.asked)}"/>'
        if reply != "ok":
            kind = "error"
            content = f'<error type="wait"><{reply} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>'
        self.client.send(
            f'<iq xmlns="jabber:client" type="{kind}" id={quoteattr(stanza.get("id", ""))} '
            f"to={quoteattr(stanza.get('from', ''))}>{content}</iq>"
        )
        if reply == "ok" and self.on_start:
            self.on_start(stanza.get("from", "").split("/")[0])

    def asked_in(self, room: str) -> list[Element]:
        return [stanza for stanza in self.asked if stanza.get("from", "").split("/")[0] == room]

    def tell(self, room: str, **status: str) -> None:
        """The recording's status, as jicofo publishes it in its presence."""
        words = " ".join(f"{name}={quoteattr(value)}" for name, value in status.items())
        self.client.send(
            f'<presence xmlns="jabber:client" to={quoteattr(room + "/focus")}>'
            f'<jibri-recording-status xmlns="{JIBRI[1:-1]}" {words}/></presence>'
        )


class Lua(str):
    """A value that is Lua already."""


def lua(value: Any) -> str:
    if isinstance(value, Lua):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str | Path) else str(value)


def listed(names: tuple[object, ...]) -> str:
    return "; ".join(f'"{name}"' for name in names)
