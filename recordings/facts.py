"""The recordings' words in the timeline."""

RECORDING_CHANGED = "recording.changed"
RECORDING_PUBLISHED = "recording.published"
