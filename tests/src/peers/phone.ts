/**
 * One device of a person that makes and takes peer-to-peer calls as docs/protocol.md tells a client to, with a WebRTC stack that is not ours.
 *
 * What it is told it takes in by itself, one thing after the other; a fault in that is told by whatever is asked of it next.
 */
import type { Call, Event, IceServersAnswer, Signal, SignalKind, SignalPayload } from "../../../clients/sdk/src/generated/protocol.ts";
import type { Client } from "../conformance/client.ts";
import type { Reply, TransportName } from "../conformance/transport.ts";
import { object, type JsonObject } from "../json.ts";
import { until } from "../until.ts";
import type { Engine, Found, Look } from "./engine.ts";

const BOUND_MS = 20_000;
/** So many more packets of each kind are a flow, and not the rest of one. */
const FLOW = 25;

export interface Habits {
  over: TransportName;
  /** Tells candidates as they are found, where the stack can. */
  trickle: boolean;
  /** Media through a TURN server only. */
  relay: boolean;
}

/** How the first offer travels: in the invite, as a signal while it rings, or after the accept. */
export type Offered = "invite" | "ringing" | "accepted";

export class Phone {
  call: Call | undefined;
  /** What was asked of the server for the last peer connection. */
  servers: IceServersAnswer | undefined;
  /** The generation of the connection. */
  generation = 0;
  /** How many candidates of the peer were told in this generation. */
  candidates = 0;
  /** Of the current generation. */
  private isAnswered = false;
  private isDescribed = false;
  private isOffered = false;
  private hasConnection = false;
  private hasAccepted = false;
  private offer: Signal | undefined;
  private early: Signal[] = [];
  private found: Found[] = [];
  private fault: Error | undefined;
  private stopping = false;
  private work: Promise<void> = Promise.resolve();

  constructor(
    readonly client: Client,
    readonly engine: Engine,
    private readonly habits: Habits,
  ) {
    engine.onFound = (found) => this.soon(() => this.tell(found));
  }

  async start(): Promise<this> {
    await this.client.come(this.habits.over, null);
    void this.listen();
    return this;
  }

  /** Calls somebody; gives the call's id. */
  async calls(callee: string, offered: Offered): Promise<string> {
    const body: JsonObject = { callees: [callee], kind: "video", media: "p2p" };
    if (offered === "invite") {
      // Whom the call is not there yet for has no ICE servers; their candidates could only come later.
      await this.open(false);
      body["offer"] = { sdp: await this.engine.offer(false) };
      this.isOffered = true;
    }
    const answer = await this.must(201, { name: "call.invite", body });
    this.call = object(answer["call"]) as unknown as Call;
    if (offered === "ringing") await this.inOrder(() => this.offers(false));
    for (const found of this.found.splice(0)) await this.inOrder(() => this.tell(found));
    return this.call.id;
  }

  /** Waits for the ring, and for the early offer if there is to be one. */
  async rings(offered: Offered): Promise<void> {
    await this.wait("a ring", () => this.call?.phase === "ringing" && (offered === "accepted" || this.offer !== undefined));
  }

  /** Accepts: by the answer to the early offer, or by itself where there is none. */
  async accepts(): Promise<void> {
    await this.inOrder(async () => {
      const offer = this.offer;
      if (offer === undefined) await this.must(200, { name: "call.accept", call_id: this.id });
      else await this.answers(offer, true);
      this.hasAccepted = true;
      await this.reports("connecting");
    });
  }

  /** Waits for the connection, and reports it. */
  async connects(): Promise<void> {
    await this.wait("a connection", async () => this.hasConnection && this.isAnswered && (await this.engine.look()).state === "connected");
    await this.reports("connected");
  }

