/** The kit in docs/conformance, read once. */
import { readFileSync } from "node:fs";

import { object, type JsonObject } from "../json.ts";
import { transcripts, type Transcript } from "./transcript.ts";
import { Wire } from "./wire.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

export interface Kit {
  wire: Wire;
  /** What transcripts speak of by name: descriptions, a key. */
  fixtures: JsonObject;
  transcripts: Transcript[];
}

export function kit(): Kit {
  return {
    wire: new Wire(new URL("schemas/protocol.json", DOCS)),
    fixtures: object(JSON.parse(readFileSync(new URL("conformance/fixtures.json", DOCS), "utf8"))),
    transcripts: transcripts(new URL("conformance/transcripts/", DOCS)),
  };
}
