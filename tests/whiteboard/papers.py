"""PDFs and pictures, made by hand: also such as no honest program would write."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image

# As the PDF specification has it (algorithm 2): what a password is filled up with.
PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
SQUARE = b"1 0 0 rg 20 20 60 40 re f"


def document(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Objects 1, 2, … of which the first is the catalogue."""
    out = io.BytesIO()
    out.write(b"%PDF-1.6\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    begins = out.tell()
    lines = [b"%010d 00000 n \n" % place for place in places]
    out.write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(lines) + 1, b"".join(lines)))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %b >>\n" % (len(lines) + 1, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % begins)
    return out.getvalue()


def stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), about, content)


def slides(*pages: tuple[str, int], content: bytes = SQUARE, catalogue: bytes = b"") -> bytes:
    """A page for each `(media box, rotation)`, all with the same content."""
    kids = b" ".join(b"%d 0 R" % (4 + number) for number in range(len(pages)))
    bodies = [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Rotate %d /Contents 3 0 R >>" % (box.encode(), turn)
        for box, turn in pages
    ]
    root = b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue
    return document(
        [root, b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(pages), kids), stream(content), *bodies]
    )


def deck(pages: int = 1) -> bytes:
    return slides(*[("0 0 400 300", 0)] * pages)


def endless(pages: int) -> bytes:
    """Thousands of pages that are one and the same."""
    kids = b"4 0 R " * pages
    tree = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (pages, kids)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 3 0 R >>"
    return document([b"<< /Type /Catalog /Pages 2 0 R >>", tree, stream(SQUARE), page])


def bomb(mebibytes: int) -> bytes:
    """A few kilobytes that unfold twice."""
    packer = zlib.compressobj(9)
    inner = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(mebibytes)) + packer.flush()
    packed = stream(zlib.compress(inner, 9), b"/Filter [/FlateDecode /FlateDecode]")
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 3 0 R >>"
    tree = b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>"
    return document([b"<< /Type /Catalog /Pages 2 0 R >>", tree, packed, page])


def with_script() -> bytes:
    """Runs when it is opened, sends itself home, and asks for more, in a reader that lets it."""
    script = b"/OpenAction << /S /JavaScript /JS (while \\(true\\) { app.alert\\('here'\\); }) >>"
    action = b"/AA << /WC << /S /URI /URI (http://127.0.0.1:9/) >> >>"
    return slides(("0 0 400 300", 0), catalogue=script + action)


def locked(password: bytes) -> bytes:
    """RC4 with 40 bits, the oldest handler: enough to ask for a password."""
    identity, permissions = b"0123456789abcdef", (-4).to_bytes(4, "little", signed=True)
    padded = (password + PADDING)[:32]
    owner = rc4(hashlib.md5(padded, usedforsecurity=False).digest()[:5], padded)
    key = hashlib.md5(padded + owner + permissions + identity, usedforsecurity=False).digest()[:5]
    user = rc4(key, PADDING)
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>" % (
        owner.hex().encode(),
        user.hex().encode(),
    )
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] >>"
    tree = b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", tree, lock, page]
    name = identity.hex().encode()
    return document(objects, b"/Encrypt 3 0 R /ID [<%b> <%b>]" % (name, name))


def rc4(key: bytes, content: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    return bytes(byte ^ pad for byte, pad in zip(content, _pads(box), strict=False))


def _pads(box: list[int]) -> Iterable[int]:
    i = j = 0
    while True:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        yield box[(box[i] + box[j]) % 256]


def picture(
    size: tuple[int, int] = (60, 40), kind: str = "PNG", colour: Any = "#cc0000", **options: Any
) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def turned_photo() -> bytes:
    """As a phone leaves it: lying on its side, with the place where it was taken. Left red, right blue once upright."""
    lying = Image.new("RGB", (40, 80), "#0000ff")
    lying.paste((255, 0, 0), (0, 40, 40, 80))
    about = Image.Exif()
    about[0x0112] = 6  # to be turned by a quarter, clockwise
    about[0x010F] = "A phone"
    about.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=about, quality=95)
    return out.getvalue()
