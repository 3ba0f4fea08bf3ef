/**
 * Plays the transcripts of docs/conformance against any server.
 *
 * Ends with 0 when every one went as written, else with 1 and the step at which it did not.
 */
import { parseArgs } from "node:util";

import { kit } from "./conformance/kit.ts";
import { play, type Person } from "./conformance/player.ts";
import { MODES, type Mode } from "./conformance/transcript.ts";
import { object, text } from "./json.ts";

const USAGE = `Usage: conformance --url <address> --token <name>=<access token> … [--mode <mode>] [--ring-seconds <n>] [transcript …]

  --url            where the server answers, without /api/realtime
  --token          who plays whom: alice, bob and carol are needed
  --mode           ${MODES.join(", ")}; all of them if absent
  --ring-seconds   the shortest time that a call may ring there (default 15)`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: "string" },
      token: { type: "string", multiple: true },
      mode: { type: "string" },
      "ring-seconds": { type: "string", default: "15" },
      help: { type: "boolean", short: "h" },
    },
  });
  const modes = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
  if (values.help === true || values.url === undefined || values.token === undefined || modes.length === 0) {
    console.log(USAGE);
    return values.help === true ? 0 : 1;
  }
  const people = Object.fromEntries(values.token.map(person));
  const server = { base: values.url.replace(/\/+$/, ""), people, ring_seconds: Number(values["ring-seconds"]) };
  return (await playAll(modes, positionals, server)) ? 0 : 1;
}

async function playAll(modes: readonly Mode[], names: string[], server: Parameters<typeof play>[2]): Promise<boolean> {
  const { transcripts, wire, fixtures } = kit();
  let isGood = true;
  for (const transcript of transcripts.filter(({ name }) => names.length === 0 || names.includes(name))) {
    for (const mode of modes.filter((mode) => transcript.modes?.includes(mode) ?? true)) {
      const fault = await play(transcript, mode, server, wire, fixtures).then(
        () => undefined,
        (error: Error) => error.message,
      );
      console.log(`${fault === undefined ? "good    " : "NOT GOOD"} ${transcript.name} over ${mode}`);
      if (fault !== undefined) console.log(`         ${fault}`);
      isGood &&= fault === undefined;
    }
  }
  return isGood;
}

/** `alice=<token>`: the id is the token's `sub`. */
function person(argument: string): [string, Person] {
  const [name, token] = argument.split(/=(.*)/s);
  if (name === undefined || token === undefined) throw new Error("a token is given as <name>=<access token>");
  const claims = object(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")));
  return [name, { id: text(claims, "sub"), token: () => Promise.resolve(token) }];
}

process.exitCode = await main();
