"""The folders of recordings, of work, of streams and of what is stored: new ones for whoever follows a test that used them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

NAMES = ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR", "STREAMS_DIR")


class Shelf:
    """Of one process. Most tests leave them empty, and new folders a test cost more than a look into the old ones."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._place = self._new_place()

    def make_ready(self) -> None:
        if not self._is_unused():
            self._place = self._new_place()
        for name in NAMES:
            if getattr(settings, name) != self._place / name.lower():
                setattr(settings, name, self._place / name.lower())

    def _new_place(self) -> Path:
        place = self._factory.mktemp("shelf")
        for name in NAMES:
            (place / name.lower()).mkdir()
        return place

    def _is_unused(self) -> bool:
        folders = [self._place / name.lower() for name in NAMES]
        if sorted(self._place.iterdir()) != sorted(folders):
            return False
        return all(folder.is_dir() and not any(folder.iterdir()) for folder in folders)
