/** What goes on working, and what is said, while a part of the product is away. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fresh, refused } from "../src/api.ts";
import { logIn } from "../src/login.ts";
import { Participant, together } from "../src/participant.ts";
import { alice, bob, dave } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

describe("while LiveKit is away", () => {
  test("a room that nobody joined lately is refused as sfu_unavailable, and one that is known is given a token still", async () => {
    const [known, unknown] = [fresh("known"), fresh("unknown")];
    for (const room of [known, unknown]) await stack.member(room, bob.id, "participant");
    await api.joined(known, { as: bob });
    await stack.without("livekit", async () => {
      refused(await api.join(unknown, { as: bob }), 503, "sfu_unavailable", { retryAfter: true });
      await api.joined(known, { as: bob });
      refused(await api.join(unknown, { as: dave }), 404, "room_not_found");
    });
  });

  test("a dry run tells it by its last check", async () => {
    await stack.without("livekit", async () => {
      const answer = await api.ask("POST", "/rooms/standup/join?dry_run=true", { as: bob });
      assert.equal(answer.status, 200, answer.text);
      const { allowed, checks } = answer.body() as unknown as { allowed: boolean; checks: object[] };
      assert.equal(allowed, false);
      assert.deepEqual(checks.at(-1), { check: "sfu", passed: false, code: "sfu_unavailable" });
    });
  });

  test("nothing is lost for good: when it is back, people meet again", async () => {
    const room = fresh("back");
    await stack.member(room, alice.id, "participant");
    await stack.member(room, bob.id, "participant");
    await stack.without("livekit", async () => {
      refused(await api.join(room, { as: bob }), 503, "sfu_unavailable");
    });
    const joined = await Promise.all([api.joined(room, { as: alice }), api.joined(room, { as: bob })]);
    await together(joined, async ([one, other]) => {
      await (one as Participant).showCamera();
      await (other as Participant).sees(joined[0].participant_identity);
    });
  });
});

describe("while Keycloak is away", () => {
  test("tokens that it has given go on working, bad ones go on being refused", async () => {
    const tokens = await Promise.all(["alice", "bob", "carol"].map(async (user) => (await logIn(stack.at.keycloak, user)).access));
    await stack.without("keycloak", async () => {
      for (const token of tokens) await api.joined("standup", { as: token, device: fresh("away") });
      refused(await api.join("standup", { as: `${tokens[0]?.slice(0, -4)}AAAA` }), 401, "token_invalid");
      // A key that nobody has seen: the service asks for it in vain, and that is not the caller's evidence.
      await stack.rotateKeys("second");
      refused(await api.join("standup", { as: `${tokens[1]?.slice(0, -4)}AAAA` }), 401, "token_invalid");
    });
    await api.joined("standup", { as: bob });
  });

  test("the other issuer's new keys are still found", async () => {
    await stack.without("keycloak", async () => {
      await stack.rotateKeys("second");
      await api.joined("standup", { as: await stack.sign({}) });
    });
  });
});

describe("while the collector of traces is away", () => {
  test("nothing else changes", async () => {
    await stack.without("otlp", async () => {
      await Promise.all(Array.from({ length: 20 }, () => api.joined("standup", { as: bob })));
    });
  });
});
