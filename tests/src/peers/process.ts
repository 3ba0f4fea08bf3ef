/**
 * A stack in a process of its own, because it is in another language or in another network: one JSON object a line each way, `{id, do, …}` to it,
 * `{id, value}` or `{id, error}` back, and `{found}` whenever it has found candidates.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

import { object, text, type Json } from "../json.ts";
import { within } from "../until.ts";
import type { Engine, Found, Look, Opening } from "./engine.ts";

const BOUND_MS = 20_000;
const LAST_WORDS = 4000;

export interface Abilities {
  name: string;
  restartsIce: boolean;
  trickles: boolean;
}

export class ProcessEngine implements Engine {
  readonly name: string;
  readonly restartsIce: boolean;
  readonly trickles: boolean;
  onFound: (found: Found) => void = () => undefined;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private readonly exited: Promise<void>;
  private asked = 0;
  private said = "";
  /** Why it is no more. */
  private over: string | undefined;

  constructor({ name, restartsIce, trickles }: Abilities, command: readonly string[]) {
    this.name = name;
    this.restartsIce = restartsIce;
    this.trickles = trickles;
    const [program, ...args] = command;
    this.child = spawn(program as string, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr.on("data", (data) => (this.said = (this.said + String(data)).slice(-LAST_WORDS)));
    // The end of the process says it better.
    this.child.stdin.on("error", () => undefined);
    createInterface({ input: this.child.stdout }).on("line", (line) => this.hear(line));
    this.exited = new Promise((resolve) => {
      const over = (why: string) => {
        this.over ??= why;
        for (const { reject } of this.waiting.values()) reject(new Error(`${name} ${why}: ${this.said}`));
        this.waiting.clear();
        resolve();
      };
      this.child.once("error", (error) => over(`cannot be started (${error.message})`));
      this.child.once("close", (code) => over(`ended with ${code}`));
    });
  }

  async open(opening: Opening): Promise<void> {
    await this.ask("open", { opening: opening as unknown as Json });
  }

  async offer(ice_restart: boolean): Promise<string> {
    return (await this.ask("offer", { ice_restart })) as string;
  }

  async answer(sdp: string): Promise<string> {
    return (await this.ask("answer", { sdp })) as string;
  }

  async take(sdp: string): Promise<void> {
    await this.ask("take", { sdp });
  }

  async add(found: Found): Promise<void> {
    await this.ask("add", { found: found as unknown as Json });
  }

  async look(): Promise<Look> {
    return (await this.ask("look", {})) as Look;
  }

  async close(): Promise<void> {
    await this.ask("close", {});
  }

  /** The end of its input is its end; who does not see that is ended. */
  async end(): Promise<void> {
    this.child.stdin.end();
    const late = setTimeout(() => this.child.kill("SIGKILL"), 3000);
    await this.exited;
    clearTimeout(late);
  }

  private ask(what: string, more: { [key: string]: Json }): Promise<unknown> {
    if (this.over !== undefined) return Promise.reject(new Error(`${this.name} ${this.over}: ${this.said}`));
    const id = (this.asked += 1);
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.child.stdin.write(`${JSON.stringify({ id, do: what, ...more })}\n`);
    return within(`${this.name} to ${what}`, BOUND_MS, answer).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.said}`, { cause: error });
    });
  }

  private hear(line: string): void {
    const said = object(JSON.parse(line));
    if (said["found"] !== undefined) return this.onFound(said["found"] as unknown as Found);
    const waiting = this.waiting.get(Number(said["id"]));
    this.waiting.delete(Number(said["id"]));
    if (said["error"] === undefined) waiting?.resolve(said["value"]);
    else waiting?.reject(new Error(`${this.name}: ${text(said, "error")}`));
  }
}
