/** Plays one transcript against a server, and says at which step it went otherwise. */
import { randomUUID } from "node:crypto";

import { list, object, text, type Json, type JsonObject } from "../json.ts";
import { Client } from "./client.ts";
import { fill, mismatch, show, type Names } from "./pattern.ts";
import { ask } from "./polling.ts";
import type { CommandStep, GoStep, Mode, Step, Transcript } from "./transcript.ts";
import { BOUND_MS, type Command, type TransportName } from "./transport.ts";
import type { Wire } from "./wire.ts";

export interface Person {
  id: string;
  token: () => Promise<string>;
}

/** A server, and the people who may call each other there. */
export interface Server {
  base: string;
  people: Record<string, Person>;
  /** The shortest time that a call may ring there. */
  ring_seconds: number;
}

export async function play(transcript: Transcript, mode: Mode, server: Server, wire: Wire, fixtures: JsonObject): Promise<void> {
  const run = new Run(transcript, mode, server, wire, fixtures);
  try {
    await run.play();
  } finally {
    await run.clear();
  }
}

class Run {
  private readonly id = randomUUID().slice(0, 8);
  private readonly names: Names;
  private readonly clients = new Map<string, Client>();

  constructor(
    private readonly transcript: Transcript,
    private readonly mode: Mode,
    private readonly server: Server,
    wire: Wire,
    fixtures: JsonObject,
  ) {
    const { devices } = transcript;
    this.names = new Map<string, Json>([["ring_seconds", server.ring_seconds]]);
    for (const [name, value] of Object.entries(fixtures)) this.names.set(name, value);
    for (const [name, { person, same_as }] of Object.entries(devices)) {
      const { id, token } = this.person(person);
      const device = `${same_as ?? name}-${this.id}`;
      this.names.set(person, id);
      this.names.set(`device.${name}`, device);
      this.clients.set(name, new Client({ base: server.base, token, device }, wire));
    }
  }

  async play(): Promise<void> {
    await this.hangUp();
    for (const [name, { absent }] of Object.entries(this.transcript.devices)) {
      if (absent !== true) await this.client(name).come(this.transport(name), null);
    }
    for (const [index, step] of this.transcript.steps.entries()) {
      try {
        await this.step(step);
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error);
        throw new Error(`${this.transcript.name} over ${this.mode}, step ${index + 1} ${show(step as unknown as Json)}: ${told}`, { cause: error });
      }
    }
    for (const [name, client] of this.clients) await this.endsQuietly(name, client);
  }

  async clear(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.leave()));
    await this.hangUp();
  }

  private async step(step: Step): Promise<void> {
    const client = this.client(step.device);
    for (const [name, { cursor }] of this.clients) if (cursor !== undefined) this.names.set(`cursor.${name}`, cursor);
    if ("command" in step) {
      await this.changeOver(client);
      return this.command(client, step);
    }
    if ("hears" in step) {
      await this.changeOver(client);
      const event = await client.hears((step.within_seconds ?? 0) * 1000 + BOUND_MS);
      return this.expect(step.hears, event);
    }
    if ("silent" in step) return this.isSilent(client);
    if ("goes" in step) return this.go(client, step);
    if ("sends" in step) {
      const said = fill(step.sends, this.names);
      return client.send(typeof said === "string" ? said : JSON.stringify(said));
    }
    return this.expect(step.closes, await client.closes());
  }

  private async command(client: Client, { command, call_id, room_id, body, request, answer }: CommandStep): Promise<void> {
    const about = { ...(call_id === undefined ? {} : { call_id }), ...(room_id === undefined ? {} : { room_id }), ...(body === undefined ? {} : { body }) };
    const asked = fill({ name: command, ...about }, this.names) as unknown as Omit<Command, "request_id">;
    const reply = await client.command(asked, request === undefined ? undefined : `${this.id}-${request}`);
    this.expect(answer as unknown as JsonObject, reply);
  }

  private async go(client: Client, { device, goes, after, state, hello }: GoStep): Promise<void> {
    if (goes === "away") return client.leave();
    if (hello === false) return client.comeSilently();
    const over = goes === "back" ? this.transport(device) : goes;
    const from = typeof after === "string" ? String(fill(after, this.names)) : after;
    const told = await client.come(over, from);
    if (state !== undefined) this.expect(state, told);
  }

  /** A device that is free to choose takes the other transport each time. */
  private async changeOver(client: Client): Promise<void> {
    if (this.mode !== "switching" || client.over === undefined || client.isClosed) return;
    const { recovered } = await client.come(client.over === "websocket" ? "polling" : "websocket", undefined);
    if (recovered !== true) throw new Error(`a change of transport is answered with recovered: ${String(recovered)}`);
  }

  private transport(name: string): TransportName {
    switch (this.mode) {
      case "websocket":
      case "polling":
        return this.mode;
      case "mixed":
      case "switching":
        return [...this.clients.keys()].indexOf(name) % 2 === 0 ? "websocket" : "polling";
    }
  }

  private async isSilent(client: Client): Promise<void> {
    const [more] = await client.rest();
    if (more !== undefined) throw new Error(`${client.place.device} is told more: ${show(more as unknown as Json)}`);
  }

  /** Nobody is told anything that the transcript does not speak of. */
  private async endsQuietly(name: string, client: Client): Promise<void> {
    if (client.over === undefined || client.isClosed) return;
    await this.isSilent(client).catch((error: Error) => {
      throw new Error(`${this.transcript.name} over ${this.mode}, at the end: ${error.message}`);
    });
    if (client.lost > 0) throw new Error(`${this.transcript.name} over ${this.mode}: ${name} was told that something was lost`);
  }

  /** Ends the live calls of everybody, so that a transcript begins with none and leaves none. */
  private async hangUp(): Promise<void> {
    const people = new Set(Object.values(this.transcript.devices).map(({ person }) => person));
    for (const person of people) {
      const place = { base: this.server.base, token: this.person(person).token, device: `cleaner-${this.id}` };
      const { body } = await ask(place, "GET", "/api/realtime/calls");
      for (const call of list(body ?? {}, "items")) await ask(place, "POST", `/api/realtime/calls/${text(object(call), "id")}/hangup`);
    }
  }

  private expect(pattern: JsonObject, found: unknown): void {
    const fault = mismatch(pattern, found, this.names);
    if (fault !== undefined) throw new Error(fault);
  }

  private client(name: string): Client {
    const client = this.clients.get(name);
    if (client === undefined) throw new Error(`there is no device ${name} in this transcript`);
    return client;
  }

  private person(name: string): Person {
    const person = this.server.people[name];
    if (person === undefined) throw new Error(`nobody plays ${name}: name a token`);
    return person;
  }
}
