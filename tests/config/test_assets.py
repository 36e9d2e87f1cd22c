"""What a browser gets is compressed, and a first start does not wait for what it does not get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from whitenoise import WhiteNoise

from config.assets import LARGE_BYTES, Assets, QuickCompressor


@pytest.fixture
def collected(tmp_path: Path, settings: Any) -> Path:
    """A page's own script and a vendor's large one, collected."""
    source = tmp_path / "source"
    (source / "vendor").mkdir(parents=True)
    (source / "room-chunk-2TEMJVZP.js").write_text("say('hello');\n" * 100)
    (source / "own.js").write_text("say('hello');\n" * 100)
    (source / "vendor" / "large.js").write_text("say('hello');\n" * LARGE_BYTES)
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], tmp_path / "static"
    settings.STORAGES = {"staticfiles": {"BACKEND": "config.assets.Assets"}}
    call_command("collectstatic", verbosity=0, interactive=False)
    return tmp_path / "static"


def test_what_pages_link_to_lies_there_compressed_twice(collected: Path) -> None:
    for name in ("own.js", "vendor/large.js"):
        linked = collected / Path(staticfiles_storage.url(name)).relative_to("/static")
        packed = linked.with_name(f"{linked.name}.br")
        assert brotli.decompress(packed.read_bytes()) == linked.read_bytes()
        assert linked.with_name(f"{linked.name}.gz").exists()


def test_pieces_that_name_each_other_are_compressed_and_kept_for_ever(collected: Path, settings: Any) -> None:
    assert (collected / "room-chunk-2TEMJVZP.js.br").exists()
    serving = WhiteNoise(None, immutable_file_test=settings.WHITENOISE_IMMUTABLE_FILE_TEST)
    assert serving.immutable_file_test("", "/static/room-chunk-2TEMJVZP.js")
    assert serving.immutable_file_test("", staticfiles_storage.url("own.js"))
    assert not serving.immutable_file_test("", "/static/own.js")


def test_the_plain_copies_are_not_compressed_once_more(collected: Path) -> None:
    assert (collected / "own.js").exists()
    assert not (collected / "own.js.br").exists()


def test_the_storage_compresses_as_said() -> None:
    assert isinstance(Assets().create_compressor(quiet=True), QuickCompressor)
    small, large = b"abcabcdabcde" * 100, bytes(range(256)) * (LARGE_BYTES // 200)
    assert QuickCompressor.compress_brotli(small) == brotli.compress(small, quality=11)
    assert QuickCompressor.compress_brotli(large) == brotli.compress(large, quality=9)
