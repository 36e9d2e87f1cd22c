"""What players are told, through breaks, restarts and forgetting."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from recordings.streaming import programs
from recordings.streaming.job import Job, JobError
from recordings.streaming.playlists import Piece, Shelf, read_made, read_media, write_master, write_media
from recordings.streaming.shelves import LISTED, Shelves


def pieces(take: int, *numbers: int, seconds: float = 1.0) -> list[Piece]:
    return [Piece(f"top-{take}-{n:06d}.m4s", take, seconds, 1_000_000.0 + n) for n in numbers]


def lines(text: str, tag: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(tag)]


def test_a_list_is_read_as_it_was_written() -> None:
    shelf = Shelf("top").grown(pieces(1, 0, 1)).grown(pieces(3, 0, 1, 2)).shortened(4)
    assert read_media("top", write_media(shelf)) == shelf
    assert read_media("top", "nonsense") == Shelf("top")


def test_numbers_go_on_and_breaks_are_counted_when_pieces_go() -> None:
    shelf = Shelf("top").grown(pieces(1, 0, 1, 2)).grown(pieces(2, 0, 1, 2))
    counted = [(one.first, one.breaks) for one in (shelf.shortened(keep) for keep in (6, 4, 3, 2, 1))]
    assert counted == [(0, 0), (2, 1), (3, 1), (4, 2), (5, 2)]


def test_the_break_at_the_head_of_a_list_is_written_until_its_pieces_go() -> None:
    """A piece keeps the number of breaks before it, in every list in which it stands."""
    shelf = Shelf("top").grown(pieces(1, 0, 1)).grown(pieces(2, 0, 1))
    for keep in (4, 3, 2, 1):
        text = write_media(shelf.shortened(keep))
        before = text[: text.index("top-2-000001.m4s")]
        assert (
            shelf.shortened(keep).breaks
            + len(lines(before, "#EXT-X-DISCONTINUITY\n".strip()))
            - len(lines(before, "#EXT-X-DISCONTINUITY-"))
            == 2
        )


def test_a_take_in_which_a_rendition_got_nothing_counts_as_a_break_all_the_same() -> None:
    text = write_media(
        Shelf("low").grown([Piece("low-1-000000.m4s", 1, 1.0), Piece("low-3-000000.m4s", 3, 1.0)])
    )
    assert text.count("#EXT-X-DISCONTINUITY\n") == 3
    assert lines(text, "#EXT-X-MAP") == ['#EXT-X-MAP:URI="low-1.mp4"', '#EXT-X-MAP:URI="low-3.mp4"']


def test_the_promised_length_grows_and_never_shrinks() -> None:
    shelf = Shelf("top").grown(pieces(1, 0, seconds=3.6)).grown(pieces(1, 1)).shortened(1)
    assert lines(write_media(shelf), "#EXT-X-TARGETDURATION") == ["#EXT-X-TARGETDURATION:4"]


def test_the_end_is_said_and_renditions_are_listed_best_first() -> None:
    assert write_media(Shelf("top"), is_over=True).rstrip().endswith("#EXT-X-ENDLIST")
    assert "ENDLIST" not in write_media(Shelf("top"))
    listed = write_master([("top", 900_000), ("low", 250_000)])
    assert listed.index("top.m3u8") < listed.index("low.m3u8")


def test_names_that_are_none_of_ours_are_not_taken_from_a_made_list() -> None:
    made = "#EXTINF:1.0,\ntop-1-000000.m4s\n#EXTINF:1.0,\n../../etc/passwd\n#EXTINF:2.5,\ntop-1-000001.m4s\n"
    assert read_made(made) == [("top-1-000000.m4s", 1.0), ("top-1-000001.m4s", 2.5)]


def test_a_wrong_key_is_recognised_in_what_ffmpeg_says() -> None:
    assert programs.is_refusal("[rtmp @ 0x1] Unexpected stream WRONG, expecting RIGHT")
    assert not programs.is_refusal("[flv @ 0x1] something else")


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"broadcast": "b", "shelf": "relative", "key": "k", "address": "a", "port": 0, "heights": []},
        {"broadcast": "b", "shelf": "/x", "key": "", "address": "a", "port": 0, "heights": []},
        {"broadcast": "b", "shelf": "/x", "key": "k", "address": "a", "port": "x", "heights": []},
    ],
)
def test_a_start_line_that_is_no_job_is_refused(told: object) -> None:
    with pytest.raises(JobError):
        Job.read(told)


# On the disk


def make(folder: Path, rendition: str, take: int, count: int) -> None:
    """As the packager does: its own list, and the pieces in it."""
    text = "#EXTM3U\n"
    for number in range(count):
        name = f"{rendition}-{take}-{number:06d}.m4s"
        (folder / name).write_bytes(b"x" * 1000)
        text += f"#EXTINF:1.0,\n{name}\n"
    (folder / f"{rendition}-{take}.mp4").write_bytes(b"h")
    (folder / f".{rendition}-{take}.m3u8").write_text(text)


def test_a_station_that_comes_after_goes_on_with_the_numbers_on_the_disk(tmp_path: Path) -> None:
    first = Shelves(tmp_path, [])
    first.begin_take()
    make(tmp_path, "top", 1, 3)
    assert first.stock()
    assert not first.stock()
    second = Shelves(tmp_path, [])
    assert (second.take, second.count) == (1, 3)
    assert second.begin_take() == 2
    make(tmp_path, "top", 2, 2)
    assert second.stock()
    text = (tmp_path / "top.m3u8").read_text()
    assert lines(text, "#EXT-X-MEDIA-SEQUENCE") == ["#EXT-X-MEDIA-SEQUENCE:0"]
    assert [line for line in text.splitlines() if line.endswith("m4s")][-2:] == [
        "top-2-000000.m4s",
        "top-2-000001.m4s",
    ]
    assert (tmp_path / "index.m3u8").exists()


def test_the_disk_stays_bounded_and_what_is_listed_stays(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path, [])
    shelves.begin_take()
    make(tmp_path, "top", 1, LISTED + 50)
    shelves.stock()
    assert shelves.sweep() == 0  # somebody may still hold an older list
    long_ago = time.time() - 600
    for path in tmp_path.iterdir():
        os.utime(path, (long_ago, long_ago))
    assert shelves.sweep() == 50
    left = {path.name for path in tmp_path.glob("*.m4s")}
    assert left == {piece.name for piece in shelves.shelves["top"].pieces}
    assert (tmp_path / "top-1.mp4").exists()


def test_what_the_packager_is_still_writing_is_never_thrown_away(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path, [])
    shelves.begin_take()
    make(tmp_path, "top", 1, 2)
    shelves.stock()
    (tmp_path / "top-1-000002.m4s").write_bytes(b"half")
    assert shelves.sweep(keep_seconds=0) == 0


def test_headers_of_takes_that_are_gone_go_with_them(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path, [])
    for take in (1, 2):
        shelves.begin_take()
        make(tmp_path, "top", take, LISTED)
        shelves.stock()
    shelves.sweep(keep_seconds=0)
    assert not (tmp_path / "top-1.mp4").exists()
    assert not (tmp_path / ".top-1.m3u8").exists()
    assert (tmp_path / "top-2.mp4").exists()
