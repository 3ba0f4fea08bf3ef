/** What stands in a transcript; docs/conformance/README.md explains it. */
import { readdirSync, readFileSync } from "node:fs";

import type { Json, JsonObject } from "../json.ts";
import type { TransportName } from "./transport.ts";

/** How the devices of a run are connected. */
export type Mode = "websocket" | "polling" | "mixed" | "switching";

export const MODES: readonly Mode[] = ["websocket", "polling", "mixed", "switching"];

export interface TranscriptDevice {
  person: string;
  /** The name of another device of the transcript that this is the same device as. */
  same_as?: string;
  /** Not there at the beginning. */
  absent?: true;
}

/** A device asks for something and is answered. */
export interface CommandStep {
  device: string;
  command: string;
  call_id?: string;
  room_id?: string;
  body?: JsonObject;
  /** A name: steps with the same one send the same request id. */
  request?: string;
  answer: { status: number; body?: Json };
}

/** The next event of a device is this one. */
export interface HearStep {
  device: string;
  hears: JsonObject;
  /** How long it may take; for what the server waits with. */
  within_seconds?: number;
}

/** There is nothing more in the log of a device. */
export interface SilentStep {
  device: string;
  silent: true;
}

/** A device goes, as if the network were gone, or comes (back). */
export interface GoStep {
  device: string;
  goes: "away" | "back" | TransportName;
  /** The cursor that it comes with; its own if absent, none if `null`. */
  after?: string | null;
  /** What it is told at first. */
  state?: JsonObject;
  /** `false`: it connects and does not say who it is. WebSocket alone. */
  hello?: false;
}

/** A device says something that is no command. WebSocket alone. */
export interface SendStep {
  device: string;
  sends: Json;
}

/** The server closes the connection of a device. */
export interface CloseStep {
  device: string;
  closes: { code: number; reason: string };
}

export type Step = CommandStep | HearStep | SilentStep | GoStep | SendStep | CloseStep;

export interface Transcript {
  /** The name of its file. */
  name: string;
  title: string;
  devices: Record<string, TranscriptDevice>;
  /** All if absent. */
  modes?: Mode[];
  steps: Step[];
}

/** Every transcript in `folder`. */
export function transcripts(folder: string | URL): Transcript[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  if (files.length === 0) throw new Error(`there is no transcript in ${String(folder)}`);
  return files.sort().map((file) => {
    const read = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Omit<Transcript, "name">;
    return { ...read, name: file.replace(/\.json$/, "") };
  });
}
