/** Bad input, through the gateway: a clear 4xx in JSON each time, never a 5xx. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { refused } from "../src/api.ts";
import { sendBytes } from "../src/http.ts";
import { bob } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

const json = { "content-type": "application/json" };

/** A join, byte for byte. */
function post(headers: string[], body = ""): string {
  return ["POST /api/realtime/rooms/standup/join HTTP/1.1", "Host: x", ...headers, "Connection: close", "", body].join("\r\n");
}

describe("bad input", () => {
  const bodies: [what: string, body: string | Uint8Array, code: string][] = [
    ["is no JSON", "{", "malformed_json"],
    ["is not one value", "{}{}", "malformed_json"],
    ["is a list", "[]", "malformed_json"],
    ["is null", "null", "malformed_json"],
    ["is nested 10,000 deep", "[".repeat(10_000) + "]".repeat(10_000), "malformed_json"],
    ["is nested deep in a field nobody knows", `{"x":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, "malformed_json"],
    ["is broken UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), "malformed_json"],
    ["has a NUL between its tokens", '{"room_name"\u0000:"standup"}', "malformed_json"],
    ["has a number that no computer knows", '{"room_name":1e999999}', "malformed_json"],
    ["has half a surrogate pair", '{"participant_name":"\\ud800"}', "malformed_json"],
    ["names a field twice", '{"room_name":"standup","room_name":"standup"}', "invalid_field"],
    ["names a field twice, once in escapes", '{"room_name":"standup","room\\u005fname":"retro"}', "invalid_field"],
    ["has a NUL in a value", '{"room_name":"standup\\u0000"}', "invalid_field"],
  ];
  for (const [what, body, code] of bodies) {
    test(`in a body that ${what} is refused as ${code}`, async () => {
      refused(await api.join("standup", { as: bob, headers: json, body }), 400, code);
    });
  }

  test("of 10 MB is refused as too large, whether it says its length or not", async () => {
    const body = Buffer.alloc(10_000_000, "x");
    refused(await api.join("standup", { as: bob, headers: json, body }), 413, "too_large");
    refused(await api.join("standup", { as: bob, headers: json, body: body.subarray(0, 200_000), chunked: true }), 413, "too_large");
  });

  test("of another type than JSON is refused as such", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonx", "nonsense"]) {
      refused(await api.join("standup", { as: bob, headers: { "content-type": type }, body: "{}" }), 415, "unsupported_media_type");
    }
    refused(await api.join("standup", { as: bob, body: "{}" }), 415, "unsupported_media_type");
    const joined = await api.join("standup", { as: bob, headers: { "content-type": "application/json; charset=utf-8" }, body: "{}" });
    assert.equal(joined.status, 201, joined.text);
  });

  const rooms = [
    "%00",
    "stand%0d%0aup",
    "stand%20up",
    "stand%2fup",
    "%2e%2e",
    "..",
    ".standup",
    "%ff%fe",
    "%F0%9F%99%82",
    "a".repeat(129),
    "standup;v=1",
    "%252e%252e",
  ];
  for (const room of rooms) {
    test(`in the room id ${room.slice(0, 30)} is refused, and the refusal names the parameter`, async () => {
      refused(await api.join(room, { as: bob }), 400, "invalid_field", { field: "room_id" });
    });
  }

  test("in a path that climbs out is answered 404", async () => {
    const climbing = ["/../../../x", "/rooms/../../../../etc/passwd", "/rooms/..%2f..%2f..%2fetc%2fpasswd/join", "/rooms/%2e%2e/%2e%2e/join"];
    for (const path of climbing) {
      refused(await api.ask("POST", path, { as: bob }), 404, "not_found");
    }
  });

  test("in X-Device-Id is refused, and the refusal names the header", async () => {
    for (const device of ["a b", "a:b", "a".repeat(65), "../x", "ä"]) {
      refused(await api.join("standup", { as: bob, device }), 400, "invalid_field", { field: "X-Device-Id" });
    }
  });

  test("of a hundred headers gets a clear answer", async () => {
    const headers = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-number-${index}`, "x"]));
    const answer = await api.join("standup", { as: bob, headers });
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    refused(answer, answer.status, String(answer.body()["code"]));
  });

  test("of more than 16 KiB of headers is refused as too large", async () => {
    refused(await api.join("standup", { as: bob, headers: { "x-long": "x".repeat(20_000) } }), 431, "headers_too_large");
    const wall = await api.join("standup", { as: bob, headers: { "x-long": "x".repeat(60_000) } });
    assert.equal(wall.status, 431);
  });

  test("in the address of 60 KB is refused", async () => {
    const answer = await api.ask("GET", `/rooms/${"a".repeat(12_000)}`, { as: bob });
    assert.ok([400, 414, 431].includes(answer.status), String(answer.status));
    assert.equal(answer.headers["content-type"], "application/problem+json");
  });

  const bytes: [what: string, request: string][] = [
    ["that is no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n"],
    ["with two different lengths", post(["Content-Length: 2", "Content-Length: 3"], "{}")],
    ["with a length that is no number", post(["Content-Length: two"], "{}")],
    ["with a NUL in a header", post(["X-A: a\u0000b"])],
    ["with a folded header", post(["X-A: a", " b"])],
    ["with a space before a colon", post(["X-A : a"])],
    ["with broken chunks", post(["Content-Type: application/json", "Transfer-Encoding: chunked"], "zz\r\n\r\n")],
    ["with an escape in its path that is none", post([]).replace("standup", "%zz")],
    ["with a NUL in its path", post([]).replace("standup", "stand\u0000up")],
    ["without a host", post([]).replace("Host: x\r\n", "")],
  ];
  for (const [what, request] of bytes) {
    test(`as a request ${what} is answered 4xx, by the gateway and by the service`, async () => {
      for (const base of [stack.at.gateway.url, stack.at.service.url]) {
        const { status, text } = await sendBytes(base, request);
        assert.ok(status >= 400 && status < 500, `${base}: ${status} ${text}`);
      }
    });
  }

  test("in the pace of a body is refused: what does not arrive in time is not waited for", async () => {
    const token = await api.wallet.of("bob");
    await stack.configured({ REALTIME__SERVER__BODY_TIMEOUT_MS: "300" }, async () => {
      const headers = [`Authorization: Bearer ${token}`, "Content-Type: application/json", "Content-Length: 10"];
      const { status, text } = await sendBytes(stack.at.gateway.url, post(headers, "{"));
      assert.equal(status, 408, text);
      assert.match(text, /"code":"request_timeout"/);
    });
  });

  test("breaks nothing: the next good request is answered as ever", async () => {
    await api.joined("standup", { as: bob });
  });
});
