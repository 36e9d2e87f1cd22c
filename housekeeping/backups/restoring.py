"""A backup is put back: into nothing, in its own zone, unharmed, or not at all."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from common.services import dumps
from common.services.dumps import Database
from common.storage import Storage
from housekeeping.backups.manifest import (
    DUMP,
    OBJECTS,
    BackupError,
    Manifest,
    check_objects,
    check_parts,
    read_manifest,
    read_sums,
)
from housekeeping.backups.survey import tables_of
from recordings.storage import folder as folder_store


def restore_backup(backup: Path, *, database: Database) -> Manifest:
    """Every question before the first byte. Files before rows: what a row names is there before it."""
    manifest = check_backup(backup)
    sums = read_sums(backup)
    _refuse_foreign(manifest)
    _refuse_full_database(database)
    if sums:
        _refuse_full_store(folder_store())
    check_objects(backup, sums, sums)
    for key in sums:
        folder_store().put(key, backup / OBJECTS / key, content_type="")
    put_back(backup, database)
    return manifest


def check_backup(backup: Path) -> Manifest:
    """Readable, complete, and not of a newer Darasa."""
    manifest = read_manifest(backup)
    _refuse_newer(manifest)
    check_parts(backup, manifest)
    return manifest


def put_back(backup: Path, database: Database) -> None:
    """The database alone."""
    with database.connect() as connection:
        server = dumps.major_of(connection)
    dumps.restore(database, backup / DUMP, server=server)
    with database.connect() as connection:
        connection.execute("ANALYZE")


def _refuse_newer(manifest: Manifest) -> None:
    there = MigrationLoader(None).disk_migrations
    known = {f"{app}.{name}" for app, name in there}
    known |= {f"{app}.{name}" for one in there.values() for app, name in one.replaces}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(
            f"A newer Darasa made this backup: {unknown[-1]} is not known here. Take that version first."
        )


def _refuse_foreign(manifest: Manifest) -> None:
    if manifest.zone != settings.ZONE:
        raise BackupError(
            f"This backup is of zone {manifest.zone or '(none)'}, and this server is in {settings.ZONE or '(none)'}: "
            "what was kept in one zone is not brought into another."
        )
    if manifest.store != settings.STORAGE_BACKEND:
        raise BackupError(
            f"Its files are kept in the store {manifest.store}, and this server has {settings.STORAGE_BACKEND}: "
            "set STORAGE_BACKEND as it was."
        )


def _refuse_full_database(database: Database) -> None:
    with database.connect() as connection:
        if tables := tables_of(connection):
            raise BackupError(
                f"The database {database.name} is not empty: it has {len(tables)} tables. "
                "Restore into a new one, and do not migrate it before."
            )


def _refuse_full_store(store: Storage) -> None:
    if store.listed("", most=1):
        raise BackupError(f"{settings.STORAGE_DIR} is not empty. Move it away first.")
