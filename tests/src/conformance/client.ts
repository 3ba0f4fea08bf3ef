/**
 * A client as protocol.md wants one, as far as transcripts need it: it keeps a cursor, drops doubles, comes back over either transport, and takes in
 * what it is told in order.
 */
import { randomUUID } from "node:crypto";

import type { Event } from "../../../clients/sdk/src/generated/protocol.ts";
import { until } from "../until.ts";
import { poll, PollingTransport } from "./polling.ts";
import { SocketTransport } from "./socket.ts";
import { BOUND_MS, type Command, type Ended, type Listener, type Place, type Reply, type State, type Transport, type TransportName } from "./transport.ts";
import type { Wire } from "./wire.ts";

export class Client implements Listener {
  /** Events that were taken in and not looked at yet. */
  readonly inbox: Event[] = [];
  /** How often it was told, without having asked, that something was lost. */
  lost = 0;
  cursor: string | undefined;
  private readonly known = new Set<string>();
  private transport: Transport | undefined;
  private last: State | undefined;
  private how: Ended | undefined;
  private listening: Listener | undefined;

  constructor(
    readonly place: Place,
    private readonly wire: Wire,
  ) {}

  /** The transport of now; none when it is away. */
  get over(): TransportName | undefined {
    return this.transport?.name;
  }

  /** Whether the other side has ended the connection. */
  get isClosed(): boolean {
    return this.transport !== undefined && this.how !== undefined;
  }

  /** Comes, or changes over, with this cursor or its own; gives what it is told at first. */
  async come(over: TransportName, after: string | null | undefined): Promise<State> {
    await this.leave();
    const from = after === null ? undefined : (after ?? this.cursor);
    this.last = undefined;
    const open = over === "websocket" ? SocketTransport.open : PollingTransport.open;
    this.transport = await open(this.place, from, this.heard(), this.wire);
    return this.last ?? Promise.reject(new Error("there is no state"));
  }

  /** Opens a socket and does not say who it is. */
  async comeSilently(): Promise<void> {
    await this.leave();
    this.transport = await SocketTransport.handshake(this.place, this.heard(), this.wire);
  }

  /** As a lost network does. */
  async leave(): Promise<void> {
    const transport = this.transport;
    this.transport = undefined;
    await transport?.cut();
  }

  async command(command: Omit<Command, "request_id">, request_id: string = randomUUID()): Promise<Reply> {
    const reply = await this.present().command({ ...command, request_id } as Command);
    this.wire.answer(command.name, reply.status, reply.body);
    return reply;
  }

  /** Anything that is no command. */
  send(frame: string): void {
    const transport = this.present();
    if (!(transport instanceof SocketTransport)) throw new Error(`${this.place.device} has no socket`);
    transport.sendText(frame);
  }

  /** The next event. */
  async hears(bound_ms: number): Promise<Event> {
    return until(`an event at ${this.place.device}`, bound_ms, () => {
      const event = this.inbox.shift();
      if (event === undefined && this.how !== undefined) throw new Error(`the connection ended: ${this.how.code} ${this.how.reason}`);
      return event;
    });
  }

  /** Everything that stands in the log by now, and was not looked at yet. */
  async rest(): Promise<Event[]> {
    const { events } = await poll(this.place, this.wire, this.cursor, 0);
    for (const event of events) this.take(event);
    return this.inbox;
  }

  async closes(): Promise<Ended> {
    return until(`the server to close the connection of ${this.place.device}`, BOUND_MS, () => this.how);
  }

  events(events: Event[], cursor: string): void {
    for (const event of events) this.take(event);
    this.cursor = cursor;
  }

  state(state: State): void {
    if (this.last === undefined) this.last = state;
    else if (state.calls !== undefined) this.lost += 1;
    this.cursor = state.cursor;
  }

  ended(how: Ended): void {
    this.how = how;
  }

  /** What this transport says counts only for as long as it is the current one. */
  private heard(): Listener {
    this.how = undefined;
    const opened: Listener = {
      events: (events, cursor) => this.events(events, cursor),
      state: (state) => this.state(state),
      ended: (how) => {
        if (this.listening === opened) this.ended(how);
      },
    };
    this.listening = opened;
    return opened;
  }

  private take(event: Event): void {
    if (this.known.has(event.id)) return;
    this.known.add(event.id);
    this.inbox.push(event);
  }

  private present(): Transport {
    if (this.transport === undefined) throw new Error(`${this.place.device} is away`);
    return this.transport;
  }
}
