/** Sealed calls as docs/protocol.md has them, by Web Crypto alone. A reference, not a client: keys and counters are arguments. */
const SALT = "realtime.v1 sealed call";
const VERSION = 1;

/** Never on shared memory, which Web Crypto refuses. */
export type Bytes = Buffer<ArrayBuffer>;

/** A device in a call, and its public key in base64url. */
export interface Sealer {
  user_id: string;
  device: string;
  key: string;
}

export interface SealedCall {
  id: string;
  caller: Sealer;
  callee: Sealer;
}

export type Side = "caller" | "callee";

/** A sealed signal, as it stands beside its envelope. */
export interface Head {
  from: Side;
  kind: string;
  generation: number;
}

export interface Derived {
  context: Bytes;
  keys: Record<Side, Bytes>;
  safety: Bytes;
}

/** The bytes of strict base64url: no padding, no other characters, no spare bits. */
export function decode(text: string): Bytes | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

/** What both devices have in common; nothing for a key that is to be refused. */
export async function sharedSecret(own: { private_key: string; key: string }, peer: string): Promise<Bytes | undefined> {
  if (decode(peer)?.length !== 32 || peer === own.key) return undefined;
  const algorithm = { name: "X25519" };
  const jwk = { kty: "OKP", crv: "X25519" };
  const secret = await crypto.subtle.importKey("jwk", { ...jwk, d: own.private_key, x: own.key }, algorithm, false, ["deriveBits"]);
  const theirs = await crypto.subtle.importKey("jwk", { ...jwk, x: peer }, algorithm, false, []);
  // A library refuses a key that gives no secret, or gives zeros.
  const bits = await crypto.subtle.deriveBits({ ...algorithm, public: theirs }, secret, 256).catch(() => new ArrayBuffer(32));
  const shared = Buffer.from(bits);
  return shared.every((byte) => byte === 0) ? undefined : shared;
}

export async function derive(call: SealedCall, secret: Bytes): Promise<Derived> {
  const named = ({ user_id, device, key }: Sealer) => Buffer.concat([part(user_id), part(device), part(Buffer.from(key, "base64url"))]);
  const context = Buffer.concat([part(call.id), named(call.caller), named(call.callee)]);
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const out = async (label: string, length: number) => {
    const info = Buffer.concat([part(label), context]);
    return Buffer.from(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: Buffer.from(SALT), info }, key, length * 8));
  };
  return { context, keys: { caller: await out("caller", 32), callee: await out("callee", 32) }, safety: await out("safety code", 60) };
}

/** What people compare. */
export function safetyCode(safety: Bytes): string {
  const groups = Array.from({ length: 12 }, (_, group) => safety.readUIntBE(group * 5, 5) % 100_000);
  return groups.map((group) => String(group).padStart(5, "0")).join(" ");
}

export function nonce(sequence: bigint): Bytes {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(sequence, 4);
  return bytes;
}

export function associatedData(call: SealedCall, { from, kind, generation }: Head, sequence: bigint): Bytes {
  const { user_id, device } = call[from];
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32BE(generation, 0);
  numbers.writeBigUInt64BE(sequence, 4);
  return Buffer.concat([part("realtime.v1 sealed signal"), part(call.id), part(user_id), part(device), part(kind), numbers]);
}

export async function seal(call: SealedCall, { keys }: Derived, head: Head, sequence: bigint, plaintext: string): Promise<string> {
  const key = await aes(keys[head.from], "encrypt");
  const sealed = await crypto.subtle.encrypt(parameters(call, head, sequence), key, Buffer.from(plaintext));
  const front = Buffer.alloc(9, VERSION);
  front.writeBigUInt64BE(sequence, 1);
  return Buffer.concat([front, Buffer.from(sealed)]).toString("base64url");
}

/** The plaintext, or nothing if it was tampered with. */
export async function open(call: SealedCall, { keys }: Derived, head: Head, sealed: string): Promise<string | undefined> {
  const envelope = decode(sealed);
  if (envelope === undefined || envelope.length < 25 || envelope[0] !== VERSION) return undefined;
  const key = await aes(keys[head.from], "decrypt");
  const opened = crypto.subtle.decrypt(parameters(call, head, envelope.readBigUInt64BE(1)), key, envelope.subarray(9));
  return opened.then(
    (plaintext) => Buffer.from(plaintext).toString("utf8"),
    () => undefined,
  );
}

function parameters(call: SealedCall, head: Head, sequence: bigint): AesGcmParams {
  return { name: "AES-GCM", iv: nonce(sequence), additionalData: associatedData(call, head, sequence), tagLength: 128 };
}

function aes(key: Bytes, use: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);
}

function part(content: string | Buffer): Bytes {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
