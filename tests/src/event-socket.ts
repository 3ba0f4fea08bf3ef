/** A device that hears its events over a WebSocket, and says nothing but hello. */
import { WebSocket } from "ws";

import { object, text, type JsonObject } from "./json.ts";
import { until, within } from "./until.ts";

const BOUND_MS = 15_000;

export class EventSocket {
  readonly events: JsonObject[] = [];
  private readonly socket: WebSocket;
  private readonly welcome: Promise<void>;

  /** Resolves when the server has said welcome: whatever happens from now on is heard. */
  static async open(base: string, token: string, device: string): Promise<EventSocket> {
    const socket = new EventSocket(base, token, device);
    await within(`the welcome of ${device}`, BOUND_MS, socket.welcome);
    return socket;
  }

  private constructor(base: string, token: string, device: string) {
    this.socket = new WebSocket(`${base.replace(/^http/, "ws")}/api/realtime/ws`, "realtime.v1", { perMessageDeflate: false });
    this.socket.once("open", () => this.socket.send(JSON.stringify({ type: "hello", token, device })));
    this.welcome = new Promise((resolve, reject) => {
      this.socket.once("error", reject);
      this.socket.once("close", (code) => reject(new Error(`the socket of ${device} was closed with ${code}`)));
      this.socket.on("message", (data) => {
        const message = object(JSON.parse(String(data)));
        if (message["type"] === "welcome") resolve();
        if (message["type"] === "event") this.events.push(object(message["event"]));
      });
    });
    // Told by `open`; whoever is welcome and closed later is not waited for.
    this.welcome.catch(() => undefined);
  }

  /** Waits for an event of this type that is about this room. */
  hears(type: string, room: string): Promise<JsonObject> {
    return until(`${type} of ${room}; heard ${this.events.map((event) => text(event, "type")).join(", ") || "nothing"}`, BOUND_MS, () =>
      this.events.find((event) => event["type"] === type && event["room_id"] === room),
    );
  }

  close(): void {
    this.socket.close();
  }
}
