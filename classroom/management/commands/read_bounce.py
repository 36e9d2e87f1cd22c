import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from classroom.actions import note_letter_bounced
from classroom.bounces import read_bounce
from classroom.models import Letter


class Command(BaseCommand):
    help = (
        "Read one e-mail from the standard input; if it says that a letter of ours could not be delivered, "
        "that letter is marked. A mail server pipes what comes to the sender's address into this."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        host = urlsplit(settings.PUBLIC_URL).hostname or ""
        bounce = read_bounce(sys.stdin.buffer.read(), host=host)
        letter = Letter.objects.filter(pk=bounce.letter_id).first() if bounce else None
        if bounce and letter and note_letter_bounced(letter=letter, reason=bounce.reason):
            self.stdout.write(f"Letter {letter.pk} came back.")
        else:
            self.stdout.write("Nothing of ours came back.")
