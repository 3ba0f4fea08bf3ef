/**
 * The real components that the system tests run against: `xtask stack`, driven line by line over its standard input and output. The protocol is
 * described at the top of `crates/xtask/src/stack.rs`.
 *
 * One stack serves every test of the process: Keycloak alone takes twenty seconds to start. A test that breaks a component puts it right
 * again before it ends.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { Readable, Writable } from "node:stream";

import { list, object, text, type Json, type JsonObject } from "./json.ts";

export type Component = "livekit" | "keycloak" | "redis" | "gateway" | "call-state" | "service" | "membership" | "issuer" | "otlp";
export type MembershipMode = "normal" | "slow" | "down" | "lying";

export interface Addresses {
  gateway: { url: string };
  service: { url: string; management_url: string };
  call_state: { url: string; management_url: string };
  redis: { url: string };
  livekit: { url: string; public_url: string; api_key: string; api_secret: string };
  keycloak: {
    url: string;
    realm: string;
    client: string;
    issuer: string;
    token_endpoint: string;
    administrator: { username: string; password: string };
  };
  foreign: { realm: string; client: string; user: string; password: string; issuer: string; token_endpoint: string };
  issuer: { tenant: string; issuer: string; audience: string };
  membership: { url: string };
  otlp: { url: string };
}

export interface Span {
  service: string;
  name: string;
  trace_id: string;
  span_id: string;
  parent_span_id: string;
  attributes: JsonObject;
}

export interface MembershipRequest {
  path: string;
  headers: JsonObject;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export class Stack {
  private readonly waiting: { resolve: (line: JsonObject) => void; reject: (error: Error) => void }[] = [];
  private ended: Error | undefined;
  /** The lines in which the service said why it did not start: those are for people. */
  readonly faults = new Set<string>();
  readonly at: Addresses;

  /** Builds what is not built yet, so it may take minutes; the progress goes to standard error. */
  static async start(): Promise<Stack> {
    const binary = process.env["XTASK"];
    const [command, ...args] = binary === undefined ? ["cargo", "xtask", "stack"] : [binary, "stack"];
    const child = spawn(command as string, args, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const first = await new Promise<JsonObject>((resolve, reject) => {
      lines.once("line", (line) => resolve(object(JSON.parse(line))));
      child.once("error", (error) => reject(new Error(`${command} cannot be started: ${error.message}`)));
      child.once("exit", (code) => reject(new Error(`the stack ended with ${code} before it was ready`)));
    });
    if (first["ready"] !== true) throw new Error(`the stack did not start: ${text(first, "error")}`);
    return new Stack(child, lines, first as unknown as Addresses);
  }

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    lines: ReturnType<typeof createInterface>,
    at: Addresses,
  ) {
    this.at = at;
    lines.on("line", (line) => this.waiting.shift()?.resolve(object(JSON.parse(line))));
    child.once("exit", (code) => {
      this.ended = new Error(`the stack ended with ${code}`);
      for (const { reject } of this.waiting.splice(0)) reject(this.ended);
    });
  }

  /** Ends with the end of its input; resolves when every component has. */
  async stopAll(): Promise<void> {
    if (this.ended !== undefined) return;
    const exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    await exited;
  }

  stop(what: Component): Promise<JsonObject> {
    return this.command({ do: "stop", what });
  }

  start(what: Component): Promise<JsonObject> {
    return this.command({ do: "start", what });
  }

  /** While `work` runs, `what` is not there. */
  async without<T>(what: Component, work: () => Promise<T>): Promise<T> {
    await this.stop(what);
    try {
      return await work();
    } finally {
      await this.start(what);
    }
  }

  /** While `work` runs, the service has these settings over its usual ones. */
  async configured<T>(env: Record<string, string>, work: () => Promise<T>): Promise<T> {
    await this.command({ do: "restart-service", env });
    try {
      return await work();
    } finally {
      await this.command({ do: "restart-service" });
    }
  }

  /** While `work` runs, the membership service behaves so. */
  async membership<T>(mode: MembershipMode, work: () => Promise<T>): Promise<T> {
    await this.command({ do: "membership", mode });
    try {
      return await work();
    } finally {
      await this.command({ do: "membership", mode: "normal" });
    }
  }

  /** While `work` runs, LiveKit tells the service nothing by itself. It starts anew before and after that, without its rooms. */
  async withoutWebhooks<T>(work: () => Promise<T>): Promise<T> {
    await this.command({ do: "webhooks", cut: true });
    try {
      return await work();
    } finally {
      await this.command({ do: "webhooks", cut: false });
    }
  }

  async member(room_id: string, user_id: string, role?: string): Promise<void> {
    await this.command({ do: "member", room_id, user_id, ...(role === undefined ? {} : { role }) });
  }

  async membershipRequests(): Promise<MembershipRequest[]> {
    return list(await this.command({ do: "membership-requests" }), "requests") as unknown as MembershipRequest[];
  }

  async rotateKeys(issuer?: "second"): Promise<void> {
    await this.command({ do: "rotate-keys", ...(issuer === undefined ? {} : { issuer }) });
  }

  async sign(claims: JsonObject): Promise<string> {
    return text(await this.command({ do: "sign", claims }), "token");
  }

  async spans(): Promise<Span[]> {
    return list(await this.command({ do: "spans" }), "spans") as unknown as Span[];
  }

  /** What the service wrote, restarts included. */
  async logs(): Promise<string[]> {
    return (await this.output()).service;
  }

  /** What the services and the gateway wrote, restarts included. */
  async output(): Promise<{ service: string[]; callState: string[]; gateway: string[] }> {
    const answer = await this.command({ do: "logs" });
    return {
      service: list(answer, "lines") as string[],
      callState: list(answer, "call_state") as string[],
      gateway: list(answer, "gateway") as string[],
    };
  }

  /** Restarts the service with settings that it is expected to refuse, and gives back what it says about them. */
  async refused(env: Record<string, string>): Promise<string> {
    const answer = await this.ask({ do: "restart-service", env });
    await this.command({ do: "restart-service" });
    if (answer["ok"] === true) throw new Error(`the service started with ${JSON.stringify(env)}`);
    const said = text(answer, "error");
    for (const line of said.split("\n")) this.faults.add(line);
    return said;
  }

  private async command(command: JsonObject): Promise<JsonObject> {
    const answer = await this.ask(command);
    if (answer["ok"] !== true) throw new Error(`${JSON.stringify(command)}: ${JSON.stringify(answer["error"] as Json)}`);
    return answer;
  }

  private ask(command: JsonObject): Promise<JsonObject> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(command)}\n`);
    });
  }
}

let running: Promise<Stack> | undefined;

/** The stack of this process, started by whoever asks first. */
export function stack(): Promise<Stack> {
  running ??= Stack.start();
  return running;
}

after(async () => {
  const stack = await running?.catch(() => undefined);
  await stack?.stopAll();
});