  /** Waits until sound and pictures flow, from now on; gives what came in meanwhile. */
  async receives(): Promise<Look> {
    const before = await this.engine.look();
    return this.wait(`${FLOW} packets of sound and of pictures`, async () => {
      const { state, ...now } = await this.engine.look();
      const [audio, video] = [now.audio - before.audio, now.video - before.video];
      return audio >= FLOW && video >= FLOW && { state, audio, video };
    });
  }

  /** Waits until nothing comes in any more. */
  async starves(): Promise<void> {
    let before = await this.engine.look();
    let since = performance.now();
    await this.wait("media to stop", async () => {
      const now = await this.engine.look();
      if (now.audio !== before.audio || now.video !== before.video) [before, since] = [now, performance.now()];
      return performance.now() - since > 500;
    });
  }

  /** Begins the next generation: on the same peer connection where this is the caller and its stack can, else with new ones on both sides. */
  restarts(): Promise<void> {
    return this.inOrder(async () => {
      await this.reports("reconnecting");
      this.begin(this.generation + 1);
      if (this.isCaller && this.engine.restartsIce) return this.offers(true);
      await this.requestRestart();
    });
  }

  async hangsUp(): Promise<void> {
    await this.must(200, { name: "call.hangup", call_id: this.id });
  }

  /** Waits for the end of the call; gives the reason. */
  async ends(): Promise<string | undefined> {
    await this.wait("the end of the call", () => this.call?.phase === "ended");
    return this.call?.reason;
  }

