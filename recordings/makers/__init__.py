"""Makers of renditions, one file a kind; `load` makes them known. Apart from it, nobody imports them."""


def load() -> None:
    """Media libraries, which the web process never needs."""
    from recordings.makers import (  # noqa: F401  each registers itself
        again,
        captions,
        light_pack,
        remux,
        sizes,
        thumbnails,
    )
