import type { Drawer } from "../src/wire/outbox.ts";
import type { Command, Envelope } from "../src/wire/words.ts";

/** What a session takes for a WebSocket; the test says when it opens and what it says. */
export class FakeSocket {
  sent: Envelope[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(
    readonly address = "",
    public readyState = 1,
  ) {}
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Envelope);
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(...envelopes: Envelope[]): void {
    this.onmessage?.({ data: JSON.stringify(envelopes.length === 1 ? envelopes[0] : envelopes) });
  }
  said(type: string): Envelope[] {
    return this.sent.filter((envelope) => envelope.type === type);
  }
}

/** An outbox's drawer in memory, with what an earlier tab left there. */
export function makeDrawer(kept: Command[] = []): Drawer & { rows: Map<string, Command> } {
  const rows = new Map(kept.map((command) => [command.ref, command]));
  return {
    rows,
    load: () => Promise.resolve([...rows.values()]),
    keep: (command) => rows.set(command.ref, command),
    drop: (ref) => rows.delete(ref),
  };
}
