/**
 * Machines with networks of their own, as network namespaces of Linux, joined by cables that can be cut. It takes root, as installing the browser
 * does. What a test that was killed has left behind goes at the next start.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A machine. */
export interface Host {
  namespace: string;
  /** What runs a program there. */
  prefix: readonly string[];
}

const PREFIX = "realtime";
let made = 0;

export class Networks {
  private readonly hosts: Host[] = [];

  private constructor() {}

  /** Makes networks for the time of `work`. */
  static async during<T>(work: (networks: Networks) => Promise<T>): Promise<T> {
    if (process.getuid?.() !== 0) {
      throw new Error("this test lays network namespaces (ip netns), which only root may: run it as root, as `cargo xtask setup` of the browser");
    }
    await sweep();
    const networks = new Networks();
    try {
      return await work(networks);
    } finally {
      for (const { namespace } of networks.hosts) await remove(namespace);
    }
  }

  async host(name: string): Promise<Host> {
    made += 1;
    const namespace = `${PREFIX}-${process.pid}-${made}-${name}`;
    const host = { namespace, prefix: ["ip", "netns", "exec", namespace] };
    await ip("netns", "add", namespace);
    this.hosts.push(host);
    await ip("-n", namespace, "link", "set", "lo", "up");
    // Nobody here passes on what is for somebody else; namespaces take this from the machine, which may.
    await within(host, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
    return host;
  }

  /** Lays a cable of this name between two hosts, each end with its address (`192.0.2.1/24`). */
  async cable(name: string, ...ends: [Host, string, Host, string]): Promise<void> {
    const [one, ofOne, other, ofOther] = ends;
    await ip("link", "add", name, "netns", one.namespace, "type", "veth", "peer", "name", name, "netns", other.namespace);
    for (const [host, address] of [[one, ofOne] as const, [other, ofOther] as const]) {
      await ip("-n", host.namespace, "address", "add", address, "dev", name);
      await ip("-n", host.namespace, "link", "set", name, "up");
    }
  }

  /** Takes a cable away, both ends. */
  async cut(name: string, host: Host): Promise<void> {
    await ip("-n", host.namespace, "link", "delete", name);
  }

  /** One more address of a host, which no cable has. */
  async address(host: Host, address: string): Promise<void> {
    await ip("-n", host.namespace, "address", "add", address, "dev", "lo");
  }

  /** Where a host sends what is for nobody that it knows. */
  async route(host: Host, via: string): Promise<void> {
    await ip("-n", host.namespace, "route", "add", "default", "via", via);
  }

  /** Whether somebody on that host listens on this UDP port. */
  async listens(host: Host, port: number): Promise<boolean> {
    return (await within(host, "ss", "-Hlun", `sport = :${port}`)) !== "";
  }
}

async function ip(...args: string[]): Promise<string> {
  return (await run("ip", args)).stdout;
}

async function within({ prefix }: Host, ...command: string[]): Promise<string> {
  const [program, ...args] = [...prefix, ...command];
  return (await run(program as string, args)).stdout.trim();
}

/** Removes the namespaces of processes that are no more. */
async function sweep(): Promise<void> {
  for (const line of (await ip("netns", "list")).split("\n")) {
    const [namespace = ""] = line.split(" ");
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(namespace)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await remove(namespace);
  }
}

/** With everything that still runs there. */
async function remove(namespace: string): Promise<void> {
  for (const pid of (await ip("netns", "pids", namespace)).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  await ip("netns", "delete", namespace);
}
