"""Languages that captions may be in: many more than the ones that our pages speak."""

from __future__ import annotations

from django.conf.locale import LANG_INFO

# Spoken in many classrooms, and unknown to Django.
MORE = {
    "am": "አማርኛ",
    "ha": "Hausa",
    "ln": "Lingála",
    "mg": "Malagasy",
    "ps": "پښتو",
    "rn": "Ikirundi",
    "rw": "Ikinyarwanda",
    "si": "සිංහල",
    "so": "Soomaali",
    "ti": "ትግርኛ",
    "xh": "isiXhosa",
    "yo": "Yorùbá",
    "zu": "isiZulu",
}
LANGUAGES: dict[str, str] = dict(
    sorted(
        {
            **{code: str(info["name_local"]) for code, info in LANG_INFO.items() if "name_local" in info},
            **MORE,
        }.items(),
        key=lambda one: one[1].casefold(),
    )
)


def name_of_language(code: str) -> str:
    """As its speakers call it."""
    return LANGUAGES.get(code, code)
