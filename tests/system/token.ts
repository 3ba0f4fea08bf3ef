/** The LiveKit token, judged by LiveKit's own verifier and compared whole. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { decodeJwt, decodeProtectedHeader } from "jose";
import { RoomServiceClient, TokenVerifier } from "livekit-server-sdk";

import { fresh } from "../src/api.ts";
import { alice, bob, inStandup } from "../src/people.ts";
import { api, stack } from "../src/product.ts";

const { livekit } = stack.at;
const verifier = new TokenVerifier(livekit.api_key, livekit.api_secret);

const CAMERA = ["camera", "microphone"];
const SCREEN = ["screen_share", "screen_share_audio"];
const PUBLISHING = { canPublish: true, canPublishData: true, canSubscribe: true, canUpdateOwnMetadata: false };

const grants = {
  viewer: { canPublish: false, canPublishData: false, canSubscribe: true, canUpdateOwnMetadata: false },
  participant: { ...PUBLISHING, canPublishSources: CAMERA },
  presenter: { ...PUBLISHING, canPublishSources: [...CAMERA, ...SCREEN] },
  moderator: { ...PUBLISHING, canPublishSources: [...CAMERA, ...SCREEN] },
} as const;

describe("the LiveKit token", () => {
  for (const { person, role } of inStandup) {
    test(`of a ${role} has exactly the grants of a ${role}`, async () => {
      const device = fresh("token");
      const joined = await api.joined("standup", { as: person, device });
      await verifier.verify(joined.participant_token);

      assert.deepEqual(decodeProtectedHeader(joined.participant_token), { alg: "HS256", typ: "JWT" });
      const { nbf, exp, ...claims } = decodeJwt(joined.participant_token);
      assert.deepEqual(claims, {
        iss: livekit.api_key,
        sub: `${person.id}:${device}`,
        name: person.name,
        attributes: { role, user_id: person.id },
        video: { roomJoin: true, room: "realtime/standup", ...grants[role] },
      });
      assert.equal(Number(exp) - Number(nbf), 120);
      assert.deepEqual(
        { ...joined, participant_token: undefined },
        {
          server_url: livekit.public_url,
          participant_token: undefined,
          room_name: "standup",
          participant_identity: `${person.id}:${device}`,
          role,
          expires_at: new Date(Number(exp) * 1000).toISOString(),
          refresh_after: new Date((Number(exp) - 60) * 1000).toISOString(),
        },
      );
    });
  }

  test("names the device `default` where the client names none", async () => {
    const joined = await api.joined("standup", { as: bob });
    assert.equal(joined.participant_identity, `${bob.id}:default`);
  });

  test("lives as long as the setting says", async () => {
    await stack.configured({ REALTIME__LIVEKIT__TOKEN_TTL_SECONDS: "60" }, async () => {
      const { nbf, exp } = decodeJwt((await api.joined("standup", { as: bob })).participant_token);
      assert.equal(Number(exp) - Number(nbf), 60);
    });
  });

  test("is for a room that LiveKit has by then, with time-outs longer than any token for it lives", async () => {
    await api.joined("retro", { as: alice });
    const [room] = await new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret).listRooms(["realtime/retro"]);
    assert.equal(room?.emptyTimeout, 300);
    assert.equal(room?.departureTimeout, 240);
  });

  test("counts the bare group of a room as participant, and the highest of several roles", async () => {
    assert.equal((await api.joined("retro", { as: alice })).role, "participant");
    assert.equal((await api.joined("retro", { as: bob })).role, "moderator");
  });
});
