/** werift in a process of its own, for a network of its own; process.ts says how it is spoken to. */
import { createInterface } from "node:readline";

import { object, text, type Json } from "../json.ts";
import type { Found, Opening } from "./engine.ts";
import { WeriftEngine } from "./werift.ts";

const engine = new WeriftEngine([]);
engine.onFound = (found) => say({ found: found as unknown as Json });

for await (const line of createInterface({ input: process.stdin })) {
  const asked = object(JSON.parse(line));
  const id = asked["id"] as number;
  try {
    say({ id, value: ((await carryOut(asked)) ?? null) as Json });
  } catch (error) {
    say({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
await engine.end();
process.exit(0);

function carryOut(asked: { [key: string]: Json }): Promise<unknown> {
  switch (asked["do"]) {
    case "open":
      return engine.open(asked["opening"] as unknown as Opening);
    case "offer":
      return engine.offer(asked["ice_restart"] === true);
    case "answer":
      return engine.answer(text(asked, "sdp"));
    case "take":
      return engine.take(text(asked, "sdp"));
    case "add":
      return engine.add(asked["found"] as unknown as Found);
    case "look":
      return engine.look();
    case "close":
      return engine.close();
    default:
      return Promise.reject(new Error(`nobody knows how to ${String(asked["do"])}`));
  }
}

function say(line: { [key: string]: Json }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
