/** A service that is told to end. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fresh, refused } from "../src/api.ts";
import type { Answer } from "../src/http.ts";
import { bob, dave } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

describe("a service that is told to end", () => {
  test("first answers every join that it has accepted", async () => {
    // A room each, so that each join asks the membership service for itself.
    const rooms = Array.from({ length: 6 }, () => fresh("ending"));
    for (const room of rooms) await stack.member(room, dave.id, "participant");
    const patient = {
      REALTIME__MEMBERSHIP__HTTP__TIMEOUT_MS: "1500",
      // What is left of the time for a request, so that the service accepts the sum.
      REALTIME__LIVEKIT__REQUEST_TIMEOUT_MS: "900",
      REALTIME__IDENTITY__JWKS_WAIT_MS: "400",
    };
    await stack.configured(patient, () =>
      stack.membership("slow", async () => {
        await stack.membershipRequests();
        const joins = rooms.map((room) => api.join(room, { as: dave }));
        let asked = 0;
        await until("every join to be in the service", 10_000, async () => {
          asked += (await stack.membershipRequests()).length;
          return asked === rooms.length;
        });
        await stack.stop("service");
        for (const answer of await Promise.all(joins)) assert.equal(answer.status, 201, answer.text);
      }),
    );
  });

  test("breaks no request: each one gets a token, or is told to try again", async () => {
    let stopped = false;
    const answers: Answer[] = [];
    const caller = async (name: string) => {
      while (!stopped) answers.push(await api.join("standup", { as: bob, device: name }));
    };
    const callers = Array.from({ length: 4 }, (_, index) => caller(`d${index}`));
    await until("joins to be running", 10_000, () => answers.length >= 20);
    await stack.stop("service");
    await until("a join after the end", 10_000, () => answers.some(({ status }) => status !== 201));
    stopped = true;
    await Promise.all(callers);
    await stack.start("service");
    for (const answer of answers.filter(({ status }) => status !== 201)) refused(answer, 503, "shutting_down", { retryAfter: true });
    const first = answers.findIndex(({ status }) => status !== 201);
    assert.ok(first >= 20);
    await api.joined("standup", { as: bob });
  });
});
