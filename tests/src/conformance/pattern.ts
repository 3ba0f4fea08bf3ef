/**
 * What a transcript expects of a message, and the names by which it speaks of values.
 *
 * An object matches one that has at least these members; a list matches one of the same length; anything else matches itself. `{"$save": "x"}` matches
 * whatever is there and remembers it, `{"$absent": true}` a member that is not there, `{"$some": …}` a list in which an item matches, `{"$not": …}`
 * what the pattern within does not match. In texts `{x}` stands for the value remembered as `x`; a text that is nothing else becomes that value.
 */
import type { Json } from "../json.ts";

export type Names = Map<string, Json>;

/** `value` with every name replaced. */
export function fill(value: Json, names: Names): Json {
  if (typeof value === "string") return fillText(value, names);
  if (Array.isArray(value)) return value.map((item) => fill(item, names));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, names)]));
}

function fillText(value: string, names: Names): Json {
  const whole = /^\{([\w.]+)\}$/.exec(value)?.[1];
  if (whole !== undefined) return named(whole, names);
  return value.replace(/\{([\w.]+)\}/g, (_, name: string) => String(named(name, names)));
}

function named(name: string, names: Names): Json {
  const value = names.get(name);
  if (value === undefined) throw new Error(`the transcript speaks of {${name}}, which is not known here`);
  return value;
}

/** Why `found` is not as `pattern` wants it; nothing if it is. What is to be remembered is remembered in any case. */
export function mismatch(pattern: Json, found: unknown, names: Names, at = ""): string | undefined {
  const here = at === "" ? "it" : at;
  if (pattern === null || typeof pattern !== "object") {
    const wanted = typeof pattern === "string" ? fillText(pattern, names) : pattern;
    return same(wanted, found) ? undefined : `${here} is ${show(found)}, not ${show(wanted)}`;
  }
  if (Array.isArray(pattern)) return listMismatch(pattern, found, names, here, at);
  if ("$save" in pattern) {
    if (found === undefined) return `${here} is missing`;
    names.set(String(pattern["$save"]), found as Json);
    return undefined;
  }
  if ("$absent" in pattern) return found === undefined ? undefined : `${here} is there: ${show(found)}`;
  if ("$not" in pattern) {
    return mismatch(pattern["$not"] as Json, found, names, at) === undefined ? `${here} must not be ${show(found)}` : undefined;
  }
  if ("$some" in pattern) {
    const some = Array.isArray(found) && found.some((item) => mismatch(pattern["$some"] as Json, item, names, at) === undefined);
    return some ? undefined : `${here} has no item like ${show(fill(pattern["$some"] as Json, names))}: ${show(found)}`;
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) return `${here} is no object: ${show(found)}`;
  const members = found as Record<string, unknown>;
  return first(Object.entries(pattern).map(([key, member]) => () => mismatch(member, members[key], names, at === "" ? key : `${at}.${key}`)));
}

function listMismatch(pattern: Json[], found: unknown, names: Names, here: string, at: string): string | undefined {
  if (!Array.isArray(found)) return `${here} is no list: ${show(found)}`;
  if (found.length !== pattern.length) return `${here} has ${found.length} items, not ${pattern.length}: ${show(found)}`;
  return first(pattern.map((item, index) => () => mismatch(item, found[index], names, `${at}[${index}]`)));
}

function first(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const fault = check();
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function same(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}

/** For people who look for a difference; descriptions of media are long. */
export function show(value: unknown): string {
  const shown = value === undefined ? "absent" : JSON.stringify(value);
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}
