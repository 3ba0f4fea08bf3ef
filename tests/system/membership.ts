/** The membership service: what it says counts, and what it fails to say is not taken for a no. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fresh, refused } from "../src/api.ts";
import { alice, bob, dave } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

describe("the membership service", () => {
  test("makes a member of whom it says so, with the role that it says", async () => {
    for (const role of ["viewer", "participant", "presenter", "moderator"]) {
      const room = fresh("http");
      await stack.member(room, dave.id, role);
      assert.equal((await api.joined(room, { as: dave })).role, role);
    }
  });

  test("is not asked about whom the token already makes a member", async () => {
    await stack.membershipRequests();
    await api.joined("standup", { as: bob });
    assert.deepEqual(await stack.membershipRequests(), []);
  });

  test("is asked in the caller's name, with the caller's token", async () => {
    await stack.membershipRequests();
    const room = fresh("relay");
    refused(await api.join(room, { as: dave }), 404, "room_not_found");
    const [request, ...more] = await stack.membershipRequests();
    assert.deepEqual(more, []);
    assert.equal(request?.path, `/rooms/${room}/members/${dave.id}`);
    assert.equal(request.headers["authorization"], `Bearer ${await api.wallet.of("dave")}`);
  });

  test("is asked once for a crowd, and again when its answer is old", async () => {
    const room = fresh("crowd");
    await stack.member(room, alice.id, "moderator");
    const remembering = { REALTIME__MEMBERSHIP__HTTP__REMEMBER_SECONDS: "2", REALTIME__MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS: "200" };
    await stack.configured(remembering, async () => {
      await stack.membershipRequests();
      await Promise.all(Array.from({ length: 8 }, () => api.joined(room, { as: alice })));
      assert.equal((await stack.membershipRequests()).length, 1);
      await stack.member(room, alice.id);
      const answer = await until("the membership to be forgotten", 20_000, async () => {
        const answer = await api.ask("GET", `/rooms/${room}`, { as: alice });
        return answer.status !== 200 && answer;
      });
      refused(answer, 404, "room_not_found");
      await stack.member(room, alice.id, "viewer");
      await until("the absence to be forgotten", 20_000, async () => (await api.join(room, { as: alice })).status === 201);
    });
  });

  for (const mode of ["slow", "down", "lying"] as const) {
    test(`that is ${mode} is not taken for a no, and does not stand in the way of those whom the token makes members`, async () => {
      const room = fresh(mode);
      await stack.member(room, dave.id, "moderator");
      await stack.membership(mode, async () => {
        refused(await api.join(room, { as: dave }), 503, "membership_unavailable", { retryAfter: true });
        refused(await api.ask("GET", `/rooms/${room}`, { as: dave }), 503, "membership_unavailable", { retryAfter: true });
        await api.joined("standup", { as: bob });
      });
      await api.joined(room, { as: dave });
    });
  }

  test("that names a role nobody knows is not taken for a no", async () => {
    const room = fresh("role");
    await stack.member(room, dave.id, "janitor");
    refused(await api.join(room, { as: dave }), 503, "membership_unavailable", { retryAfter: true });
  });

  test("that is not there at all is not taken for a no", async () => {
    const room = fresh("gone");
    await stack.member(room, dave.id, "viewer");
    await stack.without("membership", async () => {
      refused(await api.join(room, { as: dave }), 503, "membership_unavailable", { retryAfter: true });
      await api.joined("standup", { as: bob });
    });
    await api.joined(room, { as: dave });
  });
});
