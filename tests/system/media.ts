/** What each role may do once it is in the room: media, by LiveKit's own SDK. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RoomServiceClient } from "livekit-server-sdk";

import { fresh } from "../src/api.ts";
import { Participant, together, TrackSource } from "../src/participant.ts";
import { alice, bob, carol, frank } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

const { livekit } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);

describe("media", () => {
  test("moderator, presenter and participant see and hear each other, and the viewer sees and hears them all", async () => {
    const people = [alice, frank, bob, carol];
    const joined = await Promise.all(people.map((as) => api.joined("standup", { as, device: fresh("media") })));
    await together(joined, async ([moderator, presenter, participant, viewer]) => {
      const speaking = [moderator, presenter, participant] as Participant[];
      await Promise.all(speaking.flatMap((person) => [person.showCamera(), person.speak()]));
      for (const person of [...speaking, viewer as Participant]) {
        for (const other of speaking) {
          if (other === person) continue;
          assert.ok((await person.sees(other.identity)) > 0);
          await person.hears(other.identity);
        }
      }
    });
  });

  test("nobody publishes what their role does not allow, whatever their client tries", async () => {
    const joined = await Promise.all([
      api.joined("standup", { as: carol, device: fresh("viewer") }),
      api.joined("standup", { as: bob, device: fresh("participant") }),
      api.joined("standup", { as: frank, device: fresh("presenter") }),
    ]);
    await together(joined, async (people) => {
      const [viewer, participant, presenter] = people as [Participant, Participant, Participant];
      await Promise.all([
        assert.rejects(viewer.showCamera()),
        assert.rejects(participant.showCamera(TrackSource.SOURCE_SCREENSHARE)),
      ]);
      // What is published after the attempts arrives, so the attempts would have, too.
      await presenter.showCamera(TrackSource.SOURCE_SCREENSHARE);
      await Promise.all([viewer.sees(presenter.identity), participant.sees(presenter.identity)]);
      for (const { identity } of [viewer, participant]) {
        assert.equal((await presenter.meets(identity)).trackPublications.size, 0);
        assert.equal((await server.getParticipant("realtime/standup", identity)).tracks.length, 0);
      }
      const { permission } = await server.getParticipant("realtime/standup", viewer.identity);
      assert.deepEqual([permission?.canPublish, permission?.canPublishData, permission?.canSubscribe], [false, false, true]);
    });
  });

  test("others see the person's name, role and user id, and neither e-mail nor metadata", async () => {
    const [one, other] = await Promise.all([
      api.joined("standup", { as: alice, device: fresh("names") }),
      api.joined("standup", { as: bob, device: fresh("names") }),
    ]);
    await together([one, other], async ([, observer]) => {
      const seen = await (observer as Participant).meets(one.participant_identity);
      assert.equal(seen.name, alice.name);
      assert.equal(seen.metadata ?? "", "");
      assert.deepEqual({ ...seen.attributes }, { role: "moderator", user_id: alice.id });
    });
  });

  test("a second device of a person is a second participant, and the same device once more takes the place of the first", async () => {
    const device = fresh("phone");
    const [phone, laptop, observer] = await Promise.all([
      api.joined("standup", { as: bob, device }),
      api.joined("standup", { as: bob, device: fresh("laptop") }),
      api.joined("standup", { as: alice, device: fresh("observer") }),
    ]);
    await together([observer, phone, laptop], async ([watching]) => {
      await (watching as Participant).meets(phone.participant_identity);
      await (watching as Participant).meets(laptop.participant_identity);
      const again = await Participant.connect(await api.joined("standup", { as: bob, device }));
      try {
        assert.equal(again.identity, phone.participant_identity);
        const identities = (await server.listParticipants("realtime/standup")).map(({ identity }) => identity);
        assert.equal(identities.filter((identity) => identity === phone.participant_identity).length, 1);
        assert.ok(identities.includes(laptop.participant_identity));
      } finally {
        await again.leave();
      }
    });
  });
});
