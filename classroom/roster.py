"""A roster file: what its rows say, what is wrong with them, and what an import would do.

Pure: what the school knows already comes in as `Known`. A person may have several rows, one for each
course, group or guardian; what they say about the person must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from common.lines import clean_line
from common.sheets import Finding, Sheet

REQUIRED = ("email", "name", "role")
COLUMNS = (*REQUIRED, "course", "standing", "group", "guardian_email", "language", "recording")
PERMISSIONS = {"yes": "given", "no": "refused", "unknown": "unknown"}
LONGEST = {"email": 254, "name": 200, "course": 200, "group": 100, "guardian_email": 254}
ROLES = ("head", "teacher", "student", "guardian")
STANDINGS = {
    "head": ("observer",),
    "teacher": ("teacher", "co_teacher", "observer"),
    "student": ("student",),
    "guardian": (),
}
EXAMPLE = (
    COLUMNS,
    ("tomas@school.example", "Tomas Berg", "teacher", "Mathematics 7b", "teacher", "", "", "en", ""),
    ("hodan@home.example", "Hodan Ali", "guardian", "", "", "", "", "ar", ""),
    (
        *("amina@school.example", "Amina Ali", "student", "Mathematics 7b"),
        *("student", "Group A", "hodan@home.example", "ar", "yes"),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    row: int
    email: str
    name: str
    role: str
    course: str = ""
    standing: str = ""
    group: str = ""
    guardian_email: str = ""
    language: str = ""
    recording: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return self.email, self.role, self.course.casefold(), self.group.casefold(), self.guardian_email


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """`is_ours` is False for an account that another school shares: its name and language are not ours to change."""

    name: str
    language: str
    roles: frozenset[str]
    is_suspended: bool
    is_ours: bool


@dataclass(slots=True)
class Known:
    """What the school has. Titles are case-folded; people are named by their e-mail."""

    people: dict[str, KnownPerson] = field(default_factory=dict)
    courses: dict[str, list[UUID]] = field(default_factory=dict)
    groups: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    enrolments: dict[tuple[UUID, str], str] = field(default_factory=dict)
    group_members: set[tuple[UUID, str]] = field(default_factory=set)
    guardianships: set[tuple[str, str]] = field(default_factory=set)
    languages: frozenset[str] = frozenset()
    permissions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to one row: `new`, `changed` or `unchanged`, and the words for what changes."""

    row: Row
    kind: str
    changes: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """Everything an import would do; nothing at all when there are findings."""

    findings: list[Finding] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    new_people: dict[str, Row] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    roles: set[tuple[str, str]] = field(default_factory=set)
    enrolments: dict[tuple[UUID, str], str] = field(default_factory=dict)
    group_members: set[tuple[UUID, str]] = field(default_factory=set)
    guardianships: set[tuple[str, str]] = field(default_factory=set)
    permissions: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        kinds = [outcome.kind for outcome in self.outcomes]
        return {kind: kinds.count(kind) for kind in ("new", "changed", "unchanged")}


def read_roster(sheet: Sheet) -> tuple[list[Row], list[Finding]]:
    """Rows with lower-cased addresses and words; and what is wrong with each, as far as the file itself shows."""
    findings = [*sheet.findings, *_check_columns(sheet)]
    if any(finding.row <= 1 for finding in findings):
        return [], findings
    rows = [_read_row(number, cells) for number, cells in sheet.rows]
    nul = {finding.row for finding in sheet.findings}
    for row in rows:
        if row.row not in nul:
            findings += _check_row(row)
    findings += _check_together(rows)
    return rows, sorted(findings, key=lambda finding: finding.row)


def _check_columns(sheet: Sheet) -> Iterator[Finding]:
    if sheet.findings and not sheet.columns:
        return
    yield from (Finding(1, name, "missing_column") for name in REQUIRED if name not in sheet.columns)
    yield from (Finding(1, name, "unknown_column") for name in sheet.columns if name and name not in COLUMNS)
    if not sheet.rows:
        yield Finding(0, "", "no_rows")


def _read_row(number: int, cells: dict[str, str]) -> Row:
    said = {name: clean_line(cells.get(name, "")) for name in COLUMNS}
    for name in ("email", "guardian_email", "role", "standing", "language", "recording"):
        said[name] = said[name].lower()
    said["standing"] = said["standing"].replace("-", "_").replace(" ", "_")
    if said["course"] and not said["standing"] and said["role"] in STANDINGS:
        said["standing"] = (*STANDINGS[said["role"]], "")[0]
    return Row(row=number, **said)


def _check_row(row: Row) -> Iterator[Finding]:
    for name in REQUIRED:
        if not getattr(row, name):
            yield Finding(row.row, name, "required")
    for name, most in LONGEST.items():
        if len(getattr(row, name)) > most:
            yield Finding(row.row, name, "too_long", str(most))
    for name in ("email", "guardian_email"):
        if (text := getattr(row, name)) and not _is_email(text):
            yield Finding(row.row, name, "bad_email", text)
    if row.role and row.role not in ROLES:
        yield Finding(row.row, "role", "unknown_role", row.role)
    if row.recording and row.recording not in PERMISSIONS:
        yield Finding(row.row, "recording", "unknown_permission", row.recording)
    yield from _check_place(row)


