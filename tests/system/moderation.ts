/** Who has to leave, and who is silenced: by people who send real media with LiveKit's own SDK. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RoomServiceClient } from "livekit-server-sdk";

import { fresh, refused, type Joined } from "../src/api.ts";
import { EventSocket } from "../src/event-socket.ts";
import { send } from "../src/http.ts";
import type { Json } from "../src/json.ts";
import { DisconnectReason, Participant, together } from "../src/participant.ts";
import { alice, bob, carol, erin, type Person } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const { gateway, livekit } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);
const BOUND_MS = 20_000;

interface Listed {
  items: { identity: string; sources: string[] }[];
}

/** A room of this test: alice moderates, bob takes part, carol looks on. */
async function room(): Promise<string> {
  const name = fresh("moderation");
  await Promise.all([stack.member(name, alice.id, "moderator"), stack.member(name, bob.id, "participant"), stack.member(name, carol.id, "viewer")]);
  return name;
}

/** A request that is carried out. */
async function done(as: Person, method: string, path: string, json?: Json): Promise<void> {
  const answer = await api.ask(method, path, { as, ...(json === undefined ? {} : { json }) });
  assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
}

/** The key of an earlier join opens nothing: the gateway says so, and LiveKit's SDK finds it out. */
async function isWorthless(joined: Joined, status: number, code: string): Promise<void> {
  refused(await send(gateway.url, "/rtc/validate", { headers: { authorization: `Bearer ${joined.participant_token}` } }), status, code);
  await assert.rejects(async () => {
    const participant = await Participant.connect(joined);
    await participant.leave();
  });
}

/** Somebody joins, connects, and is heard by a witness; then goes. */
async function getsIn(name: string, who: Person, witness: Participant): Promise<void> {
  await together([await api.joined(name, { as: who, device: fresh("device") })], async ([newcomer]) => {
    await isHeard(newcomer as Participant, witness);
  });
}

/** LiveKit tells at once of those who publish, and of others with up to three seconds' delay. */
async function isHeard(speaker: Participant, listener: Participant): Promise<void> {
  await speaker.speak();
  await listener.hears(speaker.identity);
}

describe("moderation", () => {
  test("a moderator mutes what somebody sends, others hear it no more, and everybody sees who sends what", async () => {
    const name = await room();
    const joined = await Promise.all([api.joined(name, { as: bob }), api.joined(name, { as: carol })]);
    await together(joined, async (people) => {
      const [speaker, listener] = people as [Participant, Participant];
      await Promise.all([speaker.speak(), speaker.showCamera()]);
      await Promise.all([listener.hears(speaker.identity), listener.sees(speaker.identity)]);
      const listed = (await api.ask("GET", `/rooms/${name}/participants`, { as: carol })).body() as unknown as Listed;
      assert.deepEqual(listed.items.find(({ identity }) => identity === speaker.identity)?.sources, ["camera", "microphone"]);
      const mute = (source: string) => api.ask("POST", `/rooms/${name}/participants/${speaker.identity}/mute`, { as: alice, json: { source } });
      for (let time = 0; time < 2; time += 1) assert.equal((await mute("microphone")).status, 204);
      await listener.hearsNoMoreOf(speaker.identity);
      refused(await mute("screen_share"), 404, "participant_not_found");
      const { tracks } = await server.getParticipant(`realtime/${name}`, speaker.identity);
      assert.deepEqual(tracks.map(({ muted }) => muted).sort(), [false, true]);
      // The picture is another matter, and goes on.
      const pictures = await listener.sees(speaker.identity);
      await until("more pictures", BOUND_MS, async () => (await listener.sees(speaker.identity)) > pictures);
    });
  });

  test("whoever is kicked while they send is gone for everybody, with every device, and each device is told", async () => {
    const name = await room();
    const joined = await Promise.all([
      api.joined(name, { as: bob, device: "phone" }),
      api.joined(name, { as: bob, device: "laptop" }),
      api.joined(name, { as: carol }),
    ]);
    const sockets = await Promise.all(["phone", "watch"].map(async (device) => EventSocket.open(gateway.url, await api.wallet.of("bob"), fresh(device))));
    try {
      await together(joined, async (people) => {
        const [sender, other, onlooker] = people as [Participant, Participant, Participant];
        await sender.showCamera();
        await Promise.all([onlooker.sees(sender.identity), isHeard(other, onlooker)]);
        await done(alice, "DELETE", `/rooms/${name}/participants/${sender.identity}`);
        await Promise.all([sender, other].map(({ identity }) => onlooker.misses(identity)));
        for (const { gone } of [sender, other]) assert.equal((await gone).reason, DisconnectReason.PARTICIPANT_REMOVED);
        refused(await api.join(name, { as: bob }), 403, "kicked");
        for (const socket of sockets) assert.equal((await socket.hears("room.removed", name))["reason"], "kicked");
      });
    } finally {
      for (const socket of sockets) socket.close();
    }
  });

  test("the end of a room is one for everybody in it, and for nobody who comes later", async () => {
    const name = await room();
    const live = async () => (await api.ask("GET", `/rooms/${name}`, { as: carol })).body()["live"];
    await together(await Promise.all([bob, carol].map((as) => api.joined(name, { as }))), async (people) => {
      const [speaker, listener] = people as [Participant, Participant];
      await isHeard(speaker, listener);
      refused(await api.ask("POST", `/rooms/${name}/end`, { as: bob }), 403, "role_required");
      await done(alice, "POST", `/rooms/${name}/end`);
      for (const { gone } of people) assert.equal((await gone).reason, DisconnectReason.ROOM_DELETED);
      assert.equal(await live(), false);
    });
    await together(await Promise.all([bob, carol].map((as) => api.joined(name, { as }))), async (people) => {
      const [speaker, listener] = people as [Participant, Participant];
      await isHeard(speaker, listener);
      await until("the room to be live again", BOUND_MS, live);
    });
  });
});

