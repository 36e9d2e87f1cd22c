"""The sockets of the room and of the connection test."""

from classroom.consumers.connection import ConnectionConsumer
from classroom.consumers.room import RoomConsumer

__all__ = ["ConnectionConsumer", "RoomConsumer"]
