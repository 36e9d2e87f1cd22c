from django.urls import path

from attendance.consumers import HeatmapConsumer
from classroom.consumers import ConnectionConsumer, RoomConsumer
from classroom.talk.consumer import TalkConsumer
from quizzes.consumers import QuizConsumer
from whiteboard.consumers import BoardConsumer

routes = [
    path("ws/connection/", ConnectionConsumer.as_asgi()),
    path("ws/rooms/<uuid:room_id>/", RoomConsumer.as_asgi()),
    path("ws/talk/<uuid:room_id>/", TalkConsumer.as_asgi()),
    path("ws/quizzes/<uuid:room_id>/", QuizConsumer.as_asgi()),
    path("ws/heatmap/<uuid:room_id>/", HeatmapConsumer.as_asgi()),
    path("ws/boards/<uuid:board_id>/", BoardConsumer.as_asgi()),
]
