/** JSON as it comes from outside: unknown until looked at. Errors name what is missing and never repeat a value: it may be a token. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** An object, or an error that says what stood there instead. */
export function object(value: unknown): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`an object was expected, not ${Array.isArray(value) ? "a list" : String(value === null ? value : typeof value)}`);
  }
  return value as JsonObject;
}

/** The string at `key`. */
export function text(from: JsonObject, key: string): string {
  const value = from[key];
  if (typeof value !== "string") throw new TypeError(`a string was expected at ${key}, beside ${Object.keys(from).join(", ")}`);
  return value;
}

/** The list at `key`. */
export function list(from: JsonObject, key: string): Json[] {
  const value = from[key];
  if (!Array.isArray(value)) throw new TypeError(`a list was expected at ${key}, beside ${Object.keys(from).join(", ")}`);
  return value;
}

/** Without the one member that differs from answer to answer. */
export function withoutTraceId(value: unknown): JsonObject {
  const { trace_id: _, ...rest } = object(value);
  return rest;
}
