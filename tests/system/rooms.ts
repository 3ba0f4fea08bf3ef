/** Joining and looking at rooms: who learns what, and what a client may and may not ask for. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { decodeJwt } from "jose";
import { RoomServiceClient } from "livekit-server-sdk";

import { Api, fresh, refused } from "../src/api.ts";
import { withoutTraceId, type Json } from "../src/json.ts";
import { together } from "../src/participant.ts";
import { alice, bob, carol, dave, erin } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const { livekit } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);

describe("a room that is not the caller's", () => {
  test("is answered byte for byte like one that does not exist, but for the trace id", async () => {
    for (const path of ["join", "join?dry_run=true", ""]) {
      const method = path === "" ? "GET" : "POST";
      const ask = (room: string) => api.ask(method, `/rooms/${room}${path === "" ? "" : `/${path}`}`, { as: dave });
      const [foreign, missing] = [await ask("standup"), await ask("nowhere")];
      refused(foreign, 404, "room_not_found");
      // What differs between any two answers: the trace id, and the time of day.
      const own = (text: string) => text.replace(/[0-9a-f]{32}|\w{3}, .* GMT/g, "");
      assert.equal(own(foreign.text), own(missing.text));
      assert.deepEqual(foreign.rawHeaders.map(own), missing.rawHeaders.map(own));
    }
  });

  test("is asked about outside by the same path as one that does not exist", async () => {
    await stack.membershipRequests();
    const [foreign, missing] = [fresh("foreign"), fresh("missing")];
    await stack.member(foreign, alice.id, "moderator");
    refused(await api.join(foreign, { as: dave }), 404, "room_not_found");
    refused(await api.join(missing, { as: dave }), 404, "room_not_found");
    const paths = (await stack.membershipRequests()).map(({ path }) => path);
    assert.equal(paths.filter((path) => path.includes(foreign)).length, paths.filter((path) => path.includes(missing)).length);
    assert.deepEqual(await server.listRooms([`realtime/${foreign}`, `realtime/${missing}`]), []);
  });

  test("is not an administrator's to join either", async () => {
    refused(await api.join("standup", { as: erin }), 404, "room_not_found");
  });

  test("and an administrator is its moderator once a member, whatever the membership says", async () => {
    const room = fresh("admin");
    await stack.member(room, erin.id, "viewer");
    assert.equal((await api.joined(room, { as: erin })).role, "moderator");
  });

  test("is none of the reserved ones, which belong to calls", async () => {
    const room = "call-01890a5d-ac96-774b-bcce-b302099a8057";
    await stack.member(room, bob.id, "moderator");
    refused(await api.join(room, { as: bob }), 404, "room_not_found");
  });
});

describe("the body of a join", () => {
  const taken: [what: string, body: Json][] = [
    ["is empty", {}],
    ["repeats the room", { room_name: "standup" }],
    ["repeats the identity", { participant_identity: `${bob.id}:body` }],
    ["has fields that nobody knows yet", { agents: [], future: { nested: true } }],
    ["has an empty room configuration", { room_config: {} }],
  ];
  for (const [what, json] of taken) {
    test(`may be one that ${what}`, async () => {
      const joined = await api.joined("standup", { as: bob, device: "body", json });
      assert.equal(joined.participant_identity, `${bob.id}:body`);
    });
  }

  test("may be missing", async () => {
    await api.joined("standup", { as: bob });
  });

  const refusals: [what: string, body: Json, field: string][] = [
    ["another room", { room_name: "retro" }, "room_name"],
    ["another identity", { participant_identity: `${alice.id}:body` }, "participant_identity"],
    ["a name of its own", { participant_name: "Robert" }, "participant_name"],
    ["metadata", { participant_metadata: "{}" }, "participant_metadata"],
    ["attributes", { participant_attributes: { role: "moderator" } }, "participant_attributes"],
    ["a configured room", { room_config: { max_participants: 1 } }, "room_config"],
    ["a room name that is a number", { room_name: 7 }, "room_name"],
  ];
  for (const [what, json, field] of refusals) {
    test(`is refused with ${what}, and the refusal names the field`, async () => {
      refused(await api.join("standup", { as: bob, device: "body", json }), 400, "invalid_field", { field });
    });
  }

  test("may name and describe the participant where the settings allow it, within bounds", async () => {
    const allowed = { REALTIME__JOIN__CLIENT_NAMES: "true", REALTIME__JOIN__CLIENT_METADATA: "true" };
    await stack.configured(allowed, async () => {
      const own = { participant_name: "Röbert 🙂", participant_metadata: "{}", participant_attributes: { seat: "3" } };
      const claims = decodeJwt((await api.joined("standup", { as: bob, json: own })).participant_token);
      assert.equal(claims["name"], own.participant_name);
      assert.equal(claims["metadata"], "{}");
      assert.deepEqual(claims["attributes"], { seat: "3", role: "participant", user_id: bob.id });

      const sixteen = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`a${index}`, "x"]));
      const outside: [Json, string][] = [
        [{ participant_name: "x".repeat(129) }, "participant_name"],
        [{ participant_name: "Bob\r\nset-cookie: x" }, "participant_name"],
        [{ participant_name: "Bob\u0000" }, "participant_name"],
        [{ participant_metadata: "x".repeat(2049) }, "participant_metadata"],
        [{ participant_attributes: { ...sixteen, more: "x" } }, "participant_attributes"],
        [{ participant_attributes: { seat: "x".repeat(257) } }, "participant_attributes"],
        [{ participant_attributes: { role: "moderator" } }, "participant_attributes"],
        [{ participant_attributes: { user_id: alice.id } }, "participant_attributes"],
      ];
      for (const [json, field] of outside) {
        const answer = await api.join("standup", { as: bob, json });
        refused(answer, 400, "invalid_field");
        assert.match(answer.text, new RegExp(`"field":"${field}`), answer.text);
      }
    });
  });
});

describe("a dry run", () => {
  test("says that a member may join, and neither mints nor makes a room", async () => {
    const room = fresh("dry");
    await stack.member(room, bob.id, "participant");
    const allowed = await api.ask("POST", `/rooms/${room}/join?dry_run=true`, { as: bob });
    assert.equal(allowed.status, 200, allowed.text);
    assert.equal(allowed.body()["allowed"], true);
    assert.doesNotMatch(allowed.text, /ey[A-Za-z0-9_-]{10,}\./);
    assert.deepEqual(await server.listRooms([`realtime/${room}`]), []);
  });

  test("lists its checks in their order, each passed", async () => {
    const answer = await api.ask("POST", "/rooms/standup/join?dry_run=true", { as: carol });
    const checks = answer.body()["checks"] as { check: string; passed: boolean }[];
    assert.ok(checks.length > 1, answer.text);
    for (const check of checks) assert.deepEqual(check, { check: check.check, passed: true });
    assert.deepEqual(checks.map(({ check }) => check), ["token", "request", "membership", "ban", "capacity", "sfu"]);
  });

  test("may be asked for by no other word than true or false", async () => {
    refused(await api.ask("POST", "/rooms/standup/join?dry_run=perhaps", { as: bob }), 400, "invalid_field", { field: "dry_run" });
    const plain = await api.ask("POST", "/rooms/standup/join?dry_run=false&unknown=1", { as: bob });
    assert.equal(plain.status, 201, plain.text);
  });
});

describe("looking at a room", () => {
  test("tells its member the role there, and whether anybody is in it", async () => {
    const room = fresh("look");
    await stack.member(room, bob.id, "presenter");
    const look = async () => (await api.ask("GET", `/rooms/${room}`, { as: bob })).body();
    assert.deepEqual(await look(), { room_id: room, role: "presenter", live: false });
    await together([await api.joined(room, { as: bob })], async () => {
      await until("the room to be live", 10_000, async () => (await look())["live"]);
    });
  });

  test("is refused without a token, and says nothing to who is no member", async () => {
    refused(await api.ask("GET", "/rooms/standup"), 401, "token_missing");
    refused(await api.ask("GET", "/rooms/standup", { as: dave }), 404, "room_not_found");
  });
});

describe("addresses and methods", () => {
  test("that do not exist are 404 and 405, in the shape of every other problem", async () => {
    refused(await api.ask("GET", "/nothing", { as: bob }), 404, "not_found");
    const wrong = await api.ask("DELETE", "/rooms/standup/join", { as: bob });
    refused(wrong, 405, "method_not_allowed");
    assert.match(String(wrong.headers["allow"]), /POST/);
  });

  test("are described by the OpenAPI document, which needs no token", async () => {
    const answer = await api.ask("GET", "/openapi.json");
    assert.equal(answer.status, 200);
    const document = answer.body();
    assert.match(String(document["openapi"]), /^3\.1/);
    assert.ok(Object.keys(document["paths"] as object).some((path) => path.endsWith("/rooms/{room_id}/join")));
  });

  test("answer with the same problem at the gateway and at the service itself", async () => {
    const direct = new Api(stack.at, stack.at.service.url);
    const [outside, inside] = [await api.ask("GET", "/../elsewhere"), await direct.ask("GET", "/nothing")];
    refused(outside, 404, "not_found");
    assert.deepEqual(withoutTraceId(outside.body()), withoutTraceId(inside.body()));
    const large = { body: "x".repeat(70_000), headers: { "content-type": "application/json" }, as: bob };
    const [big, bigInside] = [await api.join("standup", large), await direct.join("standup", large)];
    refused(big, 413, "too_large");
    assert.deepEqual(withoutTraceId(big.body()), withoutTraceId(bigInside.body()));
  });
});
