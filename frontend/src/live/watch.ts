import { Emitter } from "../common/emitter.ts";
import { chooseDelaySeconds } from "../wire/backoff.ts";
import type { LivePage, Told } from "./page.ts";

interface Words {
  told: Told;
  /** The right to watch is gone. */
  closed: undefined;
  away: boolean;
}

const SOON_SECONDS = 2;

/** Asks again and again what there is to see; each answer also renews the right to load it, and counts this viewer. */
export class Watch extends Emitter<Words> {
  told: Told | null = null;
  private readonly viewer = crypto.randomUUID();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private isOver = false;

  constructor(private readonly page: Pick<LivePage, "pass_url" | "csrf">) {
    super();
  }

  start(): void {
    addEventListener("pagehide", () => this.leave());
    addEventListener("online", () => this.soon());
    void this.ask();
  }

  /** Asks now: the player was refused something. */
  soon(): void {
    if (this.isOver) return;
    clearTimeout(this.timer);
    void this.ask();
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  leave(): void {
    if (!this.isOver) void this.post({ viewer: this.viewer, leaving: true }).catch(() => undefined);
  }

  private async ask(): Promise<void> {
    try {
      const answer = await this.post({ viewer: this.viewer });
      if (this.isOver) return;
      if (answer.status === 404 || answer.status === 403) return this.close();
      if (!answer.ok) throw new Error(String(answer.status));
      this.hear((await answer.json()) as Told);
    } catch {
      if (this.isOver) return;
      this.failures += 1;
      this.emit("away", true);
      this.again(0.5 + chooseDelaySeconds(this.failures, Math.random));
    }
  }

  private hear(told: Told): void {
    this.failures = 0;
    this.told = told;
    this.emit("away", false);
    this.emit("told", told);
    if (told.state === "over") return this.stop();
    this.again(told.state === "live" ? told.renew_seconds : told.soon_seconds ?? SOON_SECONDS);
  }

  private again(seconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), seconds * 1000);
  }

  private close(): void {
    this.stop();
    this.emit("closed", undefined);
  }

  private post(body: object): Promise<Response> {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.page.csrf };
    return fetch(this.page.pass_url, { method: "POST", headers, body: JSON.stringify(body), keepalive: true });
  }
}