def _check_place(row: Row) -> Iterator[Finding]:
    """Course, standing, group and guardian must fit the role and each other."""
    if row.role == "guardian" and row.course:
        yield Finding(row.row, "course", "guardian_in_course")
    elif row.course and row.role in ROLES and row.standing not in STANDINGS[row.role]:
        yield Finding(row.row, "standing", "unknown_standing", row.standing)
    if row.standing and not row.course:
        yield Finding(row.row, "standing", "needs_course")
    if row.group and not row.course:
        yield Finding(row.row, "group", "needs_course")
    elif row.group and row.role != "student":
        yield Finding(row.row, "group", "only_students")
    if row.guardian_email and row.role != "student":
        yield Finding(row.row, "guardian_email", "only_students")
    if row.guardian_email and row.guardian_email == row.email:
        yield Finding(row.row, "guardian_email", "own_guardian")


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _check_together(rows: list[Row]) -> Iterator[Finding]:
    """Rows that repeat or contradict an earlier one."""
    seen: dict[tuple[str, ...], int] = {}
    first_of: dict[str, Row] = {}
    standings: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.key in seen:
            yield Finding(row.row, "email", "duplicate_row", str(seen[row.key]))
        seen.setdefault(row.key, row.row)
        first = first_of.setdefault(row.email, row)
        for name in ("name", "language", "recording"):
            if getattr(row, name) and getattr(first, name) and getattr(row, name) != getattr(first, name):
                yield Finding(row.row, name, "contradicts", str(first.row))
        if row.course:
            earlier = standings.setdefault((row.email, row.course.casefold()), row)
            if earlier.standing != row.standing:
                yield Finding(row.row, "standing", "contradicts", str(earlier.row))


def plan_roster(rows: list[Row], findings: list[Finding], known: Known, *, heads_allowed: bool) -> Plan:
    """What these rows would change; `heads_allowed` is False for whoever may not make another head."""
    plan = Plan(findings=list(findings))
    guardians = {row.email for row in rows if row.role == "guardian"}
    guardians |= {email for email, person in known.people.items() if "guardian" in person.roles}
    for row in rows:
        plan.findings += _check_known(row, known, guardians, heads_allowed=heads_allowed)
    plan.findings.sort(key=lambda finding: finding.row)
    if not plan.findings:
        for row in rows:
            plan.outcomes.append(_plan_row(row, known, plan))
    return plan


def _check_known(row: Row, known: Known, guardians: set[str], *, heads_allowed: bool) -> Iterator[Finding]:
    person = known.people.get(row.email)
    if row.language and row.language not in known.languages:
        yield Finding(row.row, "language", "unknown_language", row.language)
    if row.role == "head" and not heads_allowed and not (person and "head" in person.roles):
        yield Finding(row.row, "role", "head_not_allowed")
    if person and person.is_suspended:
        yield Finding(row.row, "email", "suspended", row.email)
    if row.guardian_email and row.guardian_email not in guardians:
        yield Finding(row.row, "guardian_email", "unknown_guardian", row.guardian_email)
    courses = known.courses.get(row.course.casefold(), [])
    if row.course and len(courses) != 1:
        yield Finding(row.row, "course", "ambiguous_course" if courses else "unknown_course", row.course)
    elif courses and row.group and (courses[0], row.group.casefold()) not in known.groups:
        yield Finding(row.row, "group", "unknown_group", row.group)


def _plan_row(row: Row, known: Known, plan: Plan) -> Outcome:
    person = known.people.get(row.email)
    changes = [
        *_plan_person(row, person, plan),
        *_plan_place(row, known, plan),
        *_plan_permission(row, known, plan),
    ]
    kind = "unchanged" if not changes else "changed" if person and person.roles else "new"
    return Outcome(row, kind, tuple(changes))


def _plan_person(row: Row, person: KnownPerson | None, plan: Plan) -> Iterator[str]:
    if person is None and row.email not in plan.new_people:
        plan.new_people[row.email] = row
        yield "account"
    if (person is None or row.role not in person.roles) and (row.email, row.role) not in plan.roles:
        plan.roles.add((row.email, row.role))
        yield "role"
    if person and person.is_ours and row.name != person.name and row.email not in plan.names:
        plan.names[row.email] = row.name
        yield "name"
    if person and person.is_ours and row.language not in {"", person.language, plan.languages.get(row.email)}:
        plan.languages[row.email] = row.language
        yield "language"


def _plan_permission(row: Row, known: Known, plan: Plan) -> Iterator[str]:
    """An empty field says nothing; the word `unknown` takes back what was said."""
    answer = PERMISSIONS.get(row.recording)
    if answer and known.permissions.get(row.email, "unknown") != answer and row.email not in plan.permissions:
        plan.permissions[row.email] = answer
        yield "recording"


def _plan_place(row: Row, known: Known, plan: Plan) -> Iterator[str]:
    if row.course:
        course = known.courses[row.course.casefold()][0]
        place = (course, row.email)
        if known.enrolments.get(place) != row.standing and place not in plan.enrolments:
            plan.enrolments[place] = row.standing
            yield "standing" if place in known.enrolments else "course"
        if row.group:
            member = (known.groups[course, row.group.casefold()], row.email)
            if member not in known.group_members:
                plan.group_members.add(member)
                yield "group"
    if row.guardian_email and (row.guardian_email, row.email) not in known.guardianships:
        plan.guardianships.add((row.guardian_email, row.email))
        yield "guardian"