test("a room that is kept here", async (t) => {
  const settings = { REALTIME__MEMBERSHIP__SOURCES: "token_claims,http,registry", REALTIME__MODERATION__KICK_SECONDS: "1" };
  await stack.configured(settings, async () => {
    const kept = async (json: Json): Promise<string> => {
      const name = fresh("kept");
      await done(erin, "PUT", `/rooms/${name}`, json);
      await done(erin, "PUT", `/rooms/${name}/members/${alice.id}`, { role: "moderator" });
      await done(alice, "PUT", `/rooms/${name}/members/${bob.id}`, { role: "participant" });
      await done(alice, "PUT", `/rooms/${name}/members/${carol.id}`, { role: "participant" });
      return name;
    };

    await t.test("is full for everybody but those who are in it, until one of them goes", async () => {
      const name = await kept({ max_participants: 2 });
      const early = await api.joined(name, { as: carol });
      const joined = await Promise.all([alice, bob].map((as) => api.joined(name, { as })));
      await together(joined, async ([, leaver]) => {
        await until("the room to be known to be full", BOUND_MS, async () => (await api.join(name, { as: carol })).status === 409);
        refused(await api.join(name, { as: carol }), 409, "room_full");
        await api.joined(name, { as: bob });
        // With a token from when there was room left: LiveKit counts, too.
        await assert.rejects(Participant.connect(early));
        assert.equal((await server.listParticipants(`realtime/${name}`)).length, 2);
        await leaver?.leave();
        const late = await until("the room to have a place", BOUND_MS, async () => {
          const answer = await api.join(name, { as: carol });
          return answer.status === 201 && (answer.body() as unknown as Joined);
        });
        await together([late], async ([latecomer]) => {
          await latecomer?.meets(joined[0]?.participant_identity ?? "");
        });
      });
    });

    await t.test("is left by whoever is no member any more, and entered again by whoever is one again", async () => {
      const name = await kept({});
      const joined = await Promise.all([alice, bob].map((as) => api.joined(name, { as })));
      const [, before] = joined as [Joined, Joined];
      const socket = await EventSocket.open(gateway.url, await api.wallet.of("bob"), fresh("watch"));
      await together(joined, async (people) => {
        const [witness, member] = people as [Participant, Participant];
        await isHeard(member, witness);
        await done(alice, "DELETE", `/rooms/${name}/members/${bob.id}`);
        await witness.misses(member.identity);
        assert.equal((await member.gone).reason, DisconnectReason.PARTICIPANT_REMOVED);
        assert.equal((await socket.hears("room.removed", name))["reason"], "removed");
        refused(await api.join(name, { as: bob }), 404, "room_not_found");
        await isWorthless(before, 403, "kicked");
        await done(alice, "PUT", `/rooms/${name}/members/${bob.id}`, { role: "participant" });
        await isWorthless(before, 401, "token_invalid");
        await getsIn(name, bob, witness);
        await isWorthless(before, 401, "token_invalid");
      });
      socket.close();
    });

    await t.test("is open to whoever was kicked once that is over: by a new join, and by nothing from before", async () => {
      const name = await kept({});
      const joined = await Promise.all([alice, bob].map((as) => api.joined(name, { as })));
      const [, before] = joined as [Joined, Joined];
      await together(joined, async (people) => {
        const [witness, member] = people as [Participant, Participant];
        await isHeard(member, witness);
        await done(alice, "DELETE", `/rooms/${name}/participants/${member.identity}`);
        await witness.misses(member.identity);
        await until("the kick to be over", BOUND_MS, async () => (await api.ask("POST", `/rooms/${name}/join?dry_run=true`, { as: bob })).body()["allowed"]);
        await isWorthless(before, 401, "token_invalid");
        await getsIn(name, bob, witness);
        await isWorthless(before, 401, "token_invalid");
      });
    });
  });
});
