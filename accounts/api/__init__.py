"""Doors for other systems to institutions and people; `base` and `authentication` are those of every app."""
