/** Who is sent out and keeps coming back where LiveKit can be reached directly, past the gateway: they are let in by LiveKit, and do not stay. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RoomServiceClient } from "livekit-server-sdk";

import { fresh, type Joined } from "../src/api.ts";
import { spread } from "../src/figures.ts";
import { Participant, together } from "../src/participant.ts";
import { alice, bob, carol } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { Returner, type Attempt } from "../src/returner.ts";
import { rounds } from "../src/soak.ts";
import { until } from "../src/until.ts";

const { livekit } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);

/** What is promised for media after the ban, each time. */
const PROMISE_MS = 1000;
const PERIOD_SECONDS = 2;
const BOUND_MS = 20_000;

/** As somebody connects who knows where LiveKit itself listens. */
function past(joined: Joined): Joined {
  return { ...joined, server_url: livekit.url.replace(/^http/, "ws") };
}

/** A room in which bob is with two devices and carol listens, and alice bans bob. */
async function banned(work: (at: { room: string; bob: Returner; keys: Joined[]; witness: Participant }) => Promise<void>): Promise<void> {
  const room = fresh("direct");
  await Promise.all([stack.member(room, alice.id, "moderator"), stack.member(room, bob.id, "participant"), stack.member(room, carol.id, "viewer")]);
  const keys = await Promise.all(["phone", "laptop"].map(async (device) => past(await api.joined(room, { as: bob, device }))));
  await together([await api.joined(room, { as: carol, device: "desk" })], async ([witness]) => {
    const returner = new Returner(keys, { speaks: true, refreshed: true });
    try {
      await witness?.hears(keys[0]?.participant_identity ?? "");
      await returner.refreshed();
      const ban = await api.ask("PUT", `/rooms/${room}/bans/${bob.id}`, { as: alice, json: {} });
      assert.equal(ban.status, 204, ban.text);
      await work({ room, bob: returner, keys, witness: witness as Participant });
    } finally {
      await returner.stop();
    }
    await until("nobody but the witness to be there", BOUND_MS, async () => (await present(room)).join() === witness?.identity);
  });
}

async function present(room: string): Promise<string[]> {
  return (await server.listParticipants(`realtime/${room}`)).map(({ identity }) => identity);
}

/** How long each of the connections lasted, in milliseconds. */
function stays(attempts: Attempt[]): number[] {
  return attempts.flatMap(({ entered, over }) => (entered === undefined || over === undefined ? [] : [over - entered]));
}

/** For how long each device was heard at a time after `since`. */
function sounds(witness: Participant, keys: Joined[], since: number): number[] {
  const heard = keys.flatMap(({ participant_identity }) => witness.heard(participant_identity));
  return heard.filter(({ to }) => to > since).map(({ from, to }) => to - Math.max(from, since));
}

describe("whoever is banned and reaches LiveKit directly", () => {
  test("is out again within a second each time, because LiveKit says who came", async (t) => {
    await banned(async ({ room, bob: returner, keys, witness }) => {
      const since = performance.now();
      await returner.tries(rounds(8, 50), since);
      // The end of the ban lets nobody in: a join does.
      const lifted = await api.ask("DELETE", `/rooms/${room}/bans/${bob.id}`, { as: alice });
      assert.equal(lifted.status, 204, lifted.text);
      await returner.tries(2, performance.now());
      const attempts = await returner.tries(0, since);
      t.diagnostic(spread("in the room by LiveKit's grace", stays(attempts)));
      const heard = sounds(witness, keys, since);
      t.diagnostic(spread("heard meanwhile", heard));
      assert.ok(Math.max(0, ...heard) <= PROMISE_MS, `heard for ${Math.max(...heard)} ms`);
    });
  });

  test("does not outlive the next look at LiveKit's list where webhooks are cut", async (t) => {
    await stack.configured({ REALTIME__RECONCILE__SECONDS: String(PERIOD_SECONDS) }, () =>
      stack.withoutWebhooks(() =>
        banned(async ({ room, bob: returner, keys, witness }) => {
          const since = performance.now();
          const attempts = await returner.tries(rounds(3, 15), since);
          const entered = attempts.filter(({ entered }) => entered !== undefined);
          assert.ok(entered.length > 0, "LiveKit let nobody in, so nobody had to be found");
          t.diagnostic(spread(`in the room, with a look every ${PERIOD_SECONDS} s`, stays(attempts)));
          t.diagnostic(spread("heard meanwhile", sounds(witness, keys, since)));
          await until(`the log to tell of ${stays(attempts).length} whom the reconciler sent out`, BOUND_MS, async () => {
            const log = (await stack.logs()).filter((line) => line.includes('"reconcile.evicted"') && line.includes(room));
            return log.length >= stays(attempts).length;
          });
        }),
      ),
    );
  });
});
