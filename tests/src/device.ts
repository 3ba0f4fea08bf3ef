/**
 * One device of a person, as an application would write it in an afternoon: it polls for events, and sends commands.
 *
 * It polls by itself from `start` until `stop`, keeps its cursor, and remembers every event once. Where the answer says that something was
 * lost (`recovered: false`), that is remembered, too: a test must not overlook it.
 */
import { randomUUID } from "node:crypto";

import { list, object, text, type Json, type JsonObject } from "./json.ts";
import { until, within } from "./until.ts";

/** A call as it is on the wire, as far as is looked at here. */
export interface Call {
  id: string;
  version: number;
  phase: "ringing" | "active" | "ended";
  kind: string;
  media: string;
  sfu_room?: string;
  caller: string;
  parties: { user_id: string; role: string; state: string; device?: string }[];
  expires_at?: string;
  reason?: string;
  server_now: string;
  trace_id: string;
}

export interface CallEvent {
  id: string;
  cursor: string;
  at: string;
  type: string;
  call: Call;
  reason?: string;
  user_id?: string;
  user_ids?: string[];
}

export interface Reply {
  status: number;
  body: JsonObject;
  headers: Headers;
}

const BOUND_MS = 15_000;
const POLL_SECONDS = 20;

export class Device {
  readonly events: CallEvent[] = [];
  /** Calls of the snapshots that were read, the newest last. */
  readonly snapshots: Call[][] = [];
  /** How often the server said that something was lost. */
  lost = 0;
  cursor: string | undefined;
  private readonly ids = new Set<string>();
  private readonly ending = new AbortController();
  private polling: Promise<void> | undefined;
  private fault: Error | undefined;

  /**
   * @param base  where the product answers
   * @param token gives a good access token each time
   */
  constructor(
    readonly base: string,
    private readonly token: () => Promise<string>,
    readonly name: string,
  ) {}

  /** Reads the snapshot, so that everything that happens from now on is heard, and polls on. */
  async start(): Promise<this> {
    this.take(await this.poll());
    this.polling = this.listen();
    return this;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.polling;
  }

  /** Any request, with this device's name and a fresh idempotency key for what changes state. */
  async ask(method: string, path: string, json?: Json, key: string = randomUUID()): Promise<Reply> {
    const response = await fetch(`${this.base}/api/realtime${path}`, {
      method,
      signal: this.ending.signal,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        "x-device-id": this.name,
        ...(method === "GET" ? {} : { "idempotency-key": key }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const body = await response.text();
    return { status: response.status, body: body === "" ? {} : object(JSON.parse(body)), headers: response.headers };
  }

  /** A request that must be answered so; gives the body. */
  async get(status: number, method: string, path: string, json?: Json): Promise<JsonObject> {
    const reply = await this.ask(method, path, json);
    if (reply.status !== status) {
      throw new Error(`${method} ${path} by ${this.name} gave ${reply.status} instead of ${status}: ${JSON.stringify(reply.body)}`);
    }
    return reply.body;
  }

  /** Rings somebody. */
  async invites(callees: string[], more: JsonObject = {}): Promise<Call> {
    return call(await this.get(201, "POST", "/calls", { callees, kind: "video", media: "livekit", ...more }));
  }

  /** `accept`, `decline`, `cancel` or `hangup`, which must succeed. */
  async does(command: string, id: string, json?: Json): Promise<Call> {
    return call(await this.get(200, "POST", `/calls/${id}/${command}`, json));
  }

  /** Waits for an event of this type about this call. */
  async hears(type: string, id: string, bound_ms = BOUND_MS): Promise<CallEvent> {
    return until(`${type} of ${id} at ${this.name}; heard ${this.heard(id).join(", ") || "nothing"}`, bound_ms, () => {
      if (this.fault !== undefined) throw this.fault;
      return this.events.find((event) => event.type === type && event.call.id === id);
    });
  }

  /** The types of all events about this call so far, in order. */
  heard(id: string): string[] {
    return this.events.filter((event) => event.call.id === id).map(({ type }) => type);
  }

  private async listen(): Promise<void> {
    while (!this.ending.signal.aborted) {
      try {
        this.take(await this.poll());
      } catch (error) {
        if (this.ending.signal.aborted) return;
        this.fault = error as Error;
        return;
      }
    }
  }

  private async poll(): Promise<JsonObject> {
    const query = this.cursor === undefined ? "" : `?after=${encodeURIComponent(this.cursor)}&wait=${POLL_SECONDS}`;
    const answer = await within(`a poll of ${this.name}`, (POLL_SECONDS + 10) * 1000, this.ask("GET", `/events${query}`));
    if (answer.status !== 200) throw new Error(`a poll of ${this.name} gave ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  private take(answer: JsonObject): void {
    if (answer["recovered"] === false) this.lost += 1;
    if (answer["calls"] !== undefined) this.snapshots.push(list(answer, "calls") as unknown as Call[]);
    for (const event of list(answer, "events") as unknown as CallEvent[]) {
      if (this.ids.has(event.id)) continue;
      this.ids.add(event.id);
      this.events.push(event);
    }
    this.cursor = text(answer, "cursor");
  }
}

/** The call in an answer. */
export function call(answer: JsonObject): Call {
  return object(answer["call"]) as unknown as Call;
}

/** Where a person stands in a call. */
export function stateOf(of: Call, user: string): string | undefined {
  return of.parties.find(({ user_id }) => user_id === user)?.state;
}
