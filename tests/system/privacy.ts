/** What the product wrote down about everything that the other tests did: no secret, no token, no address of a client. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fresh } from "../src/api.ts";
import { alice, bob, everybody } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { secrets } from "../src/secrets.ts";
import { until } from "../src/until.ts";

const CLIENT_ADDRESS = "203.0.113.77";
const redis = new URL(stack.at.redis.url).host;
const CLIENT_ADDRESS_6 = "2001:db8::cafe:77";

describe("what the product writes", () => {
  test("is free of tokens, secrets, client addresses and canaries after all that has happened", async () => {
    const canary = fresh("canary").replaceAll("-", "");
    const token = await api.wallet.of("alice");
    const headers = {
      "x-forwarded-for": `${CLIENT_ADDRESS}, ${CLIENT_ADDRESS_6}`,
      forwarded: `for=${CLIENT_ADDRESS}`,
      "x-real-ip": CLIENT_ADDRESS,
      cookie: `session=${canary}`,
      "user-agent": canary,
      "x-canary": canary,
      referer: `https://app.example/${canary}`,
    };
    secrets.remember(canary, alice.name, bob.name);
    await api.joined("standup", { as: alice, headers });
    await api.ask("POST", `/rooms/standup/join?access_token=${token}&note=${canary}`, { headers });
    await api.join("standup", { as: alice, headers, json: { participant_name: canary, participant_metadata: canary } });
    await api.join("standup", { as: alice, headers: { ...headers, "content-type": "application/json" }, body: `{"x": ${canary}` });
    await api.join("standup", { as: `${token}${canary}`, headers });
    await api.join("standup", { headers: { ...headers, authorization: `Basic ${canary}` } });
    await api.ask("GET", "/rooms/standup", { as: alice, headers: { ...headers, "x-device-id": `${canary} ${canary}` } });
    const trace = String((await api.join("standup", { as: bob, device: fresh("last"), headers })).headers["x-trace-id"]);

    const written = await until("the last join to be written down", 20_000, async () => {
      const { service, callState, gateway } = await stack.output();
      const spans = (await stack.spans()).map((span) => JSON.stringify(span));
      const everywhere = [service, gateway, spans.filter((span) => span.includes('"gateway"'))];
      return everywhere.every((lines) => lines.some((line) => line.includes(trace))) && { service, callState, gateway, spans };
    });
    const forbidden = [
      ...secrets.all(),
      CLIENT_ADDRESS,
      CLIENT_ADDRESS_6,
      ...everybody.map(({ user }) => `${user}@example.com`),
      "BEGIN PRIVATE KEY",
      "a=candidate",
    ];
    assert.ok(secrets.all().length > 4);
    for (const [where, lines] of Object.entries(written)) {
      for (const secret of forbidden) {
        const line = lines.find((line) => line.includes(secret));
        assert.equal(line, undefined, `the output of the ${where} holds what it must not`);
      }
    }
  });

  test("is one JSON object a line, each with its trace id where it belongs to a request", async () => {
    const { service, callState, gateway } = await stack.output();
    for (const line of [...service.filter((line) => !stack.faults.has(line)), ...callState, ...gateway]) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      assert.equal(typeof entry, "object", line);
      // Where a service finds its Redis is one of its settings; what else is on this machine here are clients.
      if ("trace_id" in entry) assert.doesNotMatch(line.replaceAll(redis, ""), /127\.0\.0\.1|"::1"/);
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f]/, "a control character in a log line");
    }
    const access = gateway.filter((line) => line.includes("handled request")).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(access.length > 0);
    for (const entry of access) {
      assert.match(String(entry["trace_id"]), /^[0-9a-f]{32}$/);
      assert.doesNotMatch(JSON.stringify(entry), /127\.0\.0\.1|::1/);
      assert.deepEqual(Object.keys(entry["request"] as object).sort(), ["method", "proto", "uri"]);
    }
  });
});
