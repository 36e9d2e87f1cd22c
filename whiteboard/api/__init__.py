"""Doors to what lies on boards and to copies of them, for the board's own page."""
