/** Peer-to-peer calls where the way between the devices matters: each has a network of its own, and the server is elsewhere. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { kit } from "../src/conformance/kit.ts";
import { alice, bob, type Person } from "../src/people.ts";
import { Networks, type Host } from "../src/peers/networks.ts";
import { browser, CHROMIUM, PageEngine } from "../src/peers/page.ts";
import { connect, hangUp, together, type Caller } from "../src/peers/pair.ts";
import type { Phone } from "../src/peers/phone.ts";
import { ProcessEngine } from "../src/peers/process.ts";
import { api, stack } from "../src/product.ts";
import { secrets } from "../src/secrets.ts";
import { until } from "../src/until.ts";

const WERIFT = fileURLToPath(new URL("../src/peers/werift-process.ts", import.meta.url));
const COTURN = fileURLToPath(new URL("../../deploy/coturn/start", import.meta.url));
const RELAY = "203.0.113.1";
const PORT = 3478;

const { wire } = kit();
const base = stack.at.gateway.url;
const [calling, called] = [alice, bob].map(({ id, user }: Person): Caller => ({ id, token: () => api.wallet.of(user) })) as [Caller, Caller];

/** werift on one host calls Chromium on the other, signals go by this process. */
async function between([one, other]: [Host, Host], relay: boolean, work: (caller: Phone, callee: Phone) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "realtime-paths-"));
  const program = join(folder, "chromium");
  await writeFile(program, `#!/bin/sh\nexec ${other.prefix.join(" ")} "${CHROMIUM}" "$@"\n`);
  await chmod(program, 0o755);
  const chromium = await browser(program);
  try {
    const werift = new ProcessEngine({ name: "werift", restartsIce: true, trickles: true }, [...one.prefix, process.execPath, "--import", "tsx", WERIFT]);
    const habits = { trickle: true, relay };
    await together(
      base,
      wire,
      [
        { who: calling, engine: werift, habits: { over: "websocket", ...habits } },
        { who: called, engine: await PageEngine.start(chromium), habits: { over: "polling", ...habits } },
      ],
      work,
    );
  } finally {
    await chromium.close();
    await rm(folder, { recursive: true });
  }
}

/** While `work` runs, coturn as it is deployed relays on that host, for whom the service sends there. */
async function relaying(host: Host, networks: Networks, work: () => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "realtime-coturn-"));
  const secret = randomBytes(32).toString("base64");
  secrets.remember(secret);
  const file = join(folder, "secrets");
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  const [program, ...args] = [...host.prefix, COTURN];
  const env = { ...process.env, TURN_FOLDER: folder, TURN_REALM: "turn.test", TURN_SECRETS_FILE: file, TURN_LISTEN: RELAY, TURN_RELAY: RELAY };
  let said = "";
  const coturn = spawn(program as string, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const output of [coturn.stdout, coturn.stderr]) output.on("data", (data) => (said = (said + String(data)).slice(-4000)));
  const ended = new Promise((resolve) => coturn.once("close", resolve));
  try {
    await until("coturn to listen", 10_000, () => {
      if (coturn.exitCode !== null) throw new Error(`coturn ended with ${coturn.exitCode}: ${said}`);
      return networks.listens(host, PORT);
    });
    const settings = {
      REALTIME__STUN__URLS: `stun:${RELAY}:${PORT}`,
      REALTIME__TURN__URLS: `turn:${RELAY}:${PORT}?transport=udp,turn:${RELAY}:${PORT}?transport=tcp`,
      REALTIME__TURN__SECRETS: secret,
    };
    await stack.configured(settings, work);
  } finally {
    coturn.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  }
}

describe("devices in networks of their own", () => {
  test("meet at a relay, and nowhere else, with the credentials that the server gives them", () =>
    Networks.during(async (networks) => {
      const [relay, one, other] = [await networks.host("relay"), await networks.host("one"), await networks.host("other")];
      await networks.address(relay, `${RELAY}/32`);
      await networks.cable("one", one, "192.0.2.2/24", relay, "192.0.2.1/24");
      await networks.cable("other", other, "198.51.100.2/24", relay, "198.51.100.1/24");
      await networks.route(one, "192.0.2.1");
      await networks.route(other, "198.51.100.1");
      await relaying(relay, networks, () =>
        between([one, other], true, async (caller, callee) => {
          await connect(caller, callee, called.id, "ringing");
          for (const { servers } of [caller, callee]) {
            const turn = servers?.ice_servers.find(({ username }) => username !== undefined);
            assert.deepEqual(turn?.urls, [`turn:${RELAY}:${PORT}?transport=udp`, `turn:${RELAY}:${PORT}?transport=tcp`]);
            secrets.remember(turn?.credential ?? "");
          }
          await hangUp(callee, caller, base, [calling, called]);
        }),
      );
    }));

  test("find a new path by a restart of ICE when theirs is cut, and media flow again", () =>
    Networks.during(async (networks) => {
      const [one, other] = [await networks.host("one"), await networks.host("other")];
      await networks.cable("first", one, "192.0.2.1/24", other, "192.0.2.2/24");
      // The servers of the other tests are in none of these networks, and werift waits for each long.
      await stack.configured({ REALTIME__STUN__URLS: "", REALTIME__TURN__URLS: "", REALTIME__TURN__SECRETS: "" }, () =>
        between([one, other], false, async (caller, callee) => {
          await connect(caller, callee, called.id, "ringing");
          await networks.cut("first", one);
          await Promise.all([caller.starves(), callee.starves()]);
          await networks.cable("second", one, "198.51.100.1/24", other, "198.51.100.2/24");
          await caller.restarts();
          await Promise.all([caller.connects(), callee.connects()]);
          await Promise.all([caller.receives(), callee.receives()]);
          assert.deepEqual([caller.generation, callee.generation], [1, 1]);
          await hangUp(caller, callee, base, [calling, called]);
        }),
      );
    }));
});
