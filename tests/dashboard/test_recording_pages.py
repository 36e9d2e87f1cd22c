"""Pages about recordings that need no script: names of chapters, captions, and the search through a course."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Person
from recordings import actions
from recordings.models import Captions, Recording
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson, publish

pytestmark = pytest.mark.django_db
VTT = b"WEBVTT\n\n00:41.000 --> 00:43.000\nZwei <i>Drittel</i> &amp; mehr\n"


@pytest.fixture
def recording(cast: Cast) -> Recording:
    return publish(hold_lesson(cast, ended_at=timezone.now() - timedelta(days=1)), cast.amina)


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def edit(recording: Recording) -> str:
    return f"/lessons/{recording.lesson_id}/replay/edit"


def upload(client: Client, recording: Recording, data: bytes, language: str = "de") -> int:
    file = SimpleUploadedFile("captions.vtt", data, "text/vtt")
    body = {"captions": "1", "language": language, "file": file}
    return client.post(edit(recording), body).status_code


def test_only_those_who_hold_the_lesson_and_the_head_may_edit(cast: Cast, recording: Recording) -> None:
    assert [client_of(one).get(edit(recording)).status_code for one in (cast.teacher, cast.head)] == [
        200,
        200,
    ]
    assert client_of(cast.amina).get(edit(recording)).status_code == 403
    stranger = client_of(cast.stranger)
    assert stranger.get(edit(recording)).status_code == 404
    assert upload(client_of(cast.amina), recording, VTT) == 403
    assert upload(stranger, recording, VTT) == 404
    assert not Captions.objects.exists()


def test_a_chapter_gets_a_name_and_its_own_back(cast: Cast, recording: Recording) -> None:
    teacher = client_of(cast.teacher)
    assert teacher.post(edit(recording), {"title_0": "Halves <and> more"}).status_code == 302
    assert recording.chapters.get().title == "Halves <and> more"
    assert "Halves &lt;and&gt; more" in teacher.get(edit(recording)).content.decode()
    entry = AuditEvent.objects.get(act="recording.chapters_named")
    assert entry.detail == {"lesson": str(recording.lesson_id), "number": 1}
    teacher.post(edit(recording), {"title_0": ""})
    assert recording.chapters.get().title == "Page 1"
    teacher.post(edit(recording), {"title_0": "Page 1"})
    assert AuditEvent.objects.filter(act="recording.chapters_named").count() == 2


def test_captions_are_uploaded_replaced_and_removed(cast: Cast, recording: Recording) -> None:
    teacher = client_of(cast.teacher)
    assert upload(teacher, recording, VTT) == 302
    assert upload(teacher, recording, VTT.replace(b"Zwei", b"Drei")) == 302
    captions = Captions.objects.get()
    assert (captions.language, captions.cues.get().text) == ("de", "Drei <i>Drittel</i> &amp; mehr")
    gone = f"/lessons/{recording.lesson_id}/replay/captions/{captions.pk}/remove"
    assert client_of(cast.amina).post(gone).status_code == 403
    assert client_of(cast.stranger).post(gone).status_code == 404
    assert teacher.post(gone.replace(str(captions.pk), str(uuid.uuid4()))).status_code == 404
    assert teacher.post(gone).status_code == 302
    assert not Captions.objects.exists()
    acts = AuditEvent.objects.filter(act__startswith="recording.captions").order_by("seq").values_list("act")
    assert [act for (act,) in acts] == [*["recording.captions_added"] * 2, "recording.captions_removed"]


def test_a_bad_file_says_its_line_at_the_field(cast: Cast, recording: Recording) -> None:
    teacher = client_of(cast.teacher)
    file = SimpleUploadedFile("captions.vtt", b"WEBVTT\n\n00:41.000 --> 00:43.000\n<script>\n", "text/vtt")
    response = teacher.post(edit(recording), {"captions": "1", "language": "de", "file": file})
    assert response.status_code == 400
    assert "Line 4: Only bold, italic" in response.content.decode()
    assert teacher.post(edit(recording), {"captions": "1", "language": "xx"}).status_code == 400


def test_the_search_finds_the_second(cast: Cast, recording: Recording) -> None:
    now = timezone.now()
    actions.upload_captions(recording=recording, language="de", data=VTT, by=cast.teacher, now=now)
    address = f"/courses/{cast.course.pk}/recordings"
    amina = client_of(cast.amina)
    found = amina.get(address, {"q": "drittel"}).content.decode()
    assert f"/lessons/{recording.lesson_id}/replay?t=41" in found
    assert "Zwei Drittel &amp; mehr" in found
    assert (
        f"/lessons/{recording.lesson_id}/replay?t=0" in amina.get(address, {"q": "page 1"}).content.decode()
    )
    assert "Nothing was found" in amina.get(address, {"q": "nirgends"}).content.decode()
    assert f"/lessons/{recording.lesson_id}/replay" in amina.get(address).content.decode()


def test_who_may_look_through_a_course(cast: Cast, recording: Recording) -> None:
    address = f"/courses/{cast.course.pk}/recordings"
    seen = {
        who: client_of(getattr(cast, who)).get(address).status_code for who in ("head", "teacher", "amina")
    }
    assert set(seen.values()) == {200}
    assert client_of(cast.guardian).get(address).status_code == 403
    stranger = client_of(cast.stranger)
    assert stranger.get(address).status_code == 404
    cast.school.policy = {**cast.school.policy, "guardians_may_watch": True}
    cast.school.save()
    assert client_of(cast.guardian).get(address).status_code == 200


def test_without_a_script_the_video_can_be_watched(cast: Cast, recording: Recording) -> None:
    page = client_of(cast.amina).get(f"/lessons/{recording.lesson_id}/replay").content.decode()
    assert f'src="/lessons/{recording.lesson_id}/recording/video"' in page
    assert f'href="/lessons/{recording.lesson_id}/recording/video#t=0"' in page
    assert "replay/edit" not in page
