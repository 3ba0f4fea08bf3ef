/**
 * What the product is for, in a few seconds, on a product that already runs (`cargo xtask dev`).
 *
 * Ends with 0 when all of it happened, else with 1 and a sentence that says what did not.
 */
import { parseArgs } from "node:util";

import { playCall } from "./demo/call.ts";
import { playP2p } from "./demo/p2p.ts";
import { playRoom } from "./demo/room.ts";
import { Told } from "./demo/story.ts";
import { dispose } from "./participant.ts";

const USAGE = `Usage: demo [room|call|p2p] [--url <address>] [--issuer <address>]

  room      two people meet in a room (the default)
  call      two people with two devices each call each other
  p2p       two people talk from device to device
  --url     where the product answers (default http://127.0.0.1:8080)
  --issuer  the realm that people log in to (default <url>/realms/realtime)`;

const PLAYS = { room: playRoom, call: playCall, p2p: playP2p };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: "string", default: "http://127.0.0.1:8080" }, issuer: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const which = positionals[0] ?? "room";
  if (values.help === true || positionals.length > 1 || !Object.hasOwn(PLAYS, which)) {
    console.log(USAGE);
    return values.help === true ? 0 : 1;
  }
  const url = values.url.replace(/\/+$/, "");
  await PLAYS[which as keyof typeof PLAYS]({ url, issuer: values.issuer?.replace(/\/+$/, "") ?? `${url}/realms/realtime` });
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
