"""Automatic captions, in the language of the course, where the operator has put a speech engine."""

from __future__ import annotations

from django.utils import timezone

from common.refusals import Refused
from recordings import actions
from recordings.models import RenditionKind
from recordings.renditions import Job, Product, maker
from recordings.speech import find_engine, take_speech
from recordings.vtt import write_vtt


@maker(RenditionKind.CAPTIONS)
def make_captions(job: Job) -> Product:
    engine = find_engine()
    if engine is None:
        raise Refused("no_speech_engine")
    recording = job.recording
    language = job.rendition.language or recording.lesson.course.language
    sound = take_speech(
        job.source(), job.folder / "speech.wav", progress=lambda part: job.progress(part / 10)
    )
    cues = list(engine.hear(sound, language=language, progress=lambda part: job.progress(0.1 + 0.9 * part)))
    if not cues:
        raise Refused("nothing_heard")
    actions.keep_automatic_captions(recording=recording, language=language, cues=cues, now=timezone.now())
    out = job.folder / f"captions-{language}.vtt"
    out.write_text(write_vtt(cues), encoding="utf-8")
    return Product(out, "text/vtt", about={"cues": len(cues)})
