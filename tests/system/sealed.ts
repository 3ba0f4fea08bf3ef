/** The test vectors of sealed calls, computed with Web Crypto. A Rust test of `signal-protocol` computes the same with another library. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { associatedData, decode, derive, nonce, open, safetyCode, seal, sharedSecret, type Bytes, type Head, type Sealer, type Side } from "../src/sealed.ts";

interface Keyed extends Sealer {
  private_key: string;
}

interface Vectors {
  calls: {
    call: { id: string; caller: Keyed; callee: Keyed };
    derived: { shared_secret: string; context: string; caller_key: string; callee_key: string; safety_bytes: string; safety_code: string };
    signals: (Head & { sequence: number; plaintext: string; nonce: string; associated_data: string; sealed: string })[];
  }[];
  must_not_open: { signals: (Head & { about: string; sealed: string })[] };
  keys_to_refuse: { keys: string[] };
}

const vectors = JSON.parse(readFileSync(new URL("../../docs/conformance/sealed-calls.json", import.meta.url), "utf8")) as Vectors;
const SIDES: [Side, Side][] = [
  ["caller", "callee"],
  ["callee", "caller"],
];

describe("a sealed call", () => {
  test("has keys and a safety code that both devices derive", async () => {
    for (const { call, derived: expected } of vectors.calls) {
      for (const [own, peer] of SIDES) {
        const secret = await sharedSecret(call[own], call[peer].key);
        assert.equal(secret?.toString("base64url"), expected.shared_secret);
        const { context, keys, safety } = await derive(call, secret as Bytes);
        assert.equal(context.toString("base64url"), expected.context);
        assert.deepEqual([keys.caller, keys.callee], [decode(expected.caller_key), decode(expected.callee_key)]);
        assert.equal(safety.toString("base64url"), expected.safety_bytes);
        assert.equal(safetyCode(safety), expected.safety_code);
      }
    }
  });

  test("seals and opens signals as it is written", async () => {
    for (const { call, derived: expected, signals } of vectors.calls) {
      const derived = await derive(call, Buffer.from(expected.shared_secret, "base64url"));
      for (const { sequence, plaintext, sealed, ...signal } of signals) {
        assert.equal(nonce(BigInt(sequence)).toString("base64url"), signal.nonce);
        assert.equal(associatedData(call, signal, BigInt(sequence)).toString("base64url"), signal.associated_data);
        assert.equal(await seal(call, derived, signal, BigInt(sequence), plaintext), sealed);
        assert.equal(await open(call, derived, signal, sealed), plaintext);
      }
    }
  });

  test("opens nothing that was tampered with", async () => {
    const [{ call, derived: expected }] = vectors.calls as [Vectors["calls"][number]];
    const derived = await derive(call, Buffer.from(expected.shared_secret, "base64url"));
    for (const { about, sealed, ...head } of vectors.must_not_open.signals) {
      assert.equal(await open(call, derived, head, sealed), undefined, about);
    }
  });

  test("refuses keys that give no secret, and its own", async () => {
    const [{ call }] = vectors.calls as [Vectors["calls"][number]];
    for (const key of [...vectors.keys_to_refuse.keys, call.caller.key]) assert.equal(await sharedSecret(call.caller, key), undefined, key);
  });
});
