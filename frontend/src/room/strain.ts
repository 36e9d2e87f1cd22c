const BEAT_MS = 50;
const BEATS = 40;
const STRAINED_MS = 15;
const CALM_MS = 5;
const CALM_LOOKS = 5;
const MOST_CALM_LOOKS = 30;

/**
 * Whether the computer is behind: a timer that comes late was kept waiting by somebody's pictures, and so is a stroke.
 * It believes in strain at once and in calm only after a while, and each time after a longer one.
 */
export class StrainJudge {
  isStrained = false;
  private late: number[] = [];
  private calm = 0;
  private needed = CALM_LOOKS;

  /** How late one timer came, in milliseconds; true when the answer has changed. */
  hear(lateMs: number): boolean {
    this.late.push(lateMs);
    if (this.late.length < BEATS) return false;
    const worst = this.late.sort((one, other) => one - other)[Math.floor(BEATS * 0.9)] ?? 0;
    this.late = [];
    return this.isStrained ? this.recover(worst) : this.tire(worst);
  }

  private tire(worst: number): boolean {
    this.isStrained = worst > STRAINED_MS;
    return this.isStrained;
  }

  private recover(worst: number): boolean {
    this.calm = worst < CALM_MS ? this.calm + 1 : 0;
    if (this.calm < this.needed) return false;
    this.calm = 0;
    this.needed = Math.min(this.needed * 2, MOST_CALM_LOOKS);
    this.isStrained = false;
    return true;
  }
}

/** Looks until the returned function is called. A hidden page is not looked at: browsers slow its timers themselves. */
export function watchStrain(changed: (isStrained: boolean) => void): () => void {
  const judge = new StrainJudge();
  let due = performance.now() + BEAT_MS;
  const timer = setInterval(() => {
    const lateMs = performance.now() - due;
    due = performance.now() + BEAT_MS;
    if (!document.hidden && judge.hear(lateMs)) changed(judge.isStrained);
  }, BEAT_MS);
  return () => clearInterval(timer);
}
