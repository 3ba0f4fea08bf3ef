/** Who has to leave, and who is silenced: by people who send real media with LiveKit's own SDK. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RoomServiceClient } from "livekit-server-sdk";

import { fresh, refused } from "../src/api.ts";
import { together, type Participant } from "../src/participant.ts";
import { alice, bob, carol } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const { livekit } = stack.at;
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

describe("moderation", () => {
  test("a moderator mutes what somebody sends, and others see who sends what", async () => {
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
      refused(await mute("screen_share"), 404, "participant_not_found");
      const { tracks } = await server.getParticipant(`realtime/${name}`, speaker.identity);
      assert.deepEqual(tracks.map(({ muted }) => muted).sort(), [false, true]);
    });
  });

  test("whoever is kicked while they send is gone for everybody", async () => {
    const name = await room();
    const joined = await Promise.all([api.joined(name, { as: bob }), api.joined(name, { as: carol })]);
    await together(joined, async (people) => {
      const [sender, onlooker] = people as [Participant, Participant];
      await sender.showCamera();
      await onlooker.sees(sender.identity);
      assert.equal((await api.ask("DELETE", `/rooms/${name}/participants/${sender.identity}`, { as: alice })).status, 204);
      await onlooker.misses(sender.identity);
      await until("the sender to know it", BOUND_MS, () => !sender.room.isConnected);
      refused(await api.join(name, { as: bob }), 403, "kicked");
    });
  });
});
