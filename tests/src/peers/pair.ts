/** Two people with a phone each, for the time of one call. */
import assert from "node:assert/strict";

import { fresh } from "../api.ts";
import { Client } from "../conformance/client.ts";
import type { Wire } from "../conformance/wire.ts";
import { list, object } from "../json.ts";
import { ask } from "../conformance/polling.ts";
import type { Engine } from "./engine.ts";
import { Phone, type Habits, type Offered } from "./phone.ts";

export interface Caller {
  id: string;
  token: () => Promise<string>;
}

export interface Side {
  who: Caller;
  engine: Engine;
  habits: Habits;
}

/** Both are there while `work` runs, and in no call afterwards. */
export async function together<T>(base: string, wire: Wire, sides: [Side, Side], work: (caller: Phone, callee: Phone) => Promise<T>): Promise<T> {
  const phones = sides.map(({ who, engine, habits }) =>
    new Phone(new Client({ base, token: who.token, device: fresh(engine.name) }, wire), engine, habits));
  try {
    for (const phone of phones) await phone.start();
    const [caller, callee] = phones as [Phone, Phone];
    return await work(caller, callee);
  } finally {
    await Promise.all(phones.map((phone) => phone.stop()));
    for (const { who } of sides) await clear(base, who);
  }
}

/** From the ring to media in both directions. */
export async function connect(caller: Phone, callee: Phone, to: string, offered: Offered): Promise<void> {
  await caller.calls(to, offered);
  await callee.rings(offered);
  await callee.accepts();
  await Promise.all([caller.connects(), callee.connects()]);
  await Promise.all([caller.receives(), callee.receives()]);
}

/** One hangs up, both hear it, and nobody is in a call any more. */
export async function hangUp(one: Phone, other: Phone, base: string, people: Caller[]): Promise<void> {
  await one.hangsUp();
  for (const phone of [one, other]) assert.equal(await phone.ends(), "completed");
  for (const who of people) assert.deepEqual(await live(base, who), []);
}

async function live(base: string, { token }: Caller): Promise<string[]> {
  const { body } = await ask({ base, token, device: "looker" }, "GET", "/api/realtime/calls");
  return list(body ?? {}, "items").map((call) => String(object(call)["id"]));
}

/** Of a test that failed in the middle. */
async function clear(base: string, who: Caller): Promise<void> {
  for (const id of await live(base, who)) {
    await ask({ base, token: who.token, device: "cleaner" }, "POST", `/api/realtime/calls/${id}/hangup`);
  }
}
