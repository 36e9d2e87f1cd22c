"""The table, and which of the targets hold."""

from __future__ import annotations

from typing import Any

Results = dict[str, dict[str, Any]]
KB = 1024
PEERS = ("y_websocket", "hocuspocus")
MOST_GROWN = 200 * KB * KB


def print_head() -> None:
    print(
        "\n  server people/drawing          p50 ms   p95 ms   p99 ms    lost  CPU cores   KB/s a watcher   of it live   thinned  with strokes"
    )


def print_row(name: str, one: dict[str, Any]) -> None:
    if "failed" in one:
        print(f"  {name:28} failed: {one['failed']}", flush=True)
        return
    low = "        –"
    if one["low_bytes_per_second"]:
        low = f"{one['low_bytes_per_second'] / KB:9.1f} {one['low_bytes_per_second_in_all'] / KB:13.1f}"
    print(
        f"  {name:28} {ms(one['p50'])} {ms(one['p95'])} {ms(one['p99'])} {lost(one):7.1%} {one['cpu']:10.2f}"
        f" {one['bytes_per_second'] / KB:20.1f} {one['live_bytes_per_second'] / KB:12.1f} {low}",
        flush=True,
    )


def ms(value: float | None) -> str:
    return "       –" if value is None else f"{value:8.1f}"


def lost(one: dict[str, Any]) -> float:
    return 1 - one["heard"] / one["expected"] if one["expected"] else 0.0


def targets(results: Results) -> list[dict[str, Any]]:
    """Each target whose cases were run and did not fail: what it asks, what was measured, whether it holds."""
    told: list[dict[str, Any]] = []
    known = {name: one for name, one in results.items() if "failed" not in one}

    def ask(what: str, measure: Any, limit: float, *needed: str) -> None:
        if not all(name in results for name in needed):
            return
        if not all(name in known for name in needed):
            told.append({"target": what, "measured": None, "limit": limit, "holds": False})
            return
        measured = measure(*(known[name] for name in needed))
        told.append(
            {
                "target": what,
                "measured": measured,
                "limit": limit,
                "holds": measured is not None and measured <= limit,
            }
        )

    _ask_200_40(ask)
    _ask_ahead(ask, results)
    _ask_others(ask)
    for one in told:
        print(
            f"  {'holds ' if one['holds'] else 'MISSED'}  {one['target']}: {one['measured']} (at most {one['limit']})"
        )
    return told


def ratio(key: str) -> Any:
    return lambda ours, theirs: round(ours[key] / theirs[key], 2) if ours[key] and theirs[key] else None


def a_delta(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    """By what arrived: a server that loses most of it would look cheap."""
    mine, other = (one["cpu"] / max(1, one["heard"]) for one in (ours, theirs))
    return round(mine / other, 2) if other else 0.0


def kilobytes(key: str) -> Any:
    return lambda one: round(one[key] / KB, 1)


def of(key: str) -> Any:
    return lambda one: one[key]


def rows_lost(one: dict[str, Any]) -> int:
    return int(one["expected"] - one["heard"] + one["edits_lost"] + one["gone"])


def _ask_200_40(ask: Any) -> None:
    ours, loop = "darasa 200/40", "loop 200/40"
    ask("200/40: lost deltas, edits and sockets", rows_lost, 0, ours)
    ask("200/40: p95 ms", of("p95"), 50, ours)
    ask("200/40: p95 beside the bare loop's", ratio("p95"), 1.5, ours, loop)
    ask("200/40: CPU beside the bare loop's", ratio("cpu"), 3, ours, loop)
    ask("200/40: KB/s a watcher, strokes and all", kilobytes("bytes_per_second"), 25, ours)
    ask("200/40: KB/s a watcher, strokes and all, thinned", kilobytes("low_bytes_per_second_in_all"), 8, ours)
    for peer in PEERS:
        ask(f"200/40: CPU beside {peer}", ratio("cpu"), 1, ours, f"{peer} 200/40")
    ask("200/40 on 2 nodes: lost", rows_lost, 0, "darasa, 2 nodes 200/40")


def _ask_ahead(ask: Any, results: Results) -> None:
    """Ahead of the others from 200 people on. One that broke down under it has said so in its row."""
    for size in ("200/40", "200/200", "2000/20"):
        for peer in PEERS:
            if "failed" not in results.get(f"{peer} {size}", {}):
                ask(f"{size}: p95 beside {peer}", ratio("p95"), 1, f"darasa {size}", f"{peer} {size}")


def _ask_others(ask: Any) -> None:
    ask("40/5: p95 ms", of("p95"), 5, "darasa 40/5")
    ask("40/5: CPU a delivered delta beside textbook Channels", a_delta, 0.2, "darasa 40/5", "textbook 40/5")
    ask("200/200: lost", rows_lost, 0, "darasa 200/200")
    ask("200/200: p95 ms", of("p95"), 50, "darasa 200/200")
    large = "darasa 2000/20"
    ask("2000/20: p95 ms", of("p95"), 150, large)
    ask(
        "2000/20: edits lost by anybody",
        lambda one: one["edits_lost"] + one["slow_edits_lost"] + one["gone"],
        0,
        large,
    )
    ask(
        "2000/20: MB that memory grew",
        lambda one: round(one["rss_grown"] / KB / KB),
        MOST_GROWN // KB // KB,
        large,
    )
