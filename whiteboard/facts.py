"""The board's words in the timeline. Strokes never enter it; page turns do."""

PAGE_TURNED = "page.turned"
