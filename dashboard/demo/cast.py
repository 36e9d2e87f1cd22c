"""The people of the demo school."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from common.services.urls import stored_secret


@dataclass(frozen=True, slots=True)
class Persona:
    """Without `member_role`: the platform admin, who belongs to no school."""

    key: str
    email: str
    name: str
    member_role: Role | None
    language: str
    hint: str | Promise = ""

    @property
    def role(self) -> str:
        return str(self.member_role.label) if self.member_role else gettext("Platform administration")


PERSONAS = (
    Persona(
        "head", "head@demo.test", "Salma Haddad", Role.HEAD, "", _("sees everything, changes the timetable")
    ),
    Persona(
        "teacher",
        "teacher@demo.test",
        "Tomás Rivera",
        Role.TEACHER,
        "",
        _("runs the lesson that is live now"),
    ),
    Persona("student", "amina@demo.test", "Amina Yusuf", Role.STUDENT, ""),
    Persona("student-2", "bilal@demo.test", "Bilal Noor", Role.STUDENT, ""),
    # Translators: whose guardian; shown behind the role, as in “Guardian · of Amina”.
    Persona("guardian", "guardian@demo.test", "Hodan Yusuf", Role.GUARDIAN, "", _("of Amina")),
    Persona(
        "stranger",
        "stranger@elsewhere.test",
        "Jonas Weber",
        Role.TEACHER,
        "de",
        _("Teacher of another school"),
    ),
    Persona("admin", "admin@demo.test", "Petra Novak", None, "", _("all schools, in numbers")),
)
CLASSMATES = (
    "Chen Wei",
    "Dmitri Orlov",
    "Élodie Martin",
    "Farah Aziz",
    "Gabriela Cruz",
    "Hassan Omar",
    "Inès Laurent",
    "ليلى حسن",
    "Kofi Mensah",
    "Lucía Torres",
)


def shared_password() -> str:
    """What the whole cast signs in with: made once and kept with the demo's other secrets."""
    folder = settings.VAR_DIR / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return stored_secret(folder / "demo-password")[:12]
