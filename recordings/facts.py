"""The recordings' words in the timeline, and those that Prosody's modules write about recorders."""

RECORDING_CHANGED = "recording.changed"
RECORDING_PUBLISHED = "recording.published"

RECORDER_JOINED = "recorder.joined"
RECORDER_LEFT = "recorder.left"
RECORDING_CONFIRMED = "recording.confirmed"
RECORDING_LOST = "recording.lost"
RECORDING_REFUSED = "recording.refused"
OF_RECORDERS = (RECORDER_JOINED, RECORDER_LEFT, RECORDING_CONFIRMED, RECORDING_LOST)
