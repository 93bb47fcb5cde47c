/**
 * What is wrong with a value that does not fit its schema, in a form that may be sent to whoever sent the value.
 *
 * Libraries put more into an issue than that: Valibot puts the whole input into each item of a path, Zod puts in what
 * was expected. Only messages and keys are kept, and their number and size are bounded: a list of a million wrong items
 * has a million issues.
 *
 * @module
 */

import { oneLine, quoted, read, textOf } from "../base/printable.ts";

/**
 * A problem with one part of a value: a message, and the path to the part.
 *
 * @category Contracts
 */
export interface Issue {
  /** What is wrong, in the words of the schema. At most 200 characters, on one line. */
  readonly message: string;
  /** The keys that lead to the part; empty for the value itself. At most 32, of at most 100 characters. */
  readonly path: readonly (string | number)[];
}

const MOST_ISSUES = 20;
const DEEPEST = 32;
const LONGEST_KEY = 100;

/**
 * Converts the issues of a schema. Never throws.
 *
 * @category Contracts
 * @param issues What the schema returned.
 * @returns At most 20 issues.
 */
export function issuesOf(issues: unknown): Issue[] {
  return firstOf(issues, MOST_ISSUES).map((issue) => ({
    message: oneLine(textOf(fieldOf(issue, "message"))),
    path: firstOf(fieldOf(issue, "path"), DEEPEST).map(keyOf),
  }));
}

/** Converts an item of a path: a key, or an object with a key and other fields. */
function keyOf(item: unknown): string | number {
  const key = typeof item === "object" && item !== null ? read(item, "key") : item;
  if (typeof key === "number" && Number.isFinite(key)) return key;
  if (typeof key === "string") return oneLine(key, LONGEST_KEY);
  return typeof key === "symbol" ? oneLine(textOf(key), LONGEST_KEY) : quoted(key, LONGEST_KEY);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? read(value, name) : undefined;
}

/** Copies the first items of a list; none of anything else. */
function firstOf(list: unknown, count: number): unknown[] {
  try {
    return Array.isArray(list) ? Array.from({ length: Math.min(list.length, count) }, (_, index) => list[index]) : [];
  } catch { // a proxy
    return [];
  }
}
