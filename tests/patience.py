"""What takes a second on a quiet machine may take many on a busy one. To wait long costs nothing when it comes soon."""

PATIENCE = 5
