/**
 * Text from outside, made fit for a log: it cannot begin a line of its own, move the cursor of a terminal, turn the
 * direction of writing, or fill the disk.
 *
 * @module
 */

/** Control characters, line and paragraph separators, and what changes the direction of text. */
// deno-lint-ignore no-control-regex -- those are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const LONGEST_LINE = 200;
const LONGEST_TEXT = 10_000;

/**
 * Makes one line of `text`.
 *
 * @example Usage
 * ```ts
 * import { oneLine } from "./printable.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(oneLine("ann\n[urvogel] all is well"), "ann\\u000a[urvogel] all is well");
 * ```
 *
 * @param text Any text.
 * @returns At most 200 characters, with `\u....` for what cannot be printed.
 */
export function oneLine(text: string): string {
  return cut(text, LONGEST_LINE).replace(UNPRINTABLE, escape);
}

/**
 * Makes one line of a JSON value, in quotes if it is text.
 *
 * @example Usage
 * ```ts
 * import { quoted } from "./printable.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(quoted("room:a"), '"room:a"');
 * assert.equal(quoted(["room", 1]), '["room",1]');
 * ```
 *
 * @param value A JSON value.
 */
export function quoted(value: unknown): string {
  return oneLine(JSON.stringify(value) ?? String(value));
}

/**
 * Makes an entry of a log out of a text of several lines, such as an error with its stack: those after the first are
 * indented, so that none of them can pose as an entry.
 *
 * @param text Any text.
 * @returns At most 10,000 characters of it.
 */
export function entry(text: string): string {
  const lines = cut(text, LONGEST_TEXT).split("\n");
  return lines.map((line) => line.replace(UNPRINTABLE, escape)).join("\n    ");
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Makes one line of a client's parameters: as {@linkcode quoted}, and of bytes only how many there are.
 *
 * @param params A JSON value, or bytes.
 */
export function quotedParams(params: unknown): string {
  return ArrayBuffer.isView(params) ? `<${params.byteLength} bytes>` : quoted(params);
}
