/** A client's WebSocket. */
import { setTimeout as delay } from "node:timers/promises";

import { WebSocket, type RawData } from "ws";

import type { ClientMessage, Event, ServerMessage, Welcome } from "../../../clients/sdk/src/generated/protocol.ts";
import { object } from "../json.ts";
import { within } from "../until.ts";
import { BOUND_MS, PATIENCE_MS, type Command, type Listener, type Place, type Reply, type State, type Transport } from "./transport.ts";
import type { Wire } from "./wire.ts";

const SUBPROTOCOL = "realtime.v1";

export class SocketTransport implements Transport {
  readonly name = "websocket";
  private readonly pending = new Map<string, { name: string; resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  private readonly closed: Promise<void>;
  private welcomed: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private isWelcome = false;
  private acknowledging: string | undefined;

  /** The handshake alone; nothing is said yet. */
  static async handshake(place: Place, listener: Listener, wire: Wire): Promise<SocketTransport> {
    const url = `${place.base.replace(/^http/, "ws")}/api/realtime/ws`;
    const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false, maxPayload: 1 << 20 });
    const transport = new SocketTransport(socket, listener, wire);
    const open = new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    await within(`the handshake of ${place.device}`, BOUND_MS, open);
    if (socket.protocol !== SUBPROTOCOL) throw new Error(`the server speaks ${socket.protocol || "no subprotocol"} instead of ${SUBPROTOCOL}`);
    return transport;
  }

  /** Resolves with `welcome`. */
  static async open(place: Place, after: string | undefined, listener: Listener, wire: Wire): Promise<SocketTransport> {
    const transport = await SocketTransport.handshake(place, listener, wire);
    const welcome = new Promise<void>((resolve, reject) => (transport.welcomed = { resolve, reject }));
    const hello = place.token().then((token) => transport.say({ type: "hello", token, device: place.device, ...(after === undefined ? {} : { after }) }));
    try {
      await within(`the welcome of ${place.device}`, BOUND_MS, Promise.all([hello, welcome]));
      return transport;
    } catch (error) {
      await transport.cut();
      throw error;
    }
  }

  private constructor(
    private readonly socket: WebSocket,
    private readonly listener: Listener,
    private readonly wire: Wire,
  ) {
    // An error is followed by the end, which is what counts.
    socket.on("error", () => undefined);
    socket.on("message", (data, isBinary) => this.hear(data, isBinary));
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        this.end(new Error(`the socket was closed with ${code} ${reason.toString()}`));
        listener.ended({ code, reason: reason.toString() });
        resolve();
      });
    });
  }

  async command(command: Command): Promise<Reply> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const reply = await this.once(command);
      if (reply.status !== 429 || performance.now() > end) return reply;
      // An answer over the socket does not say when.
      await delay(1000);
    }
  }

  private once(command: Command): Promise<Reply> {
    const answer = new Promise<Reply>((resolve, reject) => {
      this.pending.set(command.request_id, { name: command.name, resolve, reject });
    });
    this.sendText(JSON.stringify({ type: "command", ...command }));
    return within(`the answer to ${command.name}`, BOUND_MS, answer);
  }

  /** Sends what the schemas allow. */
  say(message: ClientMessage): void {
    this.sendText(JSON.stringify(this.wire.client(message)));
  }

  /** Sends anything. */
  sendText(frame: string): void {
    this.socket.send(frame);
  }

  async cut(): Promise<void> {
    this.socket.terminate();
    await within("the end of the socket", BOUND_MS, this.closed);
  }

  private hear(data: RawData, isBinary: boolean): void {
    try {
      if (isBinary) throw new Error("the server sent a binary frame");
      this.take(this.wire.server(JSON.parse(String(data))));
    } catch (error) {
      this.end(error as Error);
      this.socket.close();
    }
  }

  private take(message: ServerMessage): void {
    if (!this.isWelcome && message.type !== "welcome") throw new Error(`the server says ${message.type} before welcome`);
    switch (message.type) {
      case "welcome":
        this.isWelcome = true;
        this.listener.state(state(message));
        this.welcomed?.resolve();
        break;
      case "event":
        this.event(message.event);
        break;
      case "answer": {
        const waiting = this.pending.get(message.request_id);
        this.pending.delete(message.request_id);
        const body = message.status >= 400 ? message.problem : message.body;
        if (waiting === undefined) throw new Error(`an answer to ${message.request_id}, which nobody asked`);
        waiting.resolve({ status: message.status, ...(body === undefined ? {} : { body: object(body) }) });
        break;
      }
      case "authenticated":
      case "drain":
      case "pong":
        break;
    }
  }

  /** Takes it in, and acknowledges what came together in one go. */
  private event(event: Event): void {
    this.listener.events([event], event.cursor);
    if (this.acknowledging === undefined) {
      setImmediate(() => {
        const cursor = this.acknowledging;
        this.acknowledging = undefined;
        if (cursor !== undefined && this.socket.readyState === WebSocket.OPEN) this.say({ type: "ack", cursor });
      });
    }
    this.acknowledging = event.cursor;
  }

  private end(error: Error): void {
    this.welcomed?.reject(error);
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}

function state({ cursor, recovered, calls, signals }: Welcome): State {
  return {
    cursor,
    ...(recovered === undefined ? {} : { recovered }),
    ...(calls === undefined ? {} : { calls }),
    ...(signals === undefined ? {} : { signals }),
  };
}
