/** A page of an origin of its own in a real browser, with LiveKit's client in it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";

import { chromium, type Browser, type Page } from "playwright-core";

/** The build for a plain script tag, which is what `require` gives. */
const LIVEKIT_CLIENT = createRequire(import.meta.url).resolve("livekit-client");

/** An empty page of an origin of its own. */
export async function origin(): Promise<{ server: Server; url: string }> {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>room</title>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
  });
}

/** A page at `url` with `LivekitClient` in its window. */
export async function pageWithLiveKit(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  // What tsx wraps functions in, so that they keep their names; functions that run in the page refer to it.
  await page.addInitScript("globalThis.__name = (named) => named");
  await page.goto(url);
  await page.addScriptTag({ path: LIVEKIT_CLIENT });
  return page;
}