  async wait<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
    const about = `${what} at ${this.engine.name} over ${this.habits.over}, generation ${this.generation}`;
    return until(about, BOUND_MS, () => {
      if (this.fault !== undefined) throw this.fault;
      return probe();
    }).catch(async (error: Error) => {
      const { state } = await this.engine.look().catch(() => ({ state: "unknown" }));
      throw new Error(`${error.message}: the call is ${this.call?.phase} (${this.call?.reason}), the peer connection ${state}`, { cause: error });
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled([this.client.leave(), this.engine.end()]);
  }

  private get id(): string {
    if (this.call === undefined) throw new Error(`${this.engine.name} is in no call`);
    return this.call.id;
  }

  private get isCaller(): boolean {
    return this.call?.caller === undefined || this.call.parties.some(({ role, device, user_id }) =>
      role === "caller" && user_id === this.call?.caller && device === this.client.place.device);
  }

  private async listen(): Promise<void> {
    while (!this.stopping && this.fault === undefined) {
      const event = await until("anything", 1000, () => this.client.inbox.shift()).catch(() => undefined);
      if (event !== undefined) this.soon(() => this.take(event));
    }
  }

  private async take(event: Event): Promise<void> {
    if (event.type === "signal") {
      if (event.call_id === this.call?.id) await this.hear(event);
      return;
    }
    if (!("call" in event)) return;
    if (event.type !== "call.ringing" && event.call.id !== this.call?.id) return;
    this.call = event.call;
    if (event.type === "call.ringing") await this.must(204, { name: "call.ringing", call_id: this.id });
    if (event.type === "call.ended") await this.engine.close();
    if (event.type === "call.accepted") {
      await this.reports("connecting");
      if (!this.isOffered) await this.offers(false);
    }
  }

  private async hear(signal: Signal): Promise<void> {
    const { kind, generation } = signal;
    if (generation < this.generation) return;
    switch (kind) {
      case "offer":
        if (!this.hasAccepted) this.offer = signal;
        else await this.answers(signal, false);
        return;
      case "answer":
        await this.engine.take(signal.payload.sdp ?? "");
        this.isAnswered = true;
        return this.describedBy(generation);
      case "candidates":
        this.early.push(signal);
        if (this.isDescribed) await this.describedBy(this.generation);
        return;
      case "restart":
        // Whoever asked for it did not know that this generation is connected already.
        if (generation === this.generation && this.isAnswered) {
          this.begin(generation + 1);
          return this.requestRestart();
        }
        this.begin(generation);
        return this.anew();
    }
  }

  private begin(generation: number): void {
    this.generation = generation;
    this.isAnswered = false;
    this.isDescribed = false;
    this.offer = undefined;
    this.candidates = 0;
    this.early = this.early.filter((signal) => signal.generation >= generation);
  }

  private async open(withServers = true): Promise<void> {
    if (withServers) this.servers = (await this.must(200, { name: "ice_servers.get" })) as unknown as IceServersAnswer;
    const { trickle, relay } = this.habits;
    await this.engine.open({ ice_servers: this.servers?.ice_servers ?? [], relay, trickle: trickle && this.engine.trickles });
    this.hasConnection = true;
  }

  private async requestRestart(): Promise<void> {
    await this.signal("restart", {});
    await this.anew();
  }

  /** Both make a new peer connection, and the caller offers. */
  private async anew(): Promise<void> {
    await this.engine.close();
    this.hasConnection = false;
    if (this.isCaller) await this.offers(false);
  }

  private async offers(iceRestart: boolean): Promise<void> {
    if (!this.hasConnection) await this.open();
    const sdp = await this.engine.offer(iceRestart);
    this.isOffered = true;
    await this.signal("offer", { sdp });
    await this.complete();
  }

  private async answers({ generation, payload: { sdp = "" } }: Signal, accept: boolean): Promise<void> {
    if (generation > this.generation) this.begin(generation);
    if (!this.hasConnection) await this.open();
    const answer = await this.engine.answer(sdp);
    await this.signal("answer", { sdp: answer }, accept ? { accept } : {});
    this.isAnswered = true;
    await this.complete();
    await this.describedBy(generation);
  }

  /** The description is set: candidates that waited for it are added. */
  private async describedBy(generation: number): Promise<void> {
    this.isDescribed = true;
    const now = this.early.filter((signal) => signal.generation === generation);
    this.early = this.early.filter((signal) => signal.generation > generation);
    for (const { payload } of now) {
      const candidates = payload.candidates ?? [];
      this.candidates += candidates.length;
      await this.engine.add({ candidates, end: payload.end === true });
    }
  }

  /** A description that carries all candidates says that there will be no more. */
  private async complete(): Promise<void> {
    if (!this.habits.trickle || !this.engine.trickles) await this.signal("candidates", { end: true });
  }

  private async tell(found: Found): Promise<void> {
    // They were found for an invite that is on its way.
    if (this.call === undefined) {
      this.found.push(found);
      return;
    }
    if (this.call.phase === "ended") return;
    await this.signal("candidates", {
      ...(found.candidates.length > 0 ? { candidates: found.candidates } : {}),
      ...(found.end ? { end: true } : {}),
    });
  }

  private async signal(kind: SignalKind, payload: SignalPayload, more: JsonObject = {}): Promise<void> {
    const body = { kind, generation: this.generation, payload: payload as JsonObject, ...more };
    await this.must(202, { name: "signal.send", call_id: this.id, body });
  }

  private async reports(state: string): Promise<void> {
    await this.must(204, { name: "call.media", call_id: this.id, body: { state } });
  }

  private async must(status: number, command: { name: string; call_id?: string; body?: JsonObject }): Promise<JsonObject> {
    const reply: Reply = await this.client.command(command as Parameters<Client["command"]>[0]);
    if (reply.status !== status) {
      throw new Error(`${command.name} of ${this.engine.name} is answered ${reply.status} instead of ${status}: ${JSON.stringify(reply.body)}`);
    }
    return reply.body ?? {};
  }

  /** After everything that is being done. */
  private inOrder(what: () => Promise<void>): Promise<void> {
    const done = this.work.then(what);
    this.work = done.catch(() => undefined);
    return done;
  }

  private soon(what: () => Promise<void>): void {
    this.inOrder(what).catch((error: Error) => {
      // What was under way when the call ended has no meaning any more.
      if (this.call?.phase !== "ended" && !this.stopping) this.fault ??= error;
    });
  }
}
