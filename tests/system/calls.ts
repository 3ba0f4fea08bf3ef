/** Calls through the public door: rung, answered, talked and remembered, with nobody left hanging. Races and faults are in the Rust tests. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { RoomServiceClient } from "livekit-server-sdk";

import { refused, type Joined } from "../src/api.ts";
import { call, Device, stateOf, type Call } from "../src/device.ts";
import { list, text, type JsonObject } from "../src/json.ts";
import { Participant, together } from "../src/participant.ts";
import { send } from "../src/http.ts";
import { alice, bob, carol, dave, erin, frank, type Person } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import type { Span } from "../src/stack.ts";
import { until } from "../src/until.ts";

const BOUND_MS = 20_000;
const { livekit } = stack.at;
const server = new RoomServiceClient(livekit.url, livekit.api_key, livekit.api_secret);

/** Devices that listen while `work` runs, by the name of the person and of the device. */
async function listening<T>(work: (of: (person: Person, name?: string) => Promise<Device>) => Promise<T>): Promise<T> {
  const devices = new Map<string, Promise<Device>>();
  const of = (person: Person, name = "laptop"): Promise<Device> => {
    const key = `${person.user} ${name}`;
    const known = devices.get(key);
    if (known !== undefined) return known;
    const device = new Device(stack.at.gateway.url, () => api.wallet.of(person.user), name).start();
    devices.set(key, device);
    return device;
  };
  try {
    return await work(of);
  } finally {
    await Promise.all([...devices.values()].map(async (device) => (await device).stop()));
  }
}

