/** A client that is gone without a word, in a call over LiveKit: the other side is never left with a dead call. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

import type { Joined } from "../src/api.ts";
import { Device } from "../src/device.ts";
import type { JsonObject } from "../src/json.ts";
import { Participant } from "../src/participant.ts";
import { erin, frank, type Person } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until, within } from "../src/until.ts";

/** What is promised, from the crash to the end of the call. */
const NOTICED_MS = 45_000;

test("a crash of a client that nothing but LiveKit hears of ends its call within 45 seconds", async (t) => {
  // Nobody polls and no socket is open, so LiveKit alone tells who is there.
  const device = (person: Person) => new Device(stack.at.gateway.url, () => api.wallet.of(person.user), "silent");
  const [one, two] = [device(erin), device(frank)];
  const { id } = await one.invites([frank.id]);
  await two.does("accept", id);
  const [dies, stays] = (await Promise.all(
    [one, two].map((each) => each.get(201, "POST", `/rooms/call-${id}/join`)),
  )) as unknown as [Joined, Joined];
  const victim = spawn(process.execPath, ["--import", "tsx", "src/crash-test-dummy.ts"], { stdio: ["pipe", "pipe", "inherit"] });
  const participant = await Participant.connect(stays);
  try {
    victim.stdin.write(`${JSON.stringify(dies)}\n`);
    await within("the one who is to crash", 30_000, once(victim.stdout, "data"));
    await participant.sees(dies.participant_identity);
    const crashed = performance.now();
    victim.kill("SIGKILL");
    const ended = await until("the end of the call", NOTICED_MS, async () => {
      const { items } = (await api.ask("GET", "/calls/history?limit=1", { as: frank, device: "other" })).body();
      return (items as JsonObject[]).find((item) => item["id"] === id);
    });
    t.diagnostic(`noticed after ${Math.round((performance.now() - crashed) / 100) / 10} s`);
    assert.equal(ended["reason"], "connection_lost");
  } finally {
    victim.kill("SIGKILL");
    await participant.leave();
  }
});
