from django.urls import path

from recordings.api import hooks, jibri
from recordings.api import player as api

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
    path("media", api.media, name="media"),
    path("hooks/jitsi/rooms/<str:room>/recording", hooks.recording_wanted, name="jitsi_recording_wanted"),
    path(JIBRI + "v1/status", jibri.status, name="jibri_status"),
    path(JIBRI + "v1/session/status", jibri.session_status, name="jibri_session_status"),
    path(JIBRI + "finalized", jibri.finalized, name="jibri_finalized"),
]
