from django.apps import AppConfig


class WhiteboardConfig(AppConfig):
    name = "whiteboard"

    def ready(self) -> None:
        from whiteboard import receivers  # noqa: F401  connects them
