from django.urls import path

from recordings.api import hooks
from recordings.api import player as api

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
]
