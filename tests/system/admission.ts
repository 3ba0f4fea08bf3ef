/** The way to LiveKit: through the gateway, which asks before each connection. By LiveKit's own SDKs, for Node and in a browser. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { AccessToken, RoomServiceClient } from "livekit-server-sdk";

import { fresh, refused, type Joined } from "../src/api.ts";
import { launch, origin, pageWithLiveKit } from "../src/browser.ts";
import { send, type Answer } from "../src/http.ts";
import { Participant, together } from "../src/participant.ts";
import { alice, bob, carol, type Person } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { secrets } from "../src/secrets.ts";
import { until } from "../src/until.ts";

const { gateway, livekit } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);
const BOUND_MS = 20_000;
const PATHS = ["/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate"];

/** A room of this test, with a moderator and two participants. */
async function room(): Promise<string> {
  const name = fresh("admission");
  await Promise.all([stack.member(name, alice.id, "moderator"), stack.member(name, bob.id, "participant"), stack.member(name, carol.id, "participant")]);
  return name;
}

async function moderated(method: "PUT" | "DELETE", room: string, person: Person): Promise<void> {
  const answer = await api.ask(method, `/rooms/${room}/bans/${person.id}`, { as: alice, ...(method === "PUT" ? { json: {} } : {}) });
  assert.equal(answer.status, 204, answer.text);
}

/** What LiveKit gives to a client that is connected: the same token, from now on. */
async function refreshed(joined: Joined, room: string, person: Person): Promise<Joined> {
  const token = new AccessToken(livekit.api_key, livekit.api_secret, {
    identity: joined.participant_identity,
    attributes: { role: joined.role, user_id: person.id },
    ttl: 600,
  });
  token.addGrant({ roomJoin: true, room: `realtime/${room}`, canPublish: true, canSubscribe: true });
  const participant_token = await token.toJwt();
  secrets.remember(participant_token);
  return { ...joined, participant_token };
}

/** A handshake as a browser makes it, byte for byte. */
function handshake(path: string, { token, query = "" }: { token: string; query?: string }): Promise<Answer> {
  return send(gateway.url, `${path}?access_token=${token}&auto_subscribe=1&protocol=16${query}`, {
    headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
  });
}

async function doesNotConnect(joined: Joined): Promise<void> {
  await assert.rejects(async () => {
    const participant = await Participant.connect(joined);
    await participant.leave();
  });
}

