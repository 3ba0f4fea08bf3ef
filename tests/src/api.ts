/** The product's API as its clients call it, through the gateway. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { object, text, type Json } from "./json.ts";
import { send, type Answer, type Sent } from "./http.ts";
import { Wallet } from "./login.ts";
import type { Person } from "./people.ts";
import { secrets } from "./secrets.ts";
import type { Addresses } from "./stack.ts";

export interface Ask extends Sent {
  /** Whose token goes along; a string is the token itself; none without. */
  as?: Person | string;
  device?: string;
  json?: Json;
}

export interface Joined {
  server_url: string;
  participant_token: string;
  room_name: string;
  participant_identity: string;
  role: string;
  expires_at: string;
  refresh_after: string;
}

export class Api {
  readonly wallet: Wallet;
  /** Where requests go: the gateway, unless a test says otherwise. */
  readonly base: string;

  constructor(
    readonly at: Addresses,
    base?: string,
  ) {
    this.wallet = new Wallet(at.keycloak);
    this.base = base ?? at.gateway.url;
  }

  /** Any request below `/api/realtime`. */
  async ask(method: string, path: string, { as, device, json, headers, ...rest }: Ask = {}): Promise<Answer> {
    const all = { ...headers };
    if (as !== undefined) all["authorization"] = `Bearer ${typeof as === "string" ? as : await this.wallet.of(as.user)}`;
    if (device !== undefined) all["x-device-id"] = device;
    if (json !== undefined) all["content-type"] = "application/json";
    return send(this.base, `/api/realtime${path}`, {
      ...rest,
      method,
      headers: all,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  join(room: string, ask: Ask = {}): Promise<Answer> {
    return this.ask("POST", `/rooms/${room}/join`, ask);
  }

  /** A join that must succeed. */
  async joined(room: string, ask: Ask = {}): Promise<Joined> {
    const answer = await this.join(room, ask);
    assert.equal(answer.status, 201, answer.text);
    const joined = answer.body() as unknown as Joined;
    secrets.remember(joined.participant_token);
    return joined;
  }
}

export interface Expected {
  retryAfter?: boolean;
  /** The field or header that the problem is about. */
  field?: string;
}

/** The answer must be this problem, and be shaped as every problem is. */
export function refused(answer: Answer, status: number, code: string, { retryAfter = false, field }: Expected = {}): void {
  assert.equal(answer.status, status, `${answer.status} ${answer.text}`);
  assert.equal(answer.headers["content-type"], "application/problem+json");
  const problem = answer.body();
  assert.equal(problem["code"], code, answer.text);
  assert.equal(problem["status"], status);
  assert.equal(problem["type"], `urn:problem:realtime:${code}`);
  assert.match(text(problem, "title"), /\.$/);
  assert.match(text(problem, "trace_id"), /^[0-9a-f]{32}$/);
  assert.equal(answer.headers["x-trace-id"], problem["trace_id"]);
  assert.equal(answer.headers["cache-control"], "no-store");
  if (retryAfter) assert.match(String(answer.headers["retry-after"]), /^[1-9]\d*$/);
  if (status === 401) assert.match(String(answer.headers["www-authenticate"]), /^Bearer/);
  if (field !== undefined) {
    const fields = (problem["fields"] as Json[] | undefined) ?? [];
    assert.deepEqual(
      fields.map((entry) => text(object(entry), "field")),
      [field],
      answer.text,
    );
  }
}

/** An id that nothing has used yet. */
export function fresh(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}
