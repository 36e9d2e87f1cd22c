/** Events by name; `Events` maps each name to what it carries. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(value: never) => void>>();

  on<Name extends keyof Events>(name: Name, listen: (value: Events[Name]) => void): () => void {
    const group = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, group);
    group.add(listen as (value: never) => void);
    return () => group.delete(listen as (value: never) => void);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listen of this.listeners.get(name) ?? []) (listen as (value: Events[Name]) => void)(value);
  }
}
