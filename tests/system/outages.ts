/** What goes on working, and what is said, while a part of the product is away. One outage of each, because stopping and starting takes long. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";

import { fresh, refused } from "../src/api.ts";
import { logIn } from "../src/login.ts";
import { together } from "../src/participant.ts";
import { alice, bob, carol, dave } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

test("while LiveKit is away", async (t) => {
  const [known, unknown] = [fresh("known"), fresh("unknown")];
  for (const room of [known, unknown]) {
    await stack.member(room, alice.id, "participant");
    await stack.member(room, bob.id, "participant");
  }
  await api.joined(known, { as: bob });
  await stack.without("livekit", async () => {
    await t.test("a room that nobody joined lately is refused as sfu_unavailable", async () => {
      refused(await api.join(unknown, { as: bob }), 503, "sfu_unavailable", { retryAfter: true });
    });
    await t.test("who is no member learns nothing of it", async () => {
      refused(await api.join(unknown, { as: dave }), 404, "room_not_found");
    });
    await t.test("a dry run tells it by its last check", async () => {
      const answer = await api.ask("POST", "/rooms/standup/join?dry_run=true", { as: bob });
      assert.equal(answer.status, 200, answer.text);
      const { allowed, checks } = answer.body() as unknown as { allowed: boolean; checks: object[] };
      assert.equal(allowed, false);
      assert.deepEqual(checks.at(-1), { check: "sfu", passed: false, code: "sfu_unavailable" });
    });
    await t.test("once that is noticed, no token is given for a room that was known to be there either", async () => {
      refused(await api.join(known, { as: bob }), 503, "sfu_unavailable", { retryAfter: true });
    });
  });
  await t.test("nothing is lost for good: soon after it is back, people meet again", async () => {
    // After a while of silence LiveKit is left alone for some seconds at a time.
    await until("a join", 15_000, async () => (await api.join(unknown, { as: alice })).status === 201);
    const joined = await Promise.all([api.joined(unknown, { as: alice }), api.joined(unknown, { as: bob })]);
    await together(joined, async ([one, other]) => {
      await one?.showCamera();
      await other?.sees(joined[0].participant_identity);
    });
  });
});

test("while Keycloak is away", async (t) => {
  const people = [alice, bob, carol];
  const tokens = await Promise.all(people.map(async ({ user }) => (await logIn(stack.at.keycloak, user)).access));
  await stack.without("keycloak", async () => {
    await t.test("the tokens that it has given go on working", async () => {
      for (const token of tokens) await api.joined("standup", { as: token, device: fresh("away") });
    });
    await t.test("bad tokens go on being refused", async () => {
      const forged = `${tokens[0]?.slice(0, -8)}AAAAAAAA`;
      refused(await api.join("standup", { as: forged }), 401, "token_invalid");
    });
    await t.test("the new keys of another issuer are found", async () => {
      await stack.rotateKeys("second");
      await api.joined("standup", { as: await stack.sign({}) });
    });
    await t.test("a service that starts now, and has never read the realm's keys, says that it cannot tell", async () => {
      await stack.configured({}, async () => {
        refused(await api.join("standup", { as: tokens[0] ?? "" }), 503, "identity_unavailable", { retryAfter: true });
        await api.joined("standup", { as: await stack.sign({}) });
      });
    });
  });
  await t.test("the service finds the keys by itself when Keycloak is back", async () => {
    const answer = await until("the keys to be found", 20_000, async () => {
      const answer = await api.join("standup", { as: tokens[0] ?? "" });
      return answer.status !== 503 && answer;
    });
    assert.equal(answer.status, 201, answer.text);
  });
});

test("a LiveKit that does not know our key is told apart from one that is away", async () => {
  await stack.configured({ REALTIME__LIVEKIT__API_SECRET: "0123456789abcdef0123456789abcdef" }, async () => {
    refused(await api.join("standup", { as: bob }), 502, "sfu_rejected");
  });
});

test("a LiveKit that does not answer in time is told apart from both", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  try {
    const { port } = silent.address() as AddressInfo;
    await stack.configured({ REALTIME__LIVEKIT__URL: `http://127.0.0.1:${port}`, REALTIME__LIVEKIT__REQUEST_TIMEOUT_MS: "200" }, async () => {
      refused(await api.join("standup", { as: bob }), 504, "sfu_timeout");
    });
  } finally {
    silent.close();
  }
});

test("while the collector of traces is away nothing else changes", async () => {
  await stack.without("otlp", async () => {
    await Promise.all(Array.from({ length: 20 }, () => api.joined("standup", { as: bob })));
  });
});
