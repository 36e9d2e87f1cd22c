from django.urls import path

from classroom.consumers import ConnectionConsumer, RoomConsumer
from whiteboard.consumers import BoardConsumer

routes = [
    path("ws/connection/", ConnectionConsumer.as_asgi()),
    path("ws/rooms/<uuid:room_id>/", RoomConsumer.as_asgi()),
    path("ws/boards/<uuid:board_id>/", BoardConsumer.as_asgi()),
]
