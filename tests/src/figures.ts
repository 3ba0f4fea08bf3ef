/** What many measurements say together. */

/** `p50`, `p99` and the longest of durations in milliseconds, for a person to read. */
export function spread(of: string, durations_ms: number[]): string {
  const sorted = [...durations_ms].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  const shown = (value: number | undefined) => (value === undefined ? "–" : `${value.toFixed(0)} ms`);
  return `${of}: p50 ${shown(at(0.5))}, p99 ${shown(at(0.99))}, max ${shown(sorted.at(-1))}, of ${sorted.length}`;
}
