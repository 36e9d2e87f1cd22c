"""What goes over the network to one browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.headless import Visitor

# Of a page for a telephone, with all that it needs.
FIRST_LOAD_BYTES = 60_000


@dataclass  # no slots: Playwright hangs its wrappers on the owner of a bound method
class Scale:
    """Bytes from now on: answers and redirects with their headers, handshakes and words of sockets (as long as they are
    unpacked). What comes from the browser's cache weighs nothing."""

    names: dict[str, str] = field(default_factory=dict)
    loads: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    def under(cls, visitor: Visitor) -> Scale:
        scale = cls()
        devtools = visitor.context.new_cdp_session(visitor.page)
        devtools.on("Network.requestWillBeSent", scale.asked)
        devtools.on("Network.loadingFinished", scale.loaded)
        devtools.on("Network.webSocketCreated", scale.connecting)
        devtools.on("Network.webSocketHandshakeResponseReceived", scale.connected)
        devtools.on("Network.webSocketFrameReceived", scale.told)
        devtools.send("Network.enable")
        return scale

    @property
    def total(self) -> int:
        return sum(size for _, size in self.loads)

    def heaviest(self) -> list[tuple[int, str]]:
        return sorted(((size, name) for name, size in self.loads), reverse=True)

    def start_anew(self) -> None:
        self.loads.clear()

    def asked(self, event: dict[str, Any]) -> None:
        if "redirectResponse" in event:
            way = event["redirectResponse"]
            self.loads.append((way["url"], int(way["encodedDataLength"])))
        self.names[event["requestId"]] = event["request"]["url"]

    def loaded(self, event: dict[str, Any]) -> None:
        self._put(event, int(event["encodedDataLength"]))

    def connecting(self, event: dict[str, Any]) -> None:
        self.names[event["requestId"]] = event["url"]

    def connected(self, event: dict[str, Any]) -> None:
        self._put(event, len(event["response"]["headersText"]))

    def told(self, event: dict[str, Any]) -> None:
        self._put(event, len(event["response"]["payloadData"].encode()))

    def _put(self, event: dict[str, Any], size: int) -> None:
        self.loads.append((self.names.get(event["requestId"], "?"), size))
