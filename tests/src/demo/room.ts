/**
 * Two people meet in a room: alice and bob log in, ask for the room `standup`, connect with LiveKit's own SDK, show a moving picture, play a
 * tone, see and hear each other, and leave.
 */
import type { Joined } from "../api.ts";
import { Participant } from "../participant.ts";
import { accessToken, realm, type Place } from "./product.ts";
import { Story, Told } from "./story.ts";

const ROOM = "standup";

async function join(url: string, token: string, device: string): Promise<Joined> {
  const response = await fetch(`${url}/api/realtime/rooms/${ROOM}/join`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "x-device-id": device },
  });
  const body = await response.text();
  if (response.status !== 201) throw new Told(`The join of ${ROOM} was refused: ${response.status} ${body}`);
  return JSON.parse(body) as Joined;
}

export async function playRoom(place: Place): Promise<void> {
  const { url } = place;
  const story = new Story();
  const home = await realm(place);
  story.tell(`${url} answers`);

  const tokens = await Promise.all(["alice", "bob"].map((person) => accessToken(home, person)));
  story.tell("alice and bob log in and get their access tokens");

  const joined = await Promise.all(tokens.map((token, index) => join(url, token, `demo-${index + 1}`)));
  const [forAlice, forBob] = joined as [Joined, Joined];
  story.tell(`both ask for the room ${ROOM}: alice comes in as ${forAlice.role}, bob as ${forBob.role}`);

  const alice = await Participant.connect(forAlice);
  story.tell(`alice connects to ${forAlice.server_url} with the token from the answer`);
  const bob = await Participant.connect(forBob);
  story.tell("bob connects, too");

  await Promise.all([alice.showCamera(), alice.speak(), bob.showCamera(), bob.speak()]);
  story.tell("each shows a moving picture and plays a tone");

  const [ofBob, ofAlice] = await Promise.all([alice.sees(bob.identity), bob.sees(alice.identity)]);
  story.tell(`they see each other move: ${ofBob} pictures have reached alice, ${ofAlice} bob`);
  await Promise.all([alice.hears(bob.identity), bob.hears(alice.identity)]);
  story.tell("they hear each other");

  await bob.leave();
  await alice.misses(bob.identity);
  story.tell("bob leaves, and alice notices");
  await alice.leave();
  story.tell("alice leaves");
  console.log("\nIt works: media went both ways.");
}