describe("a call", () => {
  test("rings every device, is answered on one, joined, talked in and hung up, and all are told", async () => {
    await listening(async (of) => {
      const [caller, other, laptop, phone] = await Promise.all([of(alice), of(alice, "tablet"), of(bob), of(bob, "phone")]);
      const { id, phase, sfu_room } = await caller.invites([bob.id], { room_id: "standup" });
      assert.deepEqual([phase, sfu_room], ["ringing", `call-${id}`]);
      await Promise.all([laptop.hears("call.ringing", id), phone.hears("call.ringing", id), other.hears("call.updated", id)]);

      const before = await api.join(`call-${id}`, { as: bob, device: "phone" });
      refused(before, 409, "not_allowed_in_phase");

      const accepted = await phone.does("accept", id);
      assert.deepEqual([accepted.phase, stateOf(accepted, bob.id)], ["active", "accepted"]);
      await caller.hears("call.accepted", id);
      assert.equal((await laptop.hears("call.stopped", id)).reason, "answered_elsewhere");
      const late = await laptop.ask("POST", `/calls/${id}/accept`);
      assert.deepEqual([late.status, late.body["code"]], [409, "call_already_answered"]);

      const joined = await Promise.all([caller, phone].map((device) => device.get(201, "POST", `/rooms/call-${id}/join`)));
      assert.deepEqual(
        joined.map(({ role }) => role),
        ["participant", "participant"],
      );
      refused(await api.join(`call-${id}`, { as: carol }), 404, "room_not_found");
      await together(joined as unknown as Joined[], async ([one, two]) => {
        await Promise.all([one?.showCamera(), two?.showCamera()]);
        await Promise.all([one?.sees(`${bob.id}:phone`), two?.sees(`${alice.id}:laptop`)]);
        const ended = await caller.does("hangup", id);
        assert.equal(ended.reason, "completed");
        await Promise.all([caller, other, laptop, phone].map((device) => device.hears("call.ended", id)));
        await until("LiveKit to have closed the room", BOUND_MS, async () => (await server.listRooms([`realtime/call-${id}`])).length === 0);
      });
      const after = await api.join(`call-${id}`, { as: bob, device: "phone" });
      refused(after, 409, "call_ended");
      assert.equal(call(after.body()).reason, "completed");
      assert.deepEqual(
        [caller, other, laptop, phone].map(({ lost }) => lost),
        [0, 0, 0, 0],
      );
    });
  });

  test("of audio alone gives tokens for a microphone alone", async () => {
    await listening(async (of) => {
      const [caller, callee] = await Promise.all([of(alice), of(bob)]);
      const { id } = await caller.invites([bob.id], { kind: "audio" });
      await callee.does("accept", id);
      const { participant_token } = await callee.get(201, "POST", `/rooms/call-${id}/join`);
      const claims = JSON.parse(Buffer.from(String(participant_token).split(".")[1] ?? "", "base64url").toString()) as JsonObject;
      assert.deepEqual((claims["video"] as JsonObject)["canPublishSources"], ["microphone"]);
      await caller.does("hangup", id);
    });
  });

  test("to somebody who is in one ends as busy and does not ring them", async () => {
    await listening(async (of) => {
      const [one, two, three] = await Promise.all([of(alice), of(bob), of(carol)]);
      const { id } = await one.invites([bob.id]);
      const busy = await three.invites([bob.id]);
      assert.deepEqual([busy.phase, busy.reason], ["ended", "busy"]);
      await two.does("decline", id, { reason: "later" });
      assert.equal((await one.hears("call.ended", id)).call.reason, "rejected");
      assert.ok(!two.heard(busy.id).includes("call.ringing"));
      assert.deepEqual((await two.get(200, "GET", "/calls"))["items"], []);
    });
  });

  test("that nobody answers ends by itself, is missed, and frees both", async () => {
    await listening(async (of) => {
      const [one, two] = await Promise.all([of(alice), of(bob)]);
      const { id } = await one.invites([bob.id], { ring_seconds: 1 });
      await two.hears("call.ringing", id);
      const [end] = await Promise.all([one.hears("call.ended", id), two.hears("call.ended", id)]);
      assert.equal(end.call.reason, "no_answer");
      const late = await two.ask("POST", `/calls/${id}/accept`);
      assert.deepEqual([late.status, late.body["code"]], [409, "call_ended"]);
      assert.equal(call(late.body).reason, "no_answer");
      const [newest] = list(await two.get(200, "GET", "/calls/history?limit=1"), "items") as JsonObject[];
      assert.deepEqual([newest?.["id"], newest?.["missed"]], [id, true]);
    });
  });

  test("in both directions at once is one call, for both", async () => {
    await listening(async (of) => {
      const [one, two] = await Promise.all([of(alice), of(bob)]);
      const invite = (from: Device, to: Person) => from.ask("POST", "/calls", { callees: [to.id], kind: "video", media: "livekit" });
      const answers = await Promise.all([invite(one, bob), invite(two, alice)]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 201]);
      assert.deepEqual(answers.map(({ body }) => body["glare"] === true).sort(), [false, true]);
      const [id, same] = answers.map(({ body }) => call(body).id) as [string, string];
      assert.equal(id, same);
      const now = (await one.get(200, "GET", `/calls/${id}`)) as unknown as Call;
      assert.deepEqual([now.phase, stateOf(now, alice.id), stateOf(now, bob.id)], ["active", "accepted", "accepted"]);
      await two.does("hangup", id);
      await one.hears("call.ended", id);
    });
  });

  test("is stored for who is away: seen in the snapshot when they come in time", async () => {
    await listening(async (of) => {
      const one = await of(alice);
      const answer = await one.get(201, "POST", "/calls", { callees: [dave.id], kind: "audio", media: "livekit" });
      assert.equal(answer["reachable"], false);
      const { id } = call(answer);
      const come = await of(dave);
      assert.deepEqual(
        come.snapshots.flat().map((ring) => [ring.id, ring.phase]),
        [[id, "ringing"]],
      );
      await one.does("cancel", id);
      assert.equal((await come.hears("call.ended", id)).call.reason, "cancelled");
    });
  });

  test("is between members where a room is named, and its callees learn nothing else", async () => {
    const invite = (as: Person, callees: string[], room_id: string) =>
      api.ask("POST", "/calls", { as, json: { callees, room_id, kind: "audio", media: "livekit" } });
    refused(await invite(dave, [bob.id], "standup"), 404, "room_not_found");
    const strangers = await invite(alice, [bob.id, dave.id], "standup");
    refused(strangers, 403, "access_denied");
    assert.deepEqual(strangers.body()["user_ids"], [dave.id]);
    refused(await invite(alice, [bob.id], `call-${randomUUID()}`), 400, "invalid_field", { field: "room_id" });
    assert.deepEqual((await api.ask("GET", "/calls", { as: bob })).body()["items"], []);
  });

  test("that is asked for twice under one key is made once", async () => {
    await listening(async (of) => {
      const one = await of(alice);
      const [key, body] = [randomUUID(), { callees: [bob.id], kind: "audio", media: "livekit" }];
      const answers = await Promise.all([1, 2, 3].map(() => one.ask("POST", "/calls", body, key)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [201, 201, 201],
      );
      const [id, ...others] = answers.map((answer) => call(answer.body).id);
      assert.deepEqual([...new Set(others)], [id]);
      const reused = await one.ask("POST", "/calls", { ...body, kind: "video" }, key);
      assert.deepEqual([reused.status, reused.body["code"]], [409, "request_id_reused"]);
      await one.does("cancel", String(id));
    });
  });
});

