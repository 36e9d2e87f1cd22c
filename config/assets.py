"""How collected files are compressed: the pages' own as small as can be, once; a vendor's as fast as is sensible."""

from __future__ import annotations

import re
from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# From here on Brotli's last two steps take seconds for the last tenth; no page of a lesson loads such a file.
LARGE_BYTES = 250_000
# Named by what is in them: by Django, or by esbuild, whose pieces name each other so. They never change.
HASHED = re.compile(r"(\.[0-9a-f]{12}|-[0-9A-Z]{8})\.[^./]+$")


class QuickCompressor(Compressor):  # type: ignore[misc]
    """Pages link to hashed names only; the plain copies beside them are left as they are."""

    def should_compress(self, filename: str) -> bool:
        return bool(HASHED.search(filename)) and bool(super().should_compress(filename))

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=9 if len(data) > LARGE_BYTES else 11))


class Assets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def create_compressor(self, **options: Any) -> QuickCompressor:
        return QuickCompressor(**options)
