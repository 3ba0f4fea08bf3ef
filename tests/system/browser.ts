/** `TokenSource.endpoint` of livekit-client, unchanged, in a real browser on a page of another origin. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fresh } from "../src/api.ts";
import { launch, origin, pageWithLiveKit } from "../src/browser.ts";
import { together } from "../src/participant.ts";
import { alice, bob } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const BOUND_MS = 20_000;

interface Seen {
  identity: string;
  width: number;
}

/** Runs in the page: joins by the standard token source, shows the fake camera, and says how to look at what it receives. */
async function joinInPage({ endpoint, token, device }: { endpoint: string; token: string; device: string }): Promise<string> {
  const { Room, RoomEvent, TokenSource } = (window as unknown as { LivekitClient: typeof import("livekit-client") }).LivekitClient;
  const source = TokenSource.endpoint(endpoint, { headers: { authorization: `Bearer ${token}`, "x-device-id": device } });
  const { serverUrl, participantToken } = await source.fetch({});
  const room = new Room();
  const seen: { identity: string; video: HTMLVideoElement }[] = [];
  Object.assign(window, {
    leave: () => room.disconnect(),
    seen: () => seen.map(({ identity, video }) => ({ identity, width: video.videoWidth })),
  });
  room.on(RoomEvent.TrackSubscribed, (track, _, from) => {
    if (track.kind === "video") seen.push({ identity: from.identity, video: document.body.appendChild(track.attach() as HTMLVideoElement) });
  });
  await room.connect(serverUrl, participantToken);
  await room.localParticipant.setCameraEnabled(true);
  return room.localParticipant.identity;
}

describe("a browser with livekit-client", () => {
  test("joins by TokenSource.endpoint, shows its camera, and sees another participant", async () => {
    const page_origin = await origin();
    const browser = await launch();
    try {
      await stack.configured({ REALTIME__CORS__ORIGINS: page_origin.url }, async () => {
        const device = fresh("browser");
        const peer = await api.joined("standup", { as: bob, device: fresh("peer") });
        await together([peer], async ([participant]) => {
          await participant?.showCamera();
          const page = await pageWithLiveKit(browser, page_origin.url);
          const endpoint = `${stack.at.gateway.url}/api/realtime/rooms/standup/join`;
          const identity = await page.evaluate(joinInPage, { endpoint, token: await api.wallet.of("alice"), device });
          assert.equal(identity, `${alice.id}:${device}`);
          await participant?.sees(identity);
          await until("pictures in the browser", BOUND_MS, async () => {
            const seen = await page.evaluate(() => (window as unknown as { seen: () => Seen[] }).seen());
            return seen.some((one) => one.identity === peer.participant_identity && one.width > 0);
          });
          await page.evaluate(() => (window as unknown as { leave: () => Promise<void> }).leave());
          await participant?.misses(identity);
        });
      });
    } finally {
      await browser.close();
      page_origin.server.close();
    }
  });

  test("gets no answer that it may read on a page of an origin that is not configured", async () => {
    const page_origin = await origin();
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(page_origin.url);
      const token = await api.wallet.of("alice");
      const outcome = await page.evaluate(
        ({ url, token }) =>
          fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}` } }).then(
            ({ status }) => String(status),
            () => "unreadable",
          ),
        { url: `${stack.at.gateway.url}/api/realtime/rooms/standup/join`, token },
      );
      assert.equal(outcome, "unreadable");
    } finally {
      await browser.close();
      page_origin.server.close();
    }
  });
});
