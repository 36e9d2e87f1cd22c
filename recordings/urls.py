from django.urls import path

from recordings.api import beside, hooks, jibri, ladder, notes, outside, pack, streams
from recordings.api import player as api

OF_LESSON = "lessons/<uuid:lesson_id>/recording/"
JIBRI = "hooks/jibri/<str:secret>/"

urlpatterns = [
    path(
        "lessons/<uuid:lesson_id>/recording/progress", api.ProgressView.as_view(), name="recording_progress"
    ),
    path(
        "lessons/<uuid:lesson_id>/recording/position", api.PositionView.as_view(), name="recording_position"
    ),
    path("lessons/<uuid:lesson_id>/recording/video", api.video, name="recording_video"),
    path("lessons/<uuid:lesson_id>/recording/poster", api.poster_image, name="recording_poster"),
    path("lessons/<uuid:lesson_id>/recording/chapters.vtt", api.chapters_track, name="recording_chapters"),
    path(OF_LESSON + "board", beside.board, name="recording_board"),
    path(OF_LESSON + "pictures/<uuid:file_id>/<int:page>", beside.board_picture, name="recording_picture"),
    path(OF_LESSON + "captions/<str:language>.vtt", beside.captions_track, name="recording_captions"),
    path(OF_LESSON + "thumbnails.vtt", beside.thumbnails_track, name="recording_thumbnails"),
    path(OF_LESSON + "thumbnails.jpg", beside.thumbnail_sheet, name="recording_thumbnail_sheet"),
    path(OF_LESSON + "ladder/<str:name>", ladder.ladder, name="recording_ladder"),
    path(OF_LESSON + "notes", notes.NotesView.as_view(), name="recording_notes"),
    path(OF_LESSON + "notes/<uuid:note_id>", notes.NoteView.as_view(), name="recording_note"),
    path(OF_LESSON + "notes.txt", notes.notes_text, name="recording_notes_text"),
    path(OF_LESSON + "pack", pack.PackView.as_view(), name="recording_pack"),
    path(OF_LESSON + "pack.zip", pack.pack_file, name="recording_pack_file"),
    path("media", api.media, name="media"),
    path("lessons/<uuid:lesson_id>/stream/pass", streams.PassView.as_view(), name="stream_pass"),
    path("streams/<uuid:broadcast_id>/<str:name>", streams.piece, name="stream_piece"),
    path("watch/<str:token>/pass", outside.OutsidePassView.as_view(), name="outside_pass"),
    path("stream-gate", streams.gate, name="stream_gate"),
    path("hooks/jitsi/rooms/<str:room>/recording", hooks.recording_wanted, name="jitsi_recording_wanted"),
    path(JIBRI + "v1/status", jibri.status, name="jibri_status"),
    path(JIBRI + "v1/session/status", jibri.session_status, name="jibri_session_status"),
    path(JIBRI + "finalized", jibri.finalized, name="jibri_finalized"),
]
