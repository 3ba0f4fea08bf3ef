/** How much one caller may ask. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { refused } from "../src/api.ts";
import { alice, bob } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

describe("a caller", () => {
  test("who joins too often is told when to come back, and does not spoil it for others", async () => {
    const few = { REALTIME__LIMITS__JOINS_PER_MINUTE: "6", REALTIME__LIMITS__JOINS_BURST: "3" };
    await stack.configured(few, async () => {
      for (let attempt = 0; attempt < 3; attempt += 1) await api.joined("standup", { as: bob });
      const answer = await api.join("standup", { as: bob });
      refused(answer, 429, "rate_limited", { retryAfter: true });
      assert.ok(Number(answer.headers["retry-after"]) <= 10);
      await api.joined("standup", { as: alice });
      refused(await api.ask("POST", "/rooms/standup/join?dry_run=true", { as: bob }), 429, "rate_limited", { retryAfter: true });
    });
  });

  test("who reads too often is told so, too", async () => {
    await stack.configured({ REALTIME__LIMITS__READS_PER_SECOND: "2" }, async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => api.ask("GET", "/rooms/standup", { as: bob })));
      const late = answers.filter(({ status }) => status !== 200);
      assert.ok(late.length > 0 && late.length < answers.length);
      for (const answer of late) refused(answer, 429, "rate_limited", { retryAfter: true });
    });
  });
});
