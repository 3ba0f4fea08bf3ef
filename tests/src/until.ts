/** Waiting for a condition, with a bound: the only way in which a test lets time pass. */
import { setTimeout as delay } from "node:timers/promises";

const PAUSE_MS = 40;

/**
 * Asks `probe` until it gives something other than `undefined` or `false`.
 *
 * @param what completes the sentence "waited in vain for …", for whoever reads a failure.
 */
export async function until<T>(
  what: string,
  bound_ms: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + bound_ms;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain for ${what} (${bound_ms} ms)`);
    await delay(PAUSE_MS);
  }
}

/** The same for a promise: what it gives, or an error that names it. */
export async function within<T>(what: string, bound_ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what} (${bound_ms} ms)`)), bound_ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
