"""Every kind of socket, by its name: where its door is, and who answers. `VOCABULARY` is all that is said on them."""

from collections.abc import Mapping

from django.urls import path

from attendance.consumers import HeatmapConsumer
from classroom.consumers import ConnectionConsumer, RoomConsumer
from classroom.talk.consumer import TalkConsumer
from common.sockets.consumer import WireConsumer
from common.sockets.words import Vocabulary
from quizzes.consumers import QuizConsumer
from whiteboard.consumers import BoardConsumer

SOCKETS: Mapping[str, tuple[str, type[WireConsumer]]] = {
    "room": ("ws/rooms/<uuid:room_id>/", RoomConsumer),
    "connection": ("ws/connection/", ConnectionConsumer),
    "board": ("ws/boards/<uuid:board_id>/", BoardConsumer),
    "quiz": ("ws/quizzes/<uuid:room_id>/", QuizConsumer),
    "talk": ("ws/talk/<uuid:room_id>/", TalkConsumer),
    "heatmap": ("ws/heatmap/<uuid:room_id>/", HeatmapConsumer),
}
VOCABULARY: Mapping[str, Vocabulary] = {name: consumer.words for name, (_, consumer) in SOCKETS.items()}

routes = [path(address, consumer.as_asgi()) for address, consumer in SOCKETS.values()]
