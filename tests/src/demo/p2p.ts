/**
 * A peer-to-peer call: alice's device over the WebSocket, bob's by polling, each with a real WebRTC stack. Ring with the offer, accept with the
 * answer, candidates, media both ways, a restart of ICE, hang up, history.
 */
import { Client } from "../conformance/client.ts";
import { kit } from "../conformance/kit.ts";
import { list, object, text } from "../json.ts";
import { ask } from "../conformance/polling.ts";
import type { TransportName } from "../conformance/transport.ts";
import { Phone } from "../peers/phone.ts";
import { WeriftEngine } from "../peers/werift.ts";
import { accessToken, realm, userId, type Place } from "./product.ts";
import { Story, Told } from "./story.ts";

interface Person {
  name: string;
  id: string;
  phone: Phone;
}

export async function playP2p(place: Place): Promise<void> {
  const story = new Story();
  const home = await realm(place);
  const { wire } = kit();
  const person = async (name: string, over: TransportName): Promise<Person> => {
    const token = await accessToken(home, name);
    const client = new Client({ base: place.url, token: () => Promise.resolve(token), device: "demo-p2p" }, wire);
    return { name, id: userId(token), phone: new Phone(client, new WeriftEngine(), { over, trickle: true, relay: false }) };
  };
  const [alice, bob] = [await person("alice", "websocket"), await person("bob", "polling")];
  story.tell("alice and bob log in");
  try {
    for (const { phone } of [alice, bob]) {
      await phone.start();
      await hangUpWhatIsLeft(phone);
    }
    story.tell("alice's device opens a WebSocket, bob's polls; each has a WebRTC stack of its own (werift)");
    await call(story, alice, bob);
    await restart(story, alice, bob);
    await hangUp(story, alice, bob);
  } finally {
    await Promise.all([alice, bob].map(({ phone }) => phone.stop()));
  }
  console.log("\nIt works: media went both ways, and not through a server.");
}

async function call(story: Story, alice: Person, bob: Person): Promise<void> {
  const id = await alice.phone.calls(bob.id, "invite");
  story.tell(`alice calls bob, with the offer in the invite: call ${id} rings`);
  await bob.phone.rings("invite");
  story.tell("bob's device rings, and has alice's early offer");
  await bob.phone.accepts();
  const servers = bob.phone.servers?.ice_servers.flatMap(({ urls }) => urls) ?? [];
  story.tell(`bob asks for ICE servers (${servers.join(", ") || "none here: both are on one machine"}), and accepts with his answer, in one step`);
  await connected(story, alice, bob);
}

async function connected(story: Story, alice: Person, bob: Person): Promise<void> {
  await Promise.all([alice, bob].map(async ({ phone }) => {
    await phone.connects();
    await phone.wait("candidates of the peer", () => phone.candidates > 0);
  }));
  const told = [alice, bob].map(({ name, phone }) => `${phone.candidates} to ${name}`).join(", ");
  story.tell(`candidates go both ways as they are found (${told}), and the devices connect`);
  const [toAlice, toBob] = await Promise.all([alice.phone.receives(), bob.phone.receives()]);
  const packets = ({ audio, video }: { audio: number; video: number }) => `${audio} packets of sound and ${video} of pictures`;
  story.tell(`media flow: ${packets(toAlice)} reach alice, ${packets(toBob)} bob`);
}

async function restart(story: Story, alice: Person, bob: Person): Promise<void> {
  await alice.phone.restarts();
  story.tell("alice's network changes: she offers again, in generation 1");
  await bob.phone.wait("the new generation", () => bob.phone.generation === 1);
  await connected(story, alice, bob);
}

async function hangUp(story: Story, alice: Person, bob: Person): Promise<void> {
  await alice.phone.hangsUp();
  const [reason] = await Promise.all([bob.phone.ends(), alice.phone.ends()]);
  story.tell(`alice hangs up, and both hear \`${reason}\``);
  const { place } = bob.phone.client;
  const history = await ask(place, "GET", "/api/realtime/calls/history?limit=1");
  const last = object(list(history.body ?? {}, "items")[0]);
  story.tell(`bob's history: \`${text(last, "reason")}\`, ${String(last["ring_ms"])} ms of ringing, ${String(last["active_ms"])} ms of talking`);
  const live = await ask(place, "GET", "/api/realtime/calls");
  if (list(live.body ?? {}, "items").length > 0) throw new Told("bob still has a live call");
  story.tell("and no live call is left");
}

/** Of an earlier demo that was interrupted. */
async function hangUpWhatIsLeft({ client: { place } }: Phone): Promise<void> {
  const { body } = await ask(place, "GET", "/api/realtime/calls");
  for (const call of list(body ?? {}, "items")) {
    await ask(place, "POST", `/api/realtime/calls/${text(object(call), "id")}/hangup`);
  }
}
