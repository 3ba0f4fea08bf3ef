/** The management port, and how the service speaks of its settings. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { send } from "../src/http.ts";
import { bob, dave } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const BOUND_MS = 20_000;
const manage = (path: string) => send(stack.at.service.management_url, path);

describe("the management port", () => {
  test("says that the process lives, what it is, and that it is ready", async () => {
    assert.equal((await manage("/livez")).status, 200);
    const ready = await manage("/readyz");
    assert.equal(ready.status, 200, ready.text);
    const info = (await manage("/info")).body();
    assert.equal(info["name"], "realtime-service");
    assert.match(String(info["version"]), /^\d+\.\d+\.\d+/);
  });

  test("counts joins by their outcome, and requests by route and not by room", async () => {
    await api.joined("standup", { as: bob });
    await api.join("a-room-that-must-not-be-a-label", { as: dave });
    const { text } = await manage("/metrics");
    assert.match(text, /join\w*\{[^}]*minted[^}]*\} [1-9]/);
    assert.match(text, /join\w*\{[^}]*room_not_found[^}]*\} [1-9]/);
    assert.match(text, /\{room_id\}/);
    assert.doesNotMatch(text, /a-room-that-must-not-be-a-label|standup/);
    assert.match(text, /process_/);
    assert.match(text, /# EOF\s*$/);
  });

  test("is degraded and still ready while LiveKit is away, with the time when it was last good", async () => {
    await stack.without("livekit", async () => {
      const ready = await until("the absence to be noticed", BOUND_MS, async () => {
        const ready = await manage("/readyz");
        return /degraded/.test(ready.text) && ready;
      });
      assert.equal(ready.status, 200);
      assert.match(ready.text, /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/);
    });
    await until("the return to be noticed", BOUND_MS, async () => !/degraded/.test((await manage("/readyz")).text));
  });
});

describe("a service with faulty settings", () => {
  test("does not start, and lists every fault with the setting's name", async () => {
    const said = await stack.refused({
      REALTIME__LIVEKIT__TOKEN_TTL_SECONDS: "5",
      REALTIME__LIVEKIT__API_SECRET: "",
      REALTIME__SERVER__LISTEN: "nowhere",
      REALTIME__SERVRE__LISTEN: "127.0.0.1:1",
    });
    for (const name of ["LIVEKIT__TOKEN_TTL_SECONDS", "LIVEKIT__API_SECRET", "SERVER__LISTEN", "SERVRE__LISTEN"]) {
      assert.ok(said.includes(name), `${name} is not in: ${said}`);
    }
  });

  test("refuses secrets of development anywhere else, without repeating them", async () => {
    const secret = "development-secret-that-must-not-be-repeated";
    const said = await stack.refused({ REALTIME__ENVIRONMENT: "production", REALTIME__LIVEKIT__API_SECRET: secret });
    assert.match(said, /LIVEKIT__API_SECRET/);
    assert.ok(!said.includes(secret));
  });
});
