/** The gateway: what it hides, what it says when nobody is behind it, and what it adds to an answer. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { refused } from "../src/api.ts";
import { send } from "../src/http.ts";
import { bob } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

const { gateway } = stack.at;

describe("the gateway", () => {
  const hidden = [
    "/api/realtime/webhooks/livekit",
    "/api/realtime/webhooks/livekit/",
    "/api/realtime/webhooks",
    "/api/realtime/%77ebhooks/livekit",
    "/api/realtime//webhooks/livekit",
    "//api//realtime//webhooks/livekit",
    "/API/Realtime/WebHooks/LiveKit",
    "/api/realtime/./webhooks/livekit",
    "/api/realtime/%2e/webhooks/livekit",
    "/api/realtime/rooms/../webhooks/livekit",
    "/api/realtime/rooms/%2E%2e/webhooks/livekit",
    "/api/realtime/rooms%2f..%2fwebhooks%2flivekit",
    "/api/realtime%2Fwebhooks%2Flivekit",
    "/api/realtime/backchannel-logout",
    "/api/realtime/backchannel%2dlogout",
    "/api/realtime/internal/sfu-admission",
    "/api/realtime/%49nternal/sfu-admission",
    "/api/realtime/internal%2fsfu-admission",
    "/api/realtime/internal%00",
    "/api/realtime/internal;x=1/sfu-admission",
    "/api/realtime/internal?x=/rooms",
    "/rooms/../api/realtime/internal/sfu-admission",
  ];
  for (const path of hidden) {
    test(`hides ${path}`, async () => {
      for (const method of ["GET", "POST"]) refused(await send(gateway.url, path, { method }), 404, "not_found");
    });
  }

  test("leads nowhere but to the API: no management, no metrics, nothing else", async () => {
    for (const path of ["/", "/livez", "/readyz", "/metrics", "/info", "/api", "/api/realtimes", "/api/other", "/config/", "/.env"]) {
      refused(await send(gateway.url, path), 404, "not_found");
    }
  });

  test("sends each security header once, and does not say what it runs on", async () => {
    for (const path of ["/api/realtime/rooms/standup", "/nothing", "/api/realtime/internal"]) {
      const { rawHeaders } = await send(gateway.url, path);
      const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
      assert.deepEqual([...new Set(names)].sort(), [...names].sort(), path);
      for (const name of ["x-trace-id", "x-content-type-options", "referrer-policy", "cache-control", "x-frame-options", "content-security-policy"]) {
        assert.ok(names.includes(name), `${path} without ${name}`);
      }
      assert.ok(!names.includes("server") && !names.includes("via") && !names.includes("x-powered-by"), names.join());
    }
  });

  test("answers 503 with Retry-After when no service is behind it, readable for a page of any origin", async () => {
    await stack.without("service", async () => {
      const answer = await api.join("standup", { as: bob, headers: { origin: "https://app.example" } });
      refused(answer, 503, "shutting_down", { retryAfter: true });
      assert.equal(answer.headers["access-control-allow-origin"], "*");
    });
    await api.joined("standup", { as: bob });
  });

  test("answers a preflight by the service's list of origins", async () => {
    const preflight = (origin: string) =>
      api.ask("OPTIONS", "/rooms/standup/join", {
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type,x-device-id" },
      });
    await stack.configured({ REALTIME__CORS__ORIGINS: "https://app.example" }, async () => {
      const allowed = await preflight("https://app.example");
      assert.ok(allowed.status === 200 || allowed.status === 204, allowed.text);
      assert.equal(allowed.headers["access-control-allow-origin"], "https://app.example");
      for (const header of ["authorization", "content-type", "x-device-id"]) {
        assert.match(String(allowed.headers["access-control-allow-headers"]).toLowerCase(), new RegExp(header));
      }
      for (const origin of ["https://app.example.org", "http://app.example", "null", "https://App.example:444"]) {
        assert.equal((await preflight(origin)).headers["access-control-allow-origin"], undefined, origin);
      }
    });
  });
});
