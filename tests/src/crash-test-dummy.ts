/**
 * A process with nobody in it but one participant of a room, to be killed: `node --import tsx src/crash-test-dummy.ts`. What a join answered comes on
 * stdin as one line of JSON; once it is in the room and sends a picture, it says `in`. It never leaves by itself.
 */
import { createInterface } from "node:readline";

import type { Joined } from "./api.ts";
import { Participant } from "./participant.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const participant = await Participant.connect(JSON.parse(line) as Joined);
  await participant.showCamera();
  console.log("in");
}
