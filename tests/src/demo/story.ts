/** How a demo is told: each step with the time since the start and the time that the step took. */

/** A fault that is told in one sentence, without a stack trace. */
export class Told extends Error {}

export class Story {
  private readonly start = performance.now();
  private last = this.start;

  tell(what: string): void {
    const now = performance.now();
    const since = ((now - this.start) / 1000).toFixed(2).padStart(6);
    const took = Math.round(now - this.last);
    this.last = now;
    console.log(`${since} s  ${what}  (${took} ms)`);
  }
}
