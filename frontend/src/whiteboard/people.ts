/** Who is who on the board, as the room and the board's own snapshot tell it. */
export interface Person {
  person: string;
  name: string;
  role: string;
}

const STUDENTS = new Set(["student", "guest"]);

export class People {
  private readonly known = new Map<string, Person>();
  private present: readonly Person[] = [];

  /** Those who are in the room now; names of those who left are kept. */
  show(present: readonly Person[]): void {
    this.present = [...new Map(present.map((one) => [one.person, one])).values()];
    for (const one of present) this.known.set(one.person, one);
  }

  learn(names: ReadonlyMap<string, string>): void {
    for (const [person, name] of names) if (!this.known.has(person)) this.known.set(person, { person, name, role: "" });
  }

  nameOf(person: string): string {
    return this.known.get(person)?.name ?? "";
  }

  isStudent(person: string): boolean {
    return STUDENTS.has(this.known.get(person)?.role ?? "student");
  }

  students(): Person[] {
    return this.present.filter((one) => STUDENTS.has(one.role)).sort((one, other) => one.name.localeCompare(other.name));
  }
}
