/**
 * HTTP as it is on the wire. `fetch` tidies paths and refuses odd headers, which is what half of these tests are about; so requests are
 * made with `node:http`, which sends a path as it is given.
 */
import * as http from "node:http";
import * as net from "node:net";

import { object, type JsonObject } from "./json.ts";

export interface Sent {
  method?: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string | Uint8Array;
  /** Sends the body in chunks, so that its length is not known beforehand. */
  chunked?: boolean;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Each header as often as it came. */
  rawHeaders: string[];
  text: string;
  /** The body, which must be a JSON object. */
  body(): JsonObject;
}

const BOUND_MS = 20_000;
const PIECE = 16_384;

/** One request on a connection of its own. `path` goes out byte for byte. */
export function send(base: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const headers: http.OutgoingHttpHeaders = { ...sent.headers };
  if (sent.body !== undefined && sent.chunked !== true) headers["content-length"] = Buffer.byteLength(sent.body);
  // A connection of its own, but not announced as such: whoever says `Connection: close` beforehand and then sends too much is cut off
  // before it can read why.
  const agent = new http.Agent({ keepAlive: true });
  const exchange = new Promise<Answer>((resolve, reject) => {
    const request = http.request(
      { hostname, port, path, method: sent.method ?? "GET", headers, agent, timeout: BOUND_MS },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve(answer(response, Buffer.concat(chunks).toString("utf8"))));
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer to ${path} within ${BOUND_MS} ms`)));
    request.on("error", reject);
    // Once the answer is there, nobody else listens to what happens to the connection.
    request.on("socket", (socket) => socket.on("error", reject));
    if (sent.body === undefined) request.end();
    else void write(request, Buffer.from(sent.body));
  });
  return exchange.finally(() => agent.destroy());
}

/** Writes piece by piece, and no more once the answer begins: whoever refuses a body early does not read the rest of it. */
async function write(request: http.ClientRequest, body: Buffer): Promise<void> {
  const answered = new Promise((resolve) => request.once("response", resolve).once("close", resolve));
  let over = false;
  void answered.then(() => (over = true));
  for (let at = 0; at < body.length && !over; at += PIECE) {
    if (!request.write(body.subarray(at, at + PIECE))) {
      await Promise.race([answered, new Promise((resolve) => request.once("drain", resolve))]);
    }
  }
  if (!over) request.end();
}

function answer(response: http.IncomingMessage, text: string): Answer {
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    text,
    body: () => object(JSON.parse(text)),
  };
}

/** Writes bytes that no HTTP library would send, and reads until the other side closes: the status and all that came. */
export function sendBytes(base: string, bytes: string | Uint8Array): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    socket.setTimeout(BOUND_MS, () => socket.destroy(new Error(`nothing closed the connection within ${BOUND_MS} ms`)));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0), text });
    });
  });
}
