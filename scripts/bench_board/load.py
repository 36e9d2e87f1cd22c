"""Many clients in one process: raw sockets, one epoll, frames made beforehand. For `make bench-board` only.

Reads one case as JSON on stdin, prints what was measured as JSON. What every client hears is the same bytes, so each
payload is read once and its meaning remembered: that is what makes 2,000 clients cheap.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from scripts.bench_board.dialects import Bytes, Dialect, Heard, Json, Yjs
from scripts.bench_board.frames import handshake, pack_masked, unpack

OPENING_AT_ONCE, OPENING_SECONDS = 24, 180
SETTLE_SECONDS = 1.0
SAMPLED = 24
BUCKETS_A_MS, LONGEST_MS = 10, 10_000


@dataclass(slots=True)
class Client:
    """One socket. `deltas` and `edits` count what it heard; a slow one does not read while others draw. Nobody draws
    before the server has said its first words: a browser has nothing to draw on either."""

    sock: socket.socket
    is_open: bool = False
    is_greeted: bool = False
    is_slow: bool = False
    is_sampled: bool = False
    is_low: bool = False
    is_gone: bool = False
    rest: bytes = b""
    deltas: int = 0
    edits: int = 0
    received: int = 0
    live: int = 0
    unsent: bytes = b""


@dataclass(slots=True)
class Load:
    case: dict[str, Any]
    dialect: Dialect
    clients: dict[int, Client] = field(default_factory=dict)
    poll: select.epoll = field(default_factory=select.epoll)
    sent: list[list[float]] = field(default_factory=list)
    known: dict[bytes, Heard] = field(default_factory=dict)
    histogram: list[int] = field(default_factory=lambda: [0] * (BUCKETS_A_MS * LONGEST_MS + 1))
    is_counting: bool = False

    # Opening.

    def open_all(self) -> None:
        wanted, until = list(range(self.case["sockets"])), time.monotonic() + OPENING_SECONDS
        while wanted or any(not self._is_ready(one) for one in self.clients.values()):
            if time.monotonic() > until:
                raise SystemExit("The sockets did not open in time")
            opening = sum(1 for one in self.clients.values() if not one.is_open)
            for _ in range(min(OPENING_AT_ONCE - opening, len(wanted))):
                self._open(wanted.pop())
            self.read(0.02)

    def _is_ready(self, client: Client) -> bool:
        return client.is_open and (client.is_greeted or not self.dialect.is_greeted)

    def _open(self, number: int) -> None:
        case = self.case
        ports, cookies = case["ports"], case.get("cookies") or [""]
        sock = socket.create_connection(("127.0.0.1", ports[number % len(ports)]))
        is_low = number >= case["sockets"] - case.get("low", 0)
        headers = {"Cookie": cookies[number % len(cookies)]} if case.get("cookies") else {}
        port = ports[number % len(ports)]
        path = case["path"] + ("low" if is_low else "full" if case["path"].endswith("=") else "")
        sock.sendall(handshake(f"127.0.0.1:{port}", path, {**headers, "Origin": f"http://127.0.0.1:{port}"}))
        sock.setblocking(False)
        client = Client(sock, is_low=is_low)
        drawers, slow = case["drawers"], case.get("slow", 0)
        client.is_slow = drawers <= number < drawers + slow
        if client.is_slow:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        self.clients[sock.fileno()] = client
        self.numbered[number] = client
        self.poll.register(sock, select.EPOLLIN)

    numbered: dict[int, Client] = field(default_factory=dict)

    # Reading.

    def read(self, timeout: float) -> None:
        for number, _ in self.poll.poll(max(0.0, timeout)):
            client = self.clients[number]
            try:
                data = client.sock.recv(262144)
            except BlockingIOError:
                continue
            except ConnectionError:
                data = b""
            if not data:
                client.is_gone = True
                self.poll.unregister(number)
            else:
                self._take(client, data)

    def _take(self, client: Client, data: bytes) -> None:
        client.received += len(data)
        data = client.rest + data if client.rest else data
        if not client.is_open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                client.rest = head
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise SystemExit(head.decode("latin-1"))
            client.is_open = True
            if greeting := self.dialect.greet():
                client.sock.sendall(greeting)
        frames, client.rest = unpack(data)
        now = time.perf_counter()
        for opcode, payload in frames:
            if opcode in (1, 2):
                client.is_greeted = True
                self._hear(client, opcode, payload, now)
            elif opcode == 9:
                self.send(client, pack_masked(10, payload))

    def _hear(self, client: Client, opcode: int, payload: bytes, now: float) -> None:
        if not self.is_counting:
            return
        heard = self.known.get(payload)
        if heard is None:
            heard = self.known[payload] = self.dialect.hear(opcode, payload)
            if len(self.known) > 4096:
                for old in list(self.known)[:1024]:
                    del self.known[old]
        deltas, edits, kept = heard
        client.live += len(payload) + 4 - kept if opcode == 2 else 0
        client.deltas += len(deltas)
        client.edits += edits
        if client.is_sampled:
            for drawer, k in deltas:
                late = int((now - self.sent[drawer][k]) * 1000 * BUCKETS_A_MS)
                self.histogram[min(late, BUCKETS_A_MS * LONGEST_MS)] += 1

    # Drawing.

    def send(self, client: Client, data: bytes) -> None:
        try:
            took = client.sock.send(client.unsent + data)
        except BlockingIOError:
            took = 0
        except ConnectionError:
            return
        client.unsent = (client.unsent + data)[took:]

    def draw(self) -> None:
        case = self.case
        drawers, rate = case["drawers"], case["rate"]
        total = int(case["seconds"] * rate) * drawers
        self.sent = [[] for _ in range(drawers)]
        begun, done = time.perf_counter() + 0.05, 0
        while done < total:
            now = time.perf_counter()
            while done < total and begun + done / (rate * drawers) <= now:
                drawer, k = done % drawers, done // drawers
                frames = b"".join(self.dialect.say(drawer, k))
                self.sent[drawer].append(time.perf_counter())
                self.send(self.numbered[drawer], frames)
                done += 1
            self.read(begun + done / (rate * drawers) - time.perf_counter())

    def drain(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.read(0.05)

    def drain_until_silent(self, seconds: float, at_most: float) -> None:
        """Until nobody has heard anything for so long: what comes late is not lost."""
        until = time.perf_counter() + at_most
        heard = -1
        while heard != (now := sum(one.edits + one.deltas for one in self.numbered.values())):
            heard = now
            self.drain(min(seconds, max(0.0, until - time.perf_counter())))

    def set_slow(self, is_reading: bool) -> None:
        for number, client in self.clients.items():
            if client.is_slow and not client.is_gone:
                self.poll.modify(number, select.EPOLLIN if is_reading else 0)

    def run(self) -> dict[str, Any]:
        self.open_all()
        self.drain(SETTLE_SECONDS)
        readers = [one for one in self.numbered.values() if not (one.is_slow or one.is_low)]
        for one in readers[:: max(1, len(readers) // SAMPLED)]:
            one.is_sampled = True
        self.set_slow(is_reading=False)
        low = [one for one in self.numbered.values() if one.is_low]
        for one in self.numbered.values():
            one.received = one.live = 0
        self.is_counting = True
        print("BEGIN", file=sys.stderr, flush=True)
        self.draw()
        self.drain(0.3)
        print("END", file=sys.stderr, flush=True)
        seconds = self.case["seconds"]
        told = {
            "bytes_per_second": mean(one.received for one in readers) / seconds,
            "live_bytes_per_second": mean(one.live for one in readers) / seconds,
            "low_bytes_per_second": mean(one.live for one in low) / seconds,
            "low_bytes_per_second_in_all": mean(one.received for one in low) / seconds,
        }
        self.set_slow(is_reading=True)
        self.drain_until_silent(self.case.get("drain", 3), at_most=30)
        return {**told, **self._figures(readers)}

    def _figures(self, readers: list[Client]) -> dict[str, Any]:
        said = sum(len(one) for one in self.sent)
        echo = 0 if self.case.get("no_echo") else 1
        expected = sum(
            said - (0 if echo or number >= self.case["drawers"] else len(self.sent[number]))
            for number, one in self.numbered.items()
            if not (one.is_slow or one.is_low)
        )
        edits = max((one.edits for one in self.numbered.values()), default=0)
        slow = [one for one in self.numbered.values() if one.is_slow]
        return {
            "said": said,
            "heard": sum(one.deltas for one in readers),
            "expected": expected,
            "edits": edits,
            "edits_lost": sum(edits - one.edits for one in readers),
            "gone": sum(1 for one in readers if one.is_gone),
            "slow_edits_lost": sum(edits - one.edits for one in slow if not one.is_gone),
            "slow_gone": sum(1 for one in slow if one.is_gone),
            "slow_deltas": mean(one.deltas for one in slow),
            "p50": self._percentile(0.5),
            "p95": self._percentile(0.95),
            "p99": self._percentile(0.99),
        }

    def _percentile(self, share: float) -> float | None:
        wanted, seen = sum(self.histogram) * share, 0
        for late, count in enumerate(self.histogram):
            seen += count
            if count and seen >= wanted:
                return late / BUCKETS_A_MS
        return None


def mean(numbers: Any) -> float:
    numbers = list(numbers)
    return sum(numbers) / len(numbers) if numbers else 0.0


def dialect_of(case: dict[str, Any]) -> Dialect:
    name = case["dialect"]
    if name == "darasa":
        return Bytes(page=case["page"])
    if name == "loop":
        return Bytes(is_durable=False, with_author=False)
    if name == "textbook":
        return Json()
    return Yjs(case["updates"], b"\x05board" if name == "hocuspocus" else b"")


def main() -> None:
    case = json.load(sys.stdin)
    print(json.dumps(Load(case, dialect_of(case)).run()))


if __name__ == "__main__":
    main()
