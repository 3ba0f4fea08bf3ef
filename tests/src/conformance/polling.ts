/** The same log by long polls, and commands by HTTP. */
import { setTimeout as delay } from "node:timers/promises";

import type { EventsAnswer } from "../../../clients/sdk/src/generated/protocol.ts";
import { object, type JsonObject } from "../json.ts";
import { within } from "../until.ts";
import { BOUND_MS, PATIENCE_MS, type Command, type Listener, type Place, type Reply, type Transport } from "./transport.ts";
import type { Wire } from "./wire.ts";

const WAIT_SECONDS = 20;

export class PollingTransport implements Transport {
  readonly name = "polling";
  private readonly ending = new AbortController();
  private polling: Promise<void> = Promise.resolve();

  /** Resolves with the answer to the first poll, which waits for nothing. */
  static async open(place: Place, after: string | undefined, listener: Listener, wire: Wire): Promise<PollingTransport> {
    const transport = new PollingTransport(place, listener, wire);
    const first = await transport.poll(after, 0);
    transport.take(first);
    transport.polling = transport.listen(first.cursor);
    return transport;
  }

  private constructor(
    private readonly place: Place,
    private readonly listener: Listener,
    private readonly wire: Wire,
  ) {}

  async command({ name, request_id, body, ...about }: Command): Promise<Reply> {
    const { method, path } = this.wire.row(name);
    const filled = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(String((about as JsonObject)[part])));
    return ask(this.place, method, filled, { request_id, ...(body === undefined ? {} : { body }) });
  }

  async cut(): Promise<void> {
    this.ending.abort();
    await this.polling;
  }

  private async listen(from: string): Promise<void> {
    let cursor = from;
    try {
      while (!this.ending.signal.aborted) {
        const answer = await this.poll(cursor, WAIT_SECONDS);
        this.take(answer);
        cursor = answer.cursor;
      }
    } catch (error) {
      // As a socket that is closed for no known reason.
      if (!this.ending.signal.aborted) this.listener.ended({ code: 1006, reason: String(error) });
    }
  }

  private async poll(after: string | undefined, wait: number): Promise<EventsAnswer> {
    return poll(this.place, this.wire, after, wait, this.ending.signal);
  }

  private take({ events, cursor, recovered, calls, signals }: EventsAnswer): void {
    // A long poll that goes on where it stood tells nothing but events.
    const begins = calls !== undefined || signals !== undefined;
    this.listener.state({
      cursor,
      ...(recovered === undefined ? {} : { recovered }),
      ...(begins ? { calls: calls ?? [], signals: signals ?? [] } : {}),
    });
    this.listener.events(events, cursor);
  }
}

/** One poll. */
export async function poll(place: Place, wire: Wire, after: string | undefined, wait: number, signal?: AbortSignal): Promise<EventsAnswer> {
  const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}&wait=${wait}`;
  const reply = await ask(place, "GET", `/api/realtime/events${query}`, signal === undefined ? {} : { signal });
  if (reply.status !== 200) throw new Error(`a poll of ${place.device} is answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return wire.events(reply.body);
}

export interface Asked {
  request_id?: string;
  body?: JsonObject;
  signal?: AbortSignal;
}

/** One request; where the server says that it is one too many, again when it says. */
export async function ask(place: Place, method: string, path: string, asked: Asked = {}): Promise<Reply> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const { retryAfter, ...reply } = await once(place, method, path, asked);
    if (reply.status !== 429 || performance.now() > end) return reply;
    await delay(retryAfter * 1000, undefined, asked.signal === undefined ? {} : { signal: asked.signal });
  }
}

async function once(
  { base, token, device }: Place,
  method: string,
  path: string,
  { request_id, body, signal }: Asked,
): Promise<Reply & { retryAfter: number }> {
  const response = fetch(`${base}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await token()}`,
      "x-device-id": device,
      ...(request_id === undefined ? {} : { "idempotency-key": request_id }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = await within(`the answer to ${method} ${path}`, BOUND_MS + WAIT_SECONDS * 1000, response);
  const text = await answer.text();
  const retryAfter = Number(answer.headers.get("retry-after") ?? 1);
  return { status: answer.status, retryAfter, ...(text === "" ? {} : { body: object(JSON.parse(text)) }) };
}
