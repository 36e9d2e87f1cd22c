"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SchoolArgon2PasswordHasher(Argon2PasswordHasher):
    """OWASP's smallest Argon2id: 19 MiB, two rounds, one lane.

    Django's own 100 MiB in eight lanes take 0.3 s of processor and 100 MB a sign-in; three hundred people in a
    minute would leave two cores nothing else. A hash of other parameters is renewed at the next sign-in.
    """

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
