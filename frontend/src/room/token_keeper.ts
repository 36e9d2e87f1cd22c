/** A token of minutes, and for how long it works from the moment it was handed out. */
export interface WebToken {
  jwt: string;
  valid_ms: number;
}

const RENEW_AT = 0.8;
const TOO_LITTLE_MS = 30_000;
const RETRY_MS = 5_000;
const PATIENCE_MS = 15_000;

/**
 * Keeps the token of an engine young, so that a connection that breaks finds a valid one. Whoever was removed is
 * given no other, and the last one ends by itself.
 */
export class TokenKeeper {
  private jwt = "";
  private renewAt = 0;
  private endsAt = 0;
  private timer = 0;
  private readonly waiting = new Set<() => void>();

  /** `ask` sends for another; false when nobody can be asked right now. */
  constructor(
    first: WebToken,
    private readonly ask: () => boolean,
  ) {
    this.hear(first);
  }

  hear({ jwt, valid_ms }: WebToken): void {
    this.jwt = jwt;
    this.renewAt = Date.now() + valid_ms * RENEW_AT;
    this.endsAt = Date.now() + valid_ms;
    this.wait(valid_ms * RENEW_AT);
    for (const go of [...this.waiting]) go();
  }

  /** The socket is back, or the laptop woke up: timers may have slept. */
  hurry(): void {
    if (Date.now() >= this.renewAt) this.renew();
  }

  /** One that works for a while yet; after some patience whatever there is. */
  async fresh(): Promise<string> {
    if (this.endsAt - Date.now() < TOO_LITTLE_MS) {
      this.renew();
      await this.another();
    }
    return this.jwt;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private another(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(patience);
        this.waiting.delete(go);
        resolve();
      };
      const patience = setTimeout(go, PATIENCE_MS);
      this.waiting.add(go);
    });
  }

  /** Asked again until it is answered: an answer sets the timer anew. */
  private renew(): void {
    this.ask();
    this.wait(RETRY_MS);
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), ms) as unknown as number;
  }
}