/** How often LiveKit was asked who is in the room of a call, and gave an answer. */
async function asked(): Promise<number> {
  const { text } = await send(stack.at.service.management_url, "/metrics");
  return Number(/^sfu_effects_total\{task="check",outcome="done"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

test("people who are heard of by LiveKit alone stay in their call, and it ends when the last has left the room", async () => {
  // Nobody polls, so after ten seconds nothing but LiveKit tells that they are there.
  const device = (person: Person) => new Device(stack.at.gateway.url, () => api.wallet.of(person.user), "quiet");
  const [one, two] = [device(erin), device(frank)];
  const { id } = await one.invites([frank.id]);
  await two.does("accept", id);
  const joined = await Promise.all([one, two].map((each) => each.get(201, "POST", `/rooms/call-${id}/join`)));
  const participants = await Promise.all((joined as unknown as Joined[]).map((each) => Participant.connect(each)));
  const before = await asked();
  try {
    await until("LiveKit to have been asked three times", 60_000, async () => (await asked()) >= before + 3);
    const rooms = await server.listParticipants(`realtime/call-${id}`);
    assert.equal(rooms.length, 2, "they are still in the room");
  } finally {
    await Promise.all(participants.map((participant) => participant.leave()));
  }
  const [newest] = await until("the end of the call", 60_000, async () => {
    const { items } = (await api.ask("GET", "/calls/history?limit=1", { as: erin, device: "other" })).body();
    return (items as JsonObject[]).some((item) => item["id"] === id) && (items as JsonObject[]);
  });
  assert.equal(newest?.["reason"], "completed");
});

describe("who does not want to be called", () => {
  test("is not rung by somebody they block, who cannot tell", async () => {
    await listening(async (of) => {
      const [one, two] = await Promise.all([of(carol), of(bob)]);
      await two.get(204, "PUT", `/blocks/${carol.id}`);
      try {
        assert.deepEqual(
          (list(await two.get(200, "GET", "/blocks"), "items") as JsonObject[]).map((block) => block["user_id"]),
          [carol.id],
        );
        const { id, phase } = await one.invites([bob.id], { ring_seconds: 1 });
        assert.equal(phase, "ringing");
        assert.equal((await one.hears("call.ended", id)).call.reason, "no_answer");
        assert.deepEqual(two.heard(id), []);
      } finally {
        await two.get(204, "DELETE", `/blocks/${carol.id}`);
      }
    });
  });

  test("is busy while they are not to be disturbed", async () => {
    await listening(async (of) => {
      const [one, two] = await Promise.all([of(carol), of(bob)]);
      await two.get(200, "PUT", "/availability", { do_not_disturb: true });
      try {
        assert.equal((await one.invites([bob.id])).reason, "busy");
      } finally {
        await two.get(200, "PUT", "/availability", { do_not_disturb: false });
      }
    });
  });
});

describe("the log of events", () => {
  test("goes on where a cursor stands, and says so when it cannot", async () => {
    await listening(async (of) => {
      const one = await of(alice);
      const start = text((await api.ask("GET", "/events", { as: bob })).body(), "cursor");
      const { id } = await one.invites([bob.id]);
      const poll = async (after: string) => (await api.ask("GET", `/events?after=${encodeURIComponent(after)}`, { as: bob })).body();
      const first = await until("the ring", BOUND_MS, async () => {
        const answer = await poll(start);
        return list(answer, "events").length > 0 && answer;
      });
      assert.deepEqual(first["recovered"], true);
      assert.deepEqual(await poll(start).then((again) => again["events"]), first["events"]);
      for (const foreign of [String(one.cursor), "garbage", `${start}x`]) {
        const answer = await poll(foreign);
        assert.deepEqual([answer["recovered"], list(answer, "events")], [false, []], foreign);
        assert.deepEqual((list(answer, "calls") as JsonObject[]).map((ring) => ring["id"]), [id]);
      }
      await one.does("cancel", id);
    });
  });

  test("is told of bad questions", async () => {
    for (const [query, field] of [
      ["wait=26", "wait"],
      ["wait=-1", "wait"],
      ["wait=x", "wait"],
    ] as const) {
      refused(await api.ask("GET", `/events?after=x&${query}`, { as: bob }), 400, "invalid_field", { field });
    }
    refused(await api.ask("GET", "/events"), 401, "token_missing");
  });
});

test("the story of a call is one trace, from the gateway through both services", async () => {
  await listening(async (of) => {
    const [one, two] = await Promise.all([of(alice), of(bob)]);
    const made = await one.invites([bob.id]);
    await two.does("accept", made.id);
    await one.does("hangup", made.id);
    const services = ["gateway", "realtime-service", "call-state-service"];
    const spans = await until("the spans of the invite", BOUND_MS, async () => {
      const found = (await stack.spans()).filter(({ trace_id }) => trace_id === made.trace_id);
      return services.every((name) => found.some(({ service }) => service === name)) && found;
    });
    const parents = (span: Span): string[] => {
      const parent = spans.find(({ span_id }) => span_id === span.parent_span_id);
      return parent === undefined ? [span.service] : [...parents(parent), span.service];
    };
    const innermost = spans.filter(({ service }) => service === "call-state-service").map((span) => [...new Set(parents(span))]);
    for (const path of innermost) assert.deepEqual(path, services);
  });
});

test("while Redis or the call service is away", async (t) => {
  const { id } = await listening(async (of) => (await of(alice)).invites([bob.id]));
  await stack.without("call-state", async () => {
    await t.test("without the call service commands say so, and rooms go on", async () => {
      refused(await api.ask("POST", `/calls/${id}/cancel`, { as: alice }), 503, "call_state_unavailable", { retryAfter: true });
      await api.joined("standup", { as: alice });
    });
  });
  await stack.without("redis", async () => {
    await t.test("without Redis commands, events and joins say so: nobody knows who is banned", async () => {
      refused(await api.ask("POST", `/calls/${id}/cancel`, { as: alice }), 503, "store_unavailable", { retryAfter: true });
      refused(await api.ask("GET", "/events", { as: alice }), 503, "store_unavailable", { retryAfter: true });
      refused(await api.join("standup", { as: alice }), 503, "store_unavailable", { retryAfter: true });
    });
  });
  await t.test("a Redis that comes back empty is said to every reader, and calls work again", async () => {
    await until("a call that works", BOUND_MS, async () => {
      const answer = await api.ask("POST", "/calls", { as: alice, json: { callees: [bob.id], kind: "audio", media: "livekit" } });
      if (answer.status !== 201) return false;
      return (await api.ask("POST", `/calls/${call(answer.body()).id}/cancel`, { as: alice })).status === 200;
    });
  });
});
