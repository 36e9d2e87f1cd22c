"""Doors to recordings: `player` for our own pages, `recordings` for other systems."""
