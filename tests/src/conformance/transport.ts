/** What both transports have in common, seen from a client: one log by one cursor, and commands with answers. */
import type { Call, CommandMessage, Event, Signal } from "../../../clients/sdk/src/generated/protocol.ts";
import type { JsonObject } from "../json.ts";

export type TransportName = "websocket" | "polling";

/** A command, as a socket sends it. Not every one is well-formed: some transcripts look at how those are refused. */
export type Command = Omit<CommandMessage, "body"> & { body?: JsonObject };

/** The answer to a command; `body` is the problem where it was refused. */
export interface Reply {
  status: number;
  body?: JsonObject;
}

/** From where a client goes on: `welcome`, or the answer to a poll, without its events. */
export interface State {
  cursor: string;
  recovered?: boolean;
  calls?: Call[];
  signals?: Signal[];
}

/** Why a connection ended. */
export interface Ended {
  code: number;
  reason: string;
}

/** The client behind a transport. */
export interface Listener {
  /** Everything before these was taken in; they come in order. */
  events(events: Event[], cursor: string): void;
  /** What was known is replaced by this. */
  state(state: State): void;
  ended(how: Ended): void;
}

export interface Place {
  /** Where the server answers, without `/api/realtime`. */
  base: string;
  token: () => Promise<string>;
  device: string;
}

export interface Transport {
  readonly name: TransportName;
  command(command: Command): Promise<Reply>;
  /** Ends the connection as a lost network does. */
  cut(): Promise<void>;
}

/** How long anything may take that a server has no reason to wait with. */
export const BOUND_MS = 15_000;

/** For how long a client tries again what was one request too many. Servers allow a few invites a minute. */
export const PATIENCE_MS = 90_000;
