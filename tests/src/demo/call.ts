/**
 * A call between two people with two devices each: ring, busy for a third, accept on one device, talk through LiveKit, hang up; then both
 * call each other at once and end up in one call; then the history.
 */
import type { Joined } from "../api.ts";
import { call, Device, stateOf, type Call } from "../device.ts";
import { list, text, type JsonObject } from "../json.ts";
import { Participant } from "../participant.ts";
import { accessToken, realm, userId, type Place } from "./product.ts";
import { Story, Told } from "./story.ts";

/** People of the demo realm, who are all members of this room. */
const ROOM = "standup";
const WITHIN_ROOM: JsonObject = { room_id: ROOM };

interface Person {
  id: string;
  laptop: Device;
  phone: Device;
}

export async function playCall(place: Place): Promise<void> {
  const story = new Story();
  const home = await realm(place);
  const people = await Promise.all(
    ["alice", "bob", "carol"].map(async (name): Promise<Person> => {
      const token = await accessToken(home, name);
      const device = (kind: string) => new Device(place.url, () => Promise.resolve(token), `demo-${kind}`);
      return { id: userId(token), laptop: device("laptop"), phone: device("phone") };
    }),
  );
  const [alice, bob, carol] = people as [Person, Person, Person];
  story.tell("alice, bob and carol log in");

  const devices = people.flatMap(({ laptop, phone }) => [laptop, phone]);
  try {
    await Promise.all(devices.map((device) => device.start()));
    story.tell("each has a laptop and a phone that listen for events (GET /events)");
    await hangUpWhatIsLeft(devices);
    await ringAndTalk(story, alice, bob, carol);
    await callEachOther(story, alice, bob);
    await remember(story, bob);
  } finally {
    await Promise.all(devices.map((device) => device.stop()));
  }
  console.log("\nIt works: nobody was left ringing.");
}

/** Of an earlier demo that was interrupted. */
async function hangUpWhatIsLeft(devices: Device[]): Promise<void> {
  for (const device of devices) {
    for (const { id } of device.snapshots.at(-1) ?? []) await device.ask("POST", `/calls/${id}/hangup`);
  }
}

async function ringAndTalk(story: Story, alice: Person, bob: Person, carol: Person): Promise<void> {
  const { id } = await alice.laptop.invites([bob.id], WITHIN_ROOM);
  story.tell(`alice's laptop calls bob: call ${id} rings`);
  await Promise.all([bob.laptop.hears("call.ringing", id), bob.phone.hears("call.ringing", id)]);
  story.tell("bob's laptop and phone ring");

  const third = await carol.laptop.invites([bob.id], WITHIN_ROOM);
  if (third.reason !== "busy") throw new Told(`carol should hear that bob is busy, but the call is ${third.phase}`);
  story.tell("carol calls bob meanwhile and hears `busy`; bob's devices do not ring");

  await bob.phone.does("accept", id);
  await alice.laptop.hears("call.accepted", id);
  const stopped = await bob.laptop.hears("call.stopped", id);
  story.tell(`bob's phone accepts: alice is told, and bob's laptop stops ringing (${stopped.reason})`);

  const late = await bob.laptop.ask("POST", `/calls/${id}/accept`);
  story.tell(`bob's laptop accepts as well, too late: ${late.status} ${text(late.body, "code")}`);

  await talk(story, id, alice.laptop, bob.phone);

  await alice.laptop.does("hangup", id);
  const end = await bob.phone.hears("call.ended", id);
  story.tell(`alice hangs up, and bob's phone hears \`${end.call.reason}\``);
}

async function talk(story: Story, id: string, ...devices: [Device, Device]): Promise<void> {
  const joined = await Promise.all(devices.map((device) => device.get(201, "POST", `/rooms/call-${id}/join`)));
  story.tell(`both join the call's own room, call-${id}`);
  const inRoom: Participant[] = [];
  try {
    for (const answer of joined) inRoom.push(await Participant.connect(answer as unknown as Joined));
    const [one, other] = inRoom as [Participant, Participant];
    await Promise.all(inRoom.flatMap((participant) => [participant.showCamera(), participant.speak()]));
    await Promise.all([one.sees(other.identity), other.sees(one.identity), one.hears(other.identity), other.hears(one.identity)]);
    story.tell("they see and hear each other through LiveKit");
  } finally {
    await Promise.all(inRoom.map((participant) => participant.leave()));
  }
}

async function callEachOther(story: Story, alice: Person, bob: Person): Promise<void> {
  const invite = (from: Person, to: Person) =>
    from.laptop.ask("POST", "/calls", { callees: [to.id], kind: "audio", media: "livekit", ...WITHIN_ROOM });
  const answers = await Promise.all([invite(alice, bob), invite(bob, alice)]);
  const calls = answers.map(({ status, body }) => {
    if (status !== 200 && status !== 201) throw new Told(`An invite was refused: ${status} ${JSON.stringify(body)}`);
    return call(body);
  });
  const [one, other] = calls as [Call, Call];
  if (one.id !== other.id) throw new Told(`They call each other and are in two calls, ${one.id} and ${other.id}`);
  const now = (await bob.laptop.get(200, "GET", `/calls/${one.id}`)) as unknown as Call;
  const states = [alice, bob].map(({ id }) => stateOf(now, id)).join(" and ");
  story.tell(`alice and bob call each other at the same moment: one call, ${now.phase}, ${states}`);
  await bob.laptop.does("hangup", one.id);
  await alice.laptop.hears("call.ended", one.id);
  story.tell("bob hangs up, and alice is told");
}

async function remember(story: Story, bob: Person): Promise<void> {
  const items = list(await bob.laptop.get(200, "GET", "/calls/history?limit=3"), "items") as JsonObject[];
  const told = items.map((item) => `${text(item, "reason")}${item["missed"] === true ? " (missed)" : ""}`).join(", ");
  story.tell(`bob's history, newest first: ${told}`);
  const live = list(await bob.laptop.get(200, "GET", "/calls"), "items");
  if (live.length > 0) throw new Told(`bob still has ${live.length} live calls`);
  story.tell("and no live call is left");
}
