/** The WebRTC stack of Chromium, on a page with its fake camera and microphone. */
import { chromium, type Browser, type Page } from "playwright-core";

import type { Engine, Found, Look, Opening } from "./engine.ts";
import { install, type InPage } from "./in-page.ts";

/** Answered by the test itself; cameras are for pages with a certificate, or on this machine. */
const ADDRESS = "https://device.test/";

const ARGUMENTS = [
  "--no-sandbox",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // On a machine without a network the peers meet at its loopback addresses.
  "--allow-loopback-in-peer-connection",
  // Its own names for addresses (mDNS) would have to be resolved by the other stacks.
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A browser; `program` is what starts it, if it is to run somewhere else. */
export function browser(program = CHROMIUM): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: ARGUMENTS });
}

export class PageEngine implements Engine {
  readonly name = "chromium";
  readonly restartsIce = true;
  readonly trickles = true;
  onFound: (found: Found) => void = () => undefined;

  private constructor(private readonly page: Page) {}

  static async start(browser: Browser): Promise<PageEngine> {
    const page = await browser.newPage();
    const engine = new PageEngine(page);
    await page.route(`${ADDRESS}**`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>device</title>" }));
    await page.exposeFunction("found", (found: Found) => engine.onFound(found));
    // What tsx wraps functions in, so that they keep their names; `install` refers to it.
    await page.addInitScript("globalThis.__name = (named) => named");
    await page.goto(ADDRESS);
    await page.evaluate(install);
    return engine;
  }

  open(opening: Opening): Promise<void> {
    return this.page.evaluate((opening) => (window as unknown as InPage).device.open(opening), opening);
  }

  offer(iceRestart: boolean): Promise<string> {
    return this.page.evaluate((iceRestart) => (window as unknown as InPage).device.offer(iceRestart), iceRestart);
  }

  answer(sdp: string): Promise<string> {
    return this.page.evaluate((sdp) => (window as unknown as InPage).device.answer(sdp), sdp);
  }

  take(sdp: string): Promise<void> {
    return this.page.evaluate((sdp) => (window as unknown as InPage).device.take(sdp), sdp);
  }

  add(found: Found): Promise<void> {
    return this.page.evaluate((found) => (window as unknown as InPage).device.add(found), found);
  }

  look(): Promise<Look> {
    return this.page.evaluate(() => (window as unknown as InPage).device.look());
  }

  close(): Promise<void> {
    return this.page.evaluate(() => (window as unknown as InPage).device.close());
  }

  end(): Promise<void> {
    return this.page.close();
  }
}
