/** Who is sent out and keeps coming back, through the gateway: with the first token, with what LiveKit made of it, and with a second device. */
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";

import { RoomServiceClient } from "livekit-server-sdk";

import { fresh, refused, type Joined } from "../src/api.ts";
import { spread } from "../src/figures.ts";
import { send } from "../src/http.ts";
import { Knocker } from "../src/knocker.ts";
import { Participant, together } from "../src/participant.ts";
import { api, stack } from "../src/product.ts";
import { Returner } from "../src/returner.ts";
import { rounds } from "../src/soak.ts";

const { gateway, issuer, livekit, service } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);

/** What is promised for the time from the request to silence: of half of the rounds, because clients and servers share this machine. */
const PROMISE_MS = 1000;
/** How often each key is tried after the answer, at least. */
const TRIES = 2;

const ACTS = ["kick", "ban"] as const;
const KEYS = ["the first token", "the refreshed token", "two devices"] as const;

interface Round {
  act: (typeof ACTS)[number];
  with: (typeof KEYS)[number];
  witness: Participant;
  room: string;
  moderator: string;
}

interface Measured {
  /** From the request to the last that others heard. */
  silence_ms: number;
  answer_ms: number;
  /** Attempts that were refused, all those after the answer. */
  refusals: number;
}

/** People of the second issuer, of whom there can be any number: nobody comes into a round with what an earlier one left. */
async function login(room: string, role: string, sub: string): Promise<string> {
  await stack.member(room, sub, role);
  return stack.sign({ sub, name: sub, groups: [] });
}

async function round({ act, with: key, witness, room, moderator }: Round): Promise<Measured> {
  const user = fresh("guest");
  const as = await login(room, "participant", user);
  const keys = [await api.joined(room, { as, device: "phone" })];
  if (key === "two devices") keys.push(await api.joined(room, { as, device: "laptop" }));
  const first = keys[0] as Joined;
  const sender = new Returner(keys, { speaks: true, refreshed: key === "the refreshed token" });
  // The other device is there as well; and a third one that is always just about to be.
  const others = key === "two devices" ? [new Returner(keys.toReversed(), { speaks: false })] : [];
  const knocker = new Knocker(await api.joined(room, { as, device: "tablet" }));
  const all = [sender, ...others, knocker];
  try {
    await witness.hears(first.participant_identity);
    if (key === "the refreshed token") {
      await sender.refreshed();
      await witness.hears(first.participant_identity, await sender.comeBack());
    }
    for (const other of others) await other.enters();
    await knocker.tries(1, 0);

    const asked = performance.now();
    const [method, path] = act === "kick" ? ["DELETE", `participants/${first.participant_identity}`] : ["PUT", `bans/${user}`];
    const answer = await api.ask(method as string, `/rooms/${room}/${path}`, { as: moderator, ...(act === "ban" ? { json: {} } : {}) });
    const answered = performance.now();
    assert.equal(answer.status, 204, answer.text);

    const after = (await Promise.all(all.map((one) => one.tries(TRIES * keys.length, answered)))).flat();
    assert.deepEqual(after.filter(({ entered }) => entered !== undefined), [], `let in after the answer, by ${key}`);
    const code = act === "kick" ? "kicked" : "banned";
    for (const { participant_token } of [...keys, ...sender.newest()]) {
      for (const path of ["/rtc/validate", "/rtc/v1/validate"]) {
        refused(await send(gateway.url, path, { headers: { authorization: `Bearer ${participant_token}` } }), 403, code);
      }
    }
    assert.deepEqual((await server.listParticipants(`${issuer.tenant}/${room}`)).map(({ identity }) => identity), [witness.identity]);
    const last = Math.max(...keys.map(({ participant_identity }) => witness.heard(participant_identity).at(-1)?.to ?? 0));
    return { silence_ms: Math.max(0, last - asked), answer_ms: answered - asked, refusals: after.length };
  } finally {
    await Promise.all(all.map((one) => one.stop()));
  }
}

/** What the service measured itself: from the request to LiveKit's list without them, and how many of those took no longer. */
async function removals(): Promise<string> {
  const metrics = await (await fetch(`${service.management_url}/metrics`)).text();
  const buckets = metrics.matchAll(/^moderation_removal_seconds_bucket\{le="([^"]+)"\} (\d+)/gm);
  return `removals by the service's own count: ${[...buckets].map(([, bound, count]) => `≤ ${bound} s: ${count}`).join(", ")}`;
}

describe("whoever is sent out and keeps coming back through the gateway", () => {
  test("is heard no more, and let in no more", async (t: TestContext) => {
    const room = fresh("replays");
    const [moderator, onlooker] = await Promise.all([login(room, "moderator", fresh("moderator")), login(room, "viewer", fresh("onlooker"))]);
    const measured: Measured[] = [];
    await together([await api.joined(room, { as: onlooker, device: "desk" })], async ([witness]) => {
      for (let turn = 0; turn < rounds(ACTS.length * KEYS.length, 50); turn += 1) {
        const act = ACTS[turn % ACTS.length] as Round["act"];
        const key = KEYS[Math.floor(turn / ACTS.length) % KEYS.length] as Round["with"];
        measured.push(await round({ act, with: key, witness: witness as Participant, room, moderator }));
      }
    });
    t.diagnostic(await removals());
    const silences = measured.map(({ silence_ms }) => silence_ms);
    t.diagnostic(spread("from the request to silence", silences));
    t.diagnostic(spread("from the request to the answer", measured.map(({ answer_ms }) => answer_ms)));
    t.diagnostic(`${measured.reduce((sum, { refusals }) => sum + refusals, 0)} replays, none let in`);
    const median = silences.sort((one, other) => one - other)[Math.floor(silences.length / 2)] ?? 0;
    assert.ok(median <= PROMISE_MS, `heard for ${median} ms`);
  });
});
