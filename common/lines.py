"""Names and titles: one line that can be seen, and that turns nothing around it."""

from __future__ import annotations

import unicodedata

# Marks that turn or hide the text around them; a name has no use for them. What joins letters and what says the
# direction of a single word (U+200C to U+200F) belongs to the spelling of Persian and Arabic, and stays.
_UNSEEN = dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters and signs that show nothing
_NOT_SEEN = {"Cf", "Cc", "Cs", "Zs", "Zl", "Zp", "Mn"}


def clean_line(text: str) -> str:
    """Without marks that turn or hide text, and without line ends; "" when nothing is left that can be seen."""
    line = " ".join(text.translate(_UNSEEN).splitlines()).replace("\t", " ").strip()
    is_seen = any(unicodedata.category(one) not in _NOT_SEEN and one not in _FILLERS for one in line)
    return line if is_seen else ""
