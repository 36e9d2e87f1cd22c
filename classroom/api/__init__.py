"""Doors for other systems to courses, rosters and lessons."""
