const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Whether somebody looks at this page, and how long they did nothing on it. */
export class Attention {
  private lastAt = performance.now();

  /** Returns what stops it. */
  start(): () => void {
    const notice = (): void => void (this.lastAt = performance.now());
    for (const sign of SIGNS) addEventListener(sign, notice, { passive: true, capture: true });
    return () => {
      for (const sign of SIGNS) removeEventListener(sign, notice, { capture: true });
    };
  }

  get isVisible(): boolean {
    return !document.hidden;
  }

  get idleSeconds(): number {
    return Math.round((performance.now() - this.lastAt) / 1000);
  }
}
