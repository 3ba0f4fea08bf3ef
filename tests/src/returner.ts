/**
 * A client that does not take no for an answer: whenever it is out of the room it connects again, each time with the next of the keys that
 * it has. LiveKit's own SDK, as somebody would use it who means to stay.
 */
import { setTimeout as delay } from "node:timers/promises";

import { RoomEvent } from "@livekit/rtc-node";

import type { Joined } from "./api.ts";
import { Participant } from "./participant.ts";
import { secrets } from "./secrets.ts";
import { until, within } from "./until.ts";

const BOUND_MS = 20_000;
/** What one attempt may take, with the connection that comes of it. */
const EACH_MS = 3000;
/** Before the next attempt. Without it the attempts of one client would keep the machine from doing anything else. */
const PAUSE_MS = 50;

/** One connection that was tried. Times are those of `performance.now()`. */
export interface Attempt {
  begun: number;
  /** When the SDK said that it is connected; never where it was refused. */
  entered?: number;
  /** When the attempt was over, or the connection that came of it. */
  over?: number;
}

export interface Manner {
  /** Publishes a tone each time; else it is just there. */
  speaks: boolean;
  /** Comes back with the token that LiveKit gave it last, instead of the one of its join. */
  refreshed?: boolean;
}

export class Returner {
  readonly attempts: Attempt[] = [];
  /** The newest token of each identity: the join's, and then LiveKit's. */
  private readonly tokens = new Map<string, string>();
  private readonly stopping = new AbortController();
  private leaves: () => void = () => undefined;
  private readonly stopped: Promise<void>;
  private readonly running: Promise<void>;

  /** Begins at once. */
  constructor(
    private readonly keys: readonly Joined[],
    private readonly manner: Manner,
  ) {
    this.stopped = new Promise((resolve) => this.stopping.signal.addEventListener("abort", () => resolve()));
    for (const { participant_identity, participant_token } of keys) this.tokens.set(participant_identity, participant_token);
    this.running = this.run();
  }

  /** Waits until LiveKit has given another token to the connection that is there, and gives it. */
  refreshed(): Promise<Joined> {
    return until("a token that LiveKit refreshed", BOUND_MS, () =>
      this.newest().find(({ participant_token }) => this.keys.every((key) => key.participant_token !== participant_token)),
    );
  }

  /** What it holds of each device: the token that it got last. */
  newest(): Joined[] {
    return this.keys.map((key) => ({ ...key, participant_token: this.tokens.get(key.participant_identity) ?? key.participant_token }));
  }

  /** Waits until so many attempts that began after `since` are over. Gives all that began after it. */
  async tries(count: number, since: number): Promise<Attempt[]> {
    const after = () => this.attempts.filter(({ begun }) => begun > since);
    await until(`${count} attempts`, BOUND_MS + count * EACH_MS, () => after().filter(({ over }) => over !== undefined).length >= count);
    return after();
  }

  /** Waits until it has been let in. Gives the time of the first time. */
  async enters(): Promise<number> {
    return until("a connection", BOUND_MS, () => this.attempts.find(({ entered }) => entered !== undefined)?.entered);
  }

  /** Leaves, and waits until it is back with the next key. Gives the time of that. */
  async comeBack(): Promise<number> {
    const known = this.attempts.length;
    this.leaves();
    return until("the next connection", BOUND_MS, () => this.attempts.slice(known).find(({ entered }) => entered !== undefined)?.entered);
  }

  /** Ends with the connection that is there. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await within("the end of who keeps coming back", 2 * BOUND_MS, this.running);
  }

  private async run(): Promise<void> {
    for (let turn = 0; !this.stopping.signal.aborted; turn += 1) {
      const keys = this.manner.refreshed === true ? this.newest() : this.keys;
      const attempt: Attempt = { begun: performance.now() };
      this.attempts.push(attempt);
      try {
        await this.visit(keys[turn % keys.length] as Joined, attempt);
      } catch {
        attempt.over ??= performance.now();
      }
      await delay(PAUSE_MS);
    }
  }

  private async visit(key: Joined, attempt: Attempt): Promise<void> {
    const participant = await Participant.connect(key);
    attempt.entered = performance.now();
    const leaves = new Promise<void>((resolve) => (this.leaves = resolve));
    const note = (): void => {
      const token = participant.room.token;
      if (token === undefined) return;
      secrets.remember(token);
      this.tokens.set(key.participant_identity, token);
    };
    participant.room.on(RoomEvent.TokenRefreshed, note);
    note();
    try {
      // Whoever is sent out while they begin to publish would wait for that in vain.
      if (this.manner.speaks) await Promise.race([participant.speak().catch(() => undefined), participant.gone]);
      await Promise.race([participant.gone, leaves, this.stopped]);
    } finally {
      attempt.over = performance.now();
      await participant.leave();
    }
  }
}
