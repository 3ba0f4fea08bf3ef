/** The transcripts of docs/conformance, over both transports and with changes between them; and that the runner sees what goes otherwise. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { kit } from "../src/conformance/kit.ts";
import { play, type Person } from "../src/conformance/player.ts";
import { MODES, type Mode, type Step, type Transcript } from "../src/conformance/transcript.ts";
import { alice, bob, carol } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

const { transcripts, wire, fixtures } = kit();
const people = Object.fromEntries(
  [alice, bob, carol].map(({ user, id }): [string, Person] => [user, { id, token: () => api.wallet.of(user) }]),
);

function playHere(transcript: Transcript, mode: Mode): Promise<void> {
  return play(transcript, mode, { base: stack.at.gateway.url, people, ring_seconds: 1 }, wire, fixtures);
}

for (const mode of MODES) {
  describe(`over ${mode}`, () => {
    for (const transcript of transcripts) {
      if (transcript.modes?.includes(mode) === false) continue;
      test(`${transcript.name}: ${transcript.title}`, () => playHere(transcript, mode));
    }
  });
}

describe("the runner", () => {
  const cancel = transcripts.find(({ name }) => name === "cancel") as Transcript;

  test("sees an event that a transcript does not speak of", async () => {
    await assert.rejects(playHere({ ...cancel, steps: cancel.steps.slice(0, -1) }, "websocket"), /at the end: b-.* is told more/);
  });

  test("sees an answer and an event that are other than expected", async () => {
    const otherwise = (at: number, pattern: RegExp) => {
      const steps = cancel.steps.map((step, index) => (index === at ? (JSON.parse(JSON.stringify(step).replace(pattern, "other")) as Step) : step));
      return playHere({ ...cancel, steps }, "polling");
    };
    await assert.rejects(otherwise(0, /ringing/), /step 1 .*body\.call\.phase is "ringing", not "other"/);
    await assert.rejects(otherwise(1, /(?<=call\.)ringing/), /step 2 .*type is "call\.ringing", not "call\.other"/);
  });
});
