/** Who is calling: which tokens are taken, and what is said of the others. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { base64url, decodeJwt, generateKeyPair, SignJWT } from "jose";

import { fresh, refused } from "../src/api.ts";
import type { JsonObject } from "../src/json.ts";
import { KeycloakAdmin } from "../src/keycloak.ts";
import { logIn } from "../src/login.ts";
import { alice, bob } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const { keycloak, foreign, issuer } = stack.at;
const admin = new KeycloakAdmin(keycloak);

const join = (token: string) => api.join("standup", { as: token, device: fresh("identity") });
const seconds = () => Math.floor(Date.now() / 1000);

/** The same token with something else in one of its three parts. */
function with_part(token: string, part: 0 | 1 | 2, change: (text: string) => string): string {
  const parts = token.split(".");
  parts[part] = change(parts[part] ?? "");
  return parts.join(".");
}

const edited = (change: JsonObject) => (part: string) =>
  base64url.encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(base64url.decode(part))), ...change }));

describe("who is calling", () => {
  test("no token is refused as missing", async () => {
    refused(await api.join("standup"), 401, "token_missing");
  });

  test("another scheme than Bearer is refused as missing", async () => {
    const basic = `Basic ${Buffer.from("alice:alice").toString("base64")}`;
    refused(await api.join("standup", { headers: { authorization: basic } }), 401, "token_missing");
  });

  test("a token in the query is no token", async () => {
    const token = await api.wallet.of("alice");
    refused(await api.ask("POST", `/rooms/standup/join?access_token=${token}`), 401, "token_missing");
  });

  test("two Authorization headers are refused", async () => {
    const token = await api.wallet.of("alice");
    const headers = { authorization: [`Bearer ${token}`, `Bearer ${token}`] } as unknown as Record<string, string>;
    refused(await api.join("standup", { headers }), 401, "token_invalid");
  });

  test("an expired token of Keycloak is refused as expired", async () => {
    const { access } = await admin.withLifespan(1, () => logIn(keycloak, "alice"));
    assert.equal(Number(decodeJwt(access).exp) - Number(decodeJwt(access).iat), 1);
    const answer = await until("the token to expire", 30_000, async () => {
      const answer = await api.ask("GET", "/rooms/standup", { as: access });
      return answer.status !== 200 && answer;
    });
    refused(answer, 401, "token_expired");
  });

  test("a realm that is not configured is refused, be it alike in all but its name", async () => {
    const { access } = await logIn(foreign, foreign.user, foreign.password);
    const [ours, theirs] = [decodeJwt(await api.wallet.of("alice")), decodeJwt(access)];
    assert.deepEqual([theirs.aud, theirs["azp"], theirs["groups"]], [ours.aud, ours["azp"], ours["groups"]]);
    refused(await join(access), 401, "token_invalid");
  });

  test("an ID token and a refresh token are refused", async () => {
    const tokens = await logIn(keycloak, "alice");
    refused(await join(tokens.id), 401, "token_invalid");
    refused(await join(tokens.refresh), 401, "token_invalid");
  });

  test("a tampered token is refused", async () => {
    const token = await api.wallet.of("dave");
    const forged = { groups: ["/rooms/standup/moderator"] };
    refused(await join(with_part(token, 1, edited(forged))), 401, "token_invalid");
    refused(await join(with_part(token, 2, (signature) => (signature.startsWith("A") ? "B" : "A") + signature.slice(1))), 401, "token_invalid");
    refused(await join(with_part(token, 2, () => "")), 401, "token_invalid");
  });

  test("a token without a signature is refused", async () => {
    const unsigned = with_part(with_part(await api.wallet.of("alice"), 0, edited({ alg: "none" })), 2, () => "");
    refused(await join(unsigned), 401, "token_invalid");
  });

  test("a token signed with a key of somebody else's, and one signed with the public key as a secret, are refused", async () => {
    const header = { alg: "RS256", typ: "JWT" };
    const claims = decodeJwt(await api.wallet.of("alice"));
    const { privateKey } = await generateKeyPair("RS256");
    refused(await join(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey)), 401, "token_invalid");
    const keys = await (await fetch(`${keycloak.issuer}/protocol/openid-connect/certs`)).text();
    const hmac = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(keys));
    refused(await join(hmac), 401, "token_invalid");
  });

  test("a LiveKit token is refused", async () => {
    const { participant_token } = await api.joined("standup", { as: alice });
    refused(await join(participant_token), 401, "token_invalid");
  });

  test("what is no token at all is refused, however long", async () => {
    for (const token of ["x", "a.b.c", "ey.ey.ey", "🙂".repeat(3), "a".repeat(9_000)]) {
      const headers = { authorization: Buffer.from(`Bearer ${token}`).toString("latin1") };
      refused(await api.join("standup", { headers }), 401, "token_invalid");
    }
  });

  test("a second issuer is trusted for its own tenant", async () => {
    const token = await stack.sign({ sub: "u-1", groups: ["/rooms/standup/presenter"] });
    const joined = await api.joined("standup", { as: token, device: "phone" });
    assert.equal(joined.participant_identity, "u-1:phone");
    const video = decodeJwt(joined.participant_token)["video"] as JsonObject;
    assert.equal(video["room"], `${issuer.tenant}/standup`);
  });

  const claims: [what: string, claims: () => JsonObject, code: string][] = [
    ["without `exp`", () => ({ exp: null }), "token_invalid"],
    ["without `iat`", () => ({ iat: null }), "token_invalid"],
    ["without `aud`", () => ({ aud: null }), "token_invalid"],
    ["without `sub`", () => ({ sub: null }), "token_invalid"],
    ["without `iss`", () => ({ iss: null }), "token_invalid"],
    ["without `typ`", () => ({ typ: null }), "token_invalid"],
    ["for another audience", () => ({ aud: "account" }), "token_invalid"],
    ["with an issuer that is a list", () => ({ iss: [issuer.issuer] }), "token_invalid"],
    ["with a slash after its issuer", () => ({ iss: `${issuer.issuer}/` }), "token_invalid"],
    ["that claims to be of the other issuer", () => ({ iss: keycloak.issuer }), "token_invalid"],
    ["that is an ID token", () => ({ typ: "ID" }), "token_invalid"],
    ["that is an offline token", () => ({ typ: "Offline" }), "token_invalid"],
    ["with a subject that is no user id", () => ({ sub: "no user\r\nid" }), "token_invalid"],
    ["from the future", () => ({ iat: seconds() + 120, exp: seconds() + 300 }), "token_invalid"],
    ["not valid yet", () => ({ nbf: seconds() + 120 }), "token_invalid"],
    ["that lives for a day", () => ({ exp: seconds() + 86_400 }), "token_invalid"],
    ["that expired", () => ({ iat: seconds() - 600, exp: seconds() - 300 }), "token_expired"],
  ];
  for (const [what, given, code] of claims) {
    test(`a token ${what} is refused`, async () => {
      refused(await join(await stack.sign(given())), 401, code);
    });
  }

  test("the audience may be one of several", async () => {
    const token = await stack.sign({ aud: ["account", issuer.audience], groups: ["/rooms/standup"] });
    assert.equal((await api.joined("standup", { as: token })).role, "participant");
  });

  test("the client party must be one that is configured, where any is", async () => {
    await stack.configured({ REALTIME__IDENTITY__AUTHORIZED_PARTIES: "mobile" }, async () => {
      refused(await api.join("standup", { as: bob }), 401, "token_invalid");
    });
  });

  test("bad tokens beyond the limit of an address are answered 429, good ones go on working", async () => {
    await stack.configured({ REALTIME__LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE: "3" }, async () => {
      // The address that a client writes into a header is nobody's.
      const from = (address: string) => api.join("standup", { as: "x.y.z", headers: { "x-forwarded-for": address, forwarded: `for=${address}` } });
      for (let attempt = 0; attempt < 3; attempt += 1) refused(await from(`203.0.113.${attempt}`), 401, "token_invalid");
      refused(await from("203.0.113.77"), 429, "rate_limited", { retryAfter: true });
      await api.joined("standup", { as: bob });
    });
  });
});