/** Runs in the page: what becomes of a connection with this token. */
async function connectInPage({ url, token }: { url: string; token: string }): Promise<string> {
  const { Room } = (window as unknown as { LivekitClient: typeof import("livekit-client") }).LivekitClient;
  const room = new Room();
  try {
    await room.connect(url, token);
  } catch (error) {
    const { reason, status } = error as { reason?: number; status?: number };
    return `refused ${reason} ${status}`;
  }
  // LiveKit refreshes the token of a client as soon as it is there.
  const engine = room.engine as unknown as { token?: string };
  const end = performance.now() + 10_000;
  while (engine.token === token && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  Object.assign(window, { state: () => room.state, token: () => engine.token, leave: () => room.disconnect() });
  return "connected";
}

describe("the way to LiveKit", () => {
  test("is the gateway's address, and a join through it works", async () => {
    const name = await room();
    const people = await Promise.all([alice, bob].map((as) => api.joined(name, { as, device: fresh("device") })));
    for (const { server_url } of people) assert.equal(server_url, gateway.url.replace("http:", "ws:"));
    await together(people, async ([one, other]) => {
      await one?.showCamera();
      await other?.sees(one?.identity ?? "");
    });
    // The gateway writes it down once the connection is over.
    await until("the gateway to write it down", BOUND_MS, async () =>
      (await stack.output()).gateway.some((line) => line.includes('"uri":"/rtc') && line.includes('"status":101')),
    );
  });

  test("is closed to whoever is banned: with the first token, with one that LiveKit refreshed, from a second device, as a reconnection", async () => {
    const name = await room();
    const [first, second, other] = await Promise.all([
      api.joined(name, { as: bob, device: fresh("phone") }),
      api.joined(name, { as: bob, device: fresh("laptop") }),
      api.joined(name, { as: carol, device: fresh("phone") }),
    ]);
    await together([first, other], async ([, witness]) => {
      await witness?.meets(first.participant_identity);
      const participants = await server.listParticipants(`realtime/${name}`);
      const sid = participants.find(({ identity }) => identity === first.participant_identity)?.sid ?? "";
      await moderated("PUT", name, bob);
      await witness?.misses(first.participant_identity);

      for (const joined of [first, second, await refreshed(first, name, bob), await refreshed(second, name, bob)]) {
        await doesNotConnect(joined);
        for (const path of PATHS) {
          refused(await handshake(path, { token: joined.participant_token }), 403, "banned");
          refused(await handshake(path, { token: joined.participant_token, query: `&reconnect=1&sid=${sid}` }), 403, "banned");
        }
      }
      assert.deepEqual(
        (await server.listParticipants(`realtime/${name}`)).map(({ identity }) => identity),
        [other.participant_identity],
      );
      await moderated("DELETE", name, bob);
      for (const joined of [first, await refreshed(second, name, bob)]) {
        refused(await handshake("/rtc", { token: joined.participant_token }), 401, "token_invalid");
      }
    });
    const again = await api.joined(name, { as: bob, device: fresh("phone") });
    await together([again, await api.joined(name, { as: alice, device: fresh("desk") })], async ([, witness]) => {
      await witness?.meets(again.participant_identity);
    });
  });

  test("is closed to livekit-client in a browser, which is told why and does not come back", async () => {
    const name = await room();
    const joined = await api.joined(name, { as: bob, device: fresh("browser") });
    const page_origin = await origin();
    const browser = await launch();
    try {
      const page = await pageWithLiveKit(browser, page_origin.url);
      const addresses: string[] = [];
      page.on("websocket", (socket) => addresses.push(socket.url()));
      page.on("request", (request) => addresses.push(request.url()));
      const connect = (token: string) => page.evaluate(connectInPage, { url: joined.server_url, token });
      assert.equal(await connect(joined.participant_token), "connected");
      const token = await page.evaluate(() => (window as unknown as { token: () => string }).token());
      secrets.remember(token);
      assert.notEqual(token, joined.participant_token, "LiveKit refreshed it");

      await moderated("PUT", name, bob);
      await until("the browser to be out", BOUND_MS, async () => (await page.evaluate(() => (window as unknown as { state: () => string }).state())) === "disconnected");
      // `ConnectionErrorReason.NotAllowed`: the client could read the refusal, and does not take it for a server that is not there.
      for (const known of [joined.participant_token, token]) assert.equal(await connect(known), "refused 0 403");
      assert.deepEqual(await server.listParticipants(`realtime/${name}`), []);
      const port = new URL(livekit.url).port;
      assert.ok(addresses.length > 2 && addresses.every((address) => new URL(address).port !== port), "LiveKit's own port was needed");
    } finally {
      await browser.close();
      page_origin.server.close();
    }
  });

  test("leads to nothing else of LiveKit, in whatever spelling, with whatever method", async () => {
    const { participant_token: token } = await api.joined(await room(), { as: bob });
    for (const path of ["/RTC", "//rtc", "/rtc/", "/rtc%2Fv1", "/rt%63", "/rtc/v1/..", "/rtc/../twirp/livekit.RoomService/ListRooms", "/twirp/livekit.RoomService/ListRooms", "/whip/v1", "/agent"]) {
      refused(await handshake(path, { token }), 404, "not_found");
    }
    const form = { headers: { "content-type": "application/x-www-form-urlencoded" }, body: `access_token=${token}` };
    for (const method of ["POST", "PUT", "DELETE"]) refused(await send(gateway.url, "/rtc", { method, ...form }), 405, "method_not_allowed");
    refused(await send(gateway.url, "/rtc/validate"), 401, "token_missing");
    refused(await send(gateway.url, `/rtc/validate?access_token=${token}&access_token=${token}`), 401, "token_invalid");
    const good = await send(gateway.url, "/rtc/validate", { headers: { authorization: `Bearer ${token}`, origin: "https://app.example" } });
    assert.deepEqual([good.status, good.text, good.headers["access-control-allow-origin"]], [200, "success", "*"]);
  });

  test("is closed while nobody can be asked, and says what is missing", async () => {
    const { participant_token: token } = await api.joined(await room(), { as: bob });
    await stack.without("livekit", async () => {
      refused(await handshake("/rtc", { token }), 503, "sfu_unavailable", { retryAfter: true });
    });
    await stack.without("redis", async () => {
      refused(await handshake("/rtc", { token }), 503, "store_unavailable", { retryAfter: true });
    });
    await stack.without("service", async () => {
      refused(await handshake("/rtc", { token }), 503, "shutting_down", { retryAfter: true });
    });
  });

  test("is in one trace with the question, and no token is written down by anybody", async () => {
    const { participant_token: token } = await api.joined(await room(), { as: bob });
    const answer = await handshake("/rtc/v1/validate", { token: `${token}x` });
    refused(answer, 401, "token_invalid");
    const trace = String(answer.headers["x-trace-id"]);
    const spans = await until("the spans of the question", BOUND_MS, async () => {
      const spans = (await stack.spans()).filter(({ trace_id }) => trace_id === trace);
      return spans.length >= 2 && spans;
    });
    assert.deepEqual(spans.map(({ name }) => name).sort(), ["gateway.request", "realtime-service.sfu_admission"]);
    const signature = token.split(".")[2] ?? "";
    const { service, gateway: written } = await stack.output();
    for (const line of [...service, ...written, ...(await stack.spans()).map((span) => JSON.stringify(span))]) assert.ok(!line.includes(signature));
  });
});
