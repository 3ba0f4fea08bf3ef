/**
 * A device that begins a connection to LiveKit again and again, and goes as soon as LiveKit has answered. It speaks no WebRTC, so it costs
 * next to nothing, and one of its attempts is always under way.
 */
import { setTimeout as delay } from "node:timers/promises";

import { WebSocket } from "ws";

import type { Joined } from "./api.ts";
import type { Attempt } from "./returner.ts";
import { until, within } from "./until.ts";

const BOUND_MS = 20_000;
const PAUSE_MS = 10;

export class Knocker {
  readonly attempts: Attempt[] = [];
  private stopped = false;
  private readonly running: Promise<void>;

  /** Begins at once. */
  constructor(private readonly key: Joined) {
    this.running = this.run();
  }

  /** Waits until so many attempts that began after `since` are over. Gives all that began after it. */
  async tries(count: number, since: number): Promise<Attempt[]> {
    const after = () => this.attempts.filter(({ begun }) => begun > since);
    await until(`${count} attempts`, BOUND_MS, () => after().filter(({ over }) => over !== undefined).length >= count);
    return after();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await within("the end of who keeps knocking", BOUND_MS, this.running);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const attempt: Attempt = { begun: performance.now() };
      this.attempts.push(attempt);
      await this.knock(attempt);
      attempt.over = performance.now();
      await delay(PAUSE_MS);
    }
  }

  private async knock(attempt: Attempt): Promise<void> {
    const { server_url, participant_token } = this.key;
    const socket = new WebSocket(`${server_url}/rtc?access_token=${participant_token}&auto_subscribe=1&protocol=16`);
    const over = new Promise((resolve) => socket.once("message", resolve).once("close", resolve));
    socket.once("open", () => (attempt.entered = performance.now()));
    // A refusal is an error, and is followed by the end.
    socket.on("error", () => undefined);
    await over;
    socket.terminate();
  }
}
