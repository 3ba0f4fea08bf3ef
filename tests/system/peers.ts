/** Peer-to-peer calls between WebRTC stacks that are not ours: werift, Chromium and aiortc, over both transports. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Browser } from "playwright-core";

import { kit } from "../src/conformance/kit.ts";
import type { TransportName } from "../src/conformance/transport.ts";
import { alice, bob, type Person } from "../src/people.ts";
import { aiortc } from "../src/peers/aiortc.ts";
import type { Engine } from "../src/peers/engine.ts";
import { browser, PageEngine } from "../src/peers/page.ts";
import { connect, hangUp, together, type Caller } from "../src/peers/pair.ts";
import type { Offered, Phone } from "../src/peers/phone.ts";
import { WeriftEngine } from "../src/peers/werift.ts";
import { api, stack } from "../src/product.ts";

type Stack = "werift" | "chromium" | "aiortc";

interface Line {
  caller: Stack;
  callee: Stack;
  over: [TransportName, TransportName];
  trickle: boolean;
  offered: Offered;
}

const LINES: Line[] = [
  { caller: "werift", callee: "chromium", over: ["websocket", "websocket"], trickle: true, offered: "invite" },
  { caller: "chromium", callee: "werift", over: ["polling", "polling"], trickle: true, offered: "ringing" },
  { caller: "werift", callee: "chromium", over: ["polling", "websocket"], trickle: false, offered: "accepted" },
  { caller: "chromium", callee: "werift", over: ["polling", "websocket"], trickle: false, offered: "invite" },
  { caller: "werift", callee: "aiortc", over: ["websocket", "polling"], trickle: true, offered: "invite" },
];

const { wire } = kit();
const base = stack.at.gateway.url;
let chromium: Browser;

function person({ id, user }: Person): Caller {
  return { id, token: () => api.wallet.of(user) };
}

async function engine(stack: Stack): Promise<Engine> {
  switch (stack) {
    case "werift":
      return new WeriftEngine();
    case "chromium":
      return PageEngine.start(chromium);
    case "aiortc":
      return aiortc();
  }
}

async function called({ caller, callee, over, trickle, offered }: Line, more: (caller: Phone, callee: Phone) => Promise<void> = async () => undefined): Promise<void> {
  const [one, other] = [person(alice), person(bob)];
  const side = async (who: Caller, stack: Stack, over: TransportName) => ({ who, engine: await engine(stack), habits: { over, trickle, relay: false } });
  await together(base, wire, [await side(one, caller, over[0]), await side(other, callee, over[1])], async (calling, answering) => {
    await connect(calling, answering, other.id, offered);
    await more(calling, answering);
    await hangUp(trickle ? calling : answering, trickle ? answering : calling, base, [one, other]);
  });
}

describe("two WebRTC stacks", () => {
  before(async () => {
    chromium = await browser();
  });
  after(() => chromium.close());

  for (const line of LINES) {
    const { caller, callee, over, trickle, offered } = line;
    const way = over[0] === over[1] ? over[0] : over.join(" and ");
    test(`${caller} calls ${callee} over ${way}, ${trickle ? "trickle" : "full"} ICE, offered when ${offered}: media go both ways`, () => called(line));
  }

  test("aiortc calls chromium, which loses its peer connection: both make new ones in the next generation, and media flow again", async () => {
    const line: Line = { caller: "aiortc", callee: "chromium", over: ["polling", "websocket"], trickle: true, offered: "ringing" };
    await called(line, async (caller, callee) => {
      await callee.restarts();
      await Promise.all([caller.connects(), callee.connects()]);
      await Promise.all([caller.receives(), callee.receives()]);
      assert.deepEqual([caller.generation, callee.generation], [1, 1]);
    });
  });
});
