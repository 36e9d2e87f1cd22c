"""What of which zone may be worked on here, and whether everything lies where it must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import Institution
from common.refusals import Refused, Unavailable
from common.storage import Storage
from common.storage.place import ANYWHERE
from common.storage.zones import read_zones
from recordings.models import Recording
from recordings.storage import every_storage, storage_for

# Tasks of one recording, which is their first argument, or of one rendition.
OF_RECORDINGS = frozenset({"recordings.advance", "recordings.make_chunks", "recordings.make_poster"})
OF_RENDITIONS = frozenset({"recordings.make_rendition"})
A_LISTING = 1000


def is_ours(recording: Recording) -> bool:
    """Whether this server may touch what was recorded: anything, unless it stands in a zone."""
    return not settings.ZONE or recording.lesson.institution.region == settings.ZONE


def route_by_zone(
    name: str, args: Sequence[Any], kwargs: Any, options: Any, task: Any = None, **_: Any
) -> dict[str, str] | None:
    """Celery's question where a task goes. With zones of their own, a recording's work is never on a queue that
    all zones share: KeyError for a zone that has none."""
    if not settings.WORK_ZONES or name not in OF_RECORDINGS | OF_RENDITIONS:
        return None
    zone = _zone_of(name, str(args[0]))
    if zone is None:
        return None  # it was deleted: whoever takes the task finds nothing
    if zone not in settings.WORK_ZONES:
        raise KeyError(zone)
    return {"queue": f"recordings.{zone}"}


def _zone_of(name: str, pk: str) -> str | None:
    recordings = Recording.objects.all()
    of = recordings.filter(renditions__pk=pk) if name in OF_RENDITIONS else recordings.filter(pk=pk)
    return of.values_list("lesson__institution__region", flat=True).first()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `trouble` is empty when it lies where it must."""

    what: str
    zone: str
    name: str
    place: str
    trouble: str = ""


def audit() -> Iterator[Line]:
    """Buckets first, then every institution, every recording, and what lies in each bucket."""
    if settings.STORAGE_BACKEND != "s3":
        yield Line("store", "", "folder", str(settings.STORAGE_DIR))
    yield from _audit_buckets()
    yield from _audit_institutions()
    yield from _audit_recordings()
    yield from _audit_objects()


def _audit_buckets() -> Iterator[Line]:
    zones = read_zones(settings.S3_ZONES) if settings.STORAGE_BACKEND == "s3" else {}
    for name, zone in zones.items():
        yield Line("bucket", name, zone.bucket, zone.region, _trouble_of(name))


def _trouble_of(zone: str) -> str:
    try:
        _open(zone).check_place()
    except (Refused, Unavailable) as trouble:
        return trouble.code
    return ""


def _open(zone: str) -> Any:
    from common.storage.place import open_bucket

    return open_bucket(zone)


def _audit_institutions() -> Iterator[Line]:
    """Where zones are, each institution must have one."""
    zones = read_zones(settings.S3_ZONES)
    for school in Institution.objects.order_by("slug"):
        is_known = not zones or school.region in zones or school.region in ANYWHERE
        yield Line("institution", school.region, school.slug, "", "" if is_known else "unknown_zone")


def _audit_recordings() -> Iterator[Line]:
    rows = Recording.objects.exclude(video_key="").select_related("lesson__institution").order_by("pk")
    for recording in rows.iterator(chunk_size=500):
        school = recording.lesson.institution
        yield Line("recording", school.region, str(recording.pk), recording.video_key, _look_for(recording))


def _look_for(recording: Recording) -> str:
    try:
        held = storage_for(recording.lesson.institution).head(recording.video_key)
    except (Refused, Unavailable) as trouble:
        return trouble.code
    return "" if held or not recording.is_published else "not_there"


def _audit_objects() -> Iterator[Line]:
    """Whatever lies in a bucket belongs to an institution whose zone keeps that bucket."""
    schools = {school.slug: school for school in Institution.objects.all()}
    for store in every_storage():
        for key in _keys_of(store):
            school = schools.get(key.partition("/")[0])
            if school is not None and _is_elsewhere(school, store):
                yield Line("object", school.region, school.slug, key, "elsewhere")


def _is_elsewhere(school: Institution, store: Storage) -> bool:
    try:
        return storage_for(school) is not store
    except Refused:
        return True


def _keys_of(store: Storage) -> Iterator[str]:
    after = ""
    try:
        while found := store.listed("", after=after, most=A_LISTING):
            yield from (one.key for one in found)
            after = found[-1].key
    except (Refused, Unavailable):
        return  # the bucket's own line says so
