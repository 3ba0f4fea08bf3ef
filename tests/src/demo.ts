/**
 * Two people meet: the whole path of the product in a few seconds, on a product that already runs (`cargo xtask dev`).
 *
 * alice and bob log in, ask for the room `standup`, connect with LiveKit's own SDK, show a moving picture, play a tone, see and hear each other, and
 * leave. Ends with 0 when all of that happened, else with 1 and a sentence that says what did not.
 */
import { parseArgs } from "node:util";

import type { Joined } from "./api.ts";
import { object, text } from "./json.ts";
import { logIn, type Realm } from "./login.ts";
import { dispose, Participant } from "./participant.ts";

const USAGE = `Usage: demo [--url <address>] [--issuer <address>]

  --url     where the product answers (default http://127.0.0.1:8080)
  --issuer  the realm that people log in to (default <url>/realms/realtime)`;
const ROOM = "standup";
const PEOPLE = ["alice", "bob"] as const;

/** A fault that is told in one sentence, without a stack trace. */
class Told extends Error {}

/** Prints each step with the time since the start and the time that the step took. */
class Story {
  private readonly start = performance.now();
  private last = this.start;

  tell(what: string): void {
    const now = performance.now();
    const since = ((now - this.start) / 1000).toFixed(2).padStart(6);
    const took = Math.round(now - this.last);
    this.last = now;
    console.log(`${since} s  ${what}  (${took} ms)`);
  }
}

async function realm(issuer: string): Promise<Realm> {
  const address = `${issuer}/.well-known/openid-configuration`;
  const response = await fetch(address).catch((error: unknown) => {
    throw new Told(`Nothing answers at ${issuer}. Start \`cargo xtask dev\` in another terminal, or name the right address with --url.`, {
      cause: error,
    });
  });
  if (!response.ok) throw new Told(`${address} answered ${response.status}: this is not where people log in. Name the realm with --issuer.`);
  return { token_endpoint: text(object(await response.json()), "token_endpoint"), client: "web" };
}

async function join(url: string, token: string, device: string): Promise<Joined> {
  const response = await fetch(`${url}/api/realtime/rooms/${ROOM}/join`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "x-device-id": device },
  });
  const body = await response.text();
  if (response.status !== 201) throw new Told(`The join of ${ROOM} was refused: ${response.status} ${body}`);
  return JSON.parse(body) as Joined;
}

async function play(url: string, issuer: string): Promise<void> {
  const story = new Story();
  const home = await realm(issuer);
  story.tell(`${url} answers`);

  const tokens = await Promise.all(PEOPLE.map((person) => logIn(home, person)));
  story.tell("alice and bob log in and get their access tokens");

  const joined = await Promise.all(tokens.map(({ access }, index) => join(url, access, `demo-${index + 1}`)));
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

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: "string", default: "http://127.0.0.1:8080" }, issuer: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const url = values.url.replace(/\/+$/, "");
  await play(url, values.issuer?.replace(/\/+$/, "") ?? `${url}/realms/realtime`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}`);
  if (!(error instanceof Told) && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
} finally {
  await dispose();
}
