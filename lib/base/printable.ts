/**
 * Converts any value to safe text for logs: what clients sent, what the program threw, even objects whose properties
 * throw when they are read.
 *
 * All functions return a text, whatever the argument: code that reports a failure must not fail. Length and time are
 * bounded, however large or deep the value is. The text cannot start a new line of the log, move the cursor of a
 * terminal, or change the direction of writing.
 *
 * @module
 */

import { isInstance } from "./foreign.ts";

/** Control characters, line and paragraph separators, and characters that change the direction of text. */
// deno-lint-ignore no-control-regex -- the pattern is meant to match them
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const LONGEST_LINE = 200;
const LONGEST_TEXT = 10_000;
/** Maximum depth to which values are shown. */
const DEEPEST = 8;
/** Maximum length of the chain of causes shown with an error. */
const MOST_CAUSES = 4;

const UNREADABLE = "<unreadable>";
const TOO_DEEP = "…";
const NO_TEXT = "something that has no text";

/**
 * Converts a text to one printable line.
 *
 * @example Usage
 * ```ts
 * import { oneLine } from "./printable.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(oneLine("ann\n[urvogel] all is well"), "ann\\u000a[urvogel] all is well");
 * ```
 *
 * @param text Any text. A value of another type, from untyped code, is converted.
 * @param longest Maximum number of characters of `text` that are shown.
 * @returns At most `longest` characters of `text`, with `\u....` for unprintable ones.
 */
export function oneLine(text: string, longest: number = LONGEST_LINE): string {
  return cut(typeof text === "string" ? text : textOf(text), longest).replace(UNPRINTABLE, escape);
}

/**
 * Converts any value to one line, as JSON where possible: text in quotes; for bytes, only their number.
 *
 * @example Usage
 * ```ts
 * import { quoted } from "./printable.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(quoted("room:a"), '"room:a"');
 * assertEquals(quoted(["room", 1]), '["room",1]');
 * assertEquals(quoted(new Uint8Array(3)), "<3 bytes>");
 * ```
 *
 * @param value Anything.
 * @param longest Maximum number of characters that are shown.
 */
export function quoted(value: unknown, longest: number = LONGEST_LINE): string {
  return oneLine(new Excerpt(longest).add(value).text, longest);
}

/**
 * Formats any value as a log entry: an error with its stack, its fields and its causes, anything else as
 * {@linkcode quoted} does. Lines after the first are indented, so that none of them can look like another entry.
 *
 * @param value Anything.
 * @returns At most 10,000 characters, not counting the indents.
 */
export function inspected(value: unknown): string {
  return entry(new Excerpt(LONGEST_TEXT).addWithStack(value).text);
}

/**
 * Formats a text of several lines as a log entry: lines after the first are indented, so that none of them can look
 * like another entry.
 *
 * @param text Any text.
 * @returns At most 10,000 characters of it.
 */
export function entry(text: string): string {
  const lines = cut(text, LONGEST_TEXT).split("\n");
  return lines.map((line) => line.replace(UNPRINTABLE, escape)).join("\n    ");
}

/**
 * Converts any value to a text, as `String` does, but never throws. A list is converted as {@linkcode quoted} does,
 * since `String` would show all of it.
 *
 * @param value Anything, including what `String` rejects: an object without a prototype, a `toString` that throws.
 * @returns At most 10,000 characters.
 */
export function textOf(value: unknown): string {
  return attemptText(() => Array.isArray(value) ? quoted(value) : cut(String(value), LONGEST_TEXT)) ?? NO_TEXT;
}

/** Writes values until the text is long enough. */
class Excerpt {
  #text = "";
  readonly #longest: number;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The text so far; slightly longer than requested if there was more. */
  get text(): string {
    return this.#text;
  }

  /** Adds a value on the same line. */
  add(value: unknown): this {
    this.#guarded(() => this.#value(value, 0));
    return this;
  }

  /** Adds a value; an error with its stack, fields and causes. */
  addWithStack(value: unknown, causes = 0): this {
    if (!isInstance(value, Error)) return this.add(value);
    this.#text += stackOf(value);
    this.#guarded(() => this.#fieldsOfError(value));
    const cause = read(value, "cause");
    if (cause === undefined || this.#isFull) return this;
    this.#text += "\n[cause]: ";
    return causes < MOST_CAUSES ? this.addWithStack(cause, causes + 1) : this.add(TOO_DEEP);
  }

  get #isFull(): boolean {
    return this.#text.length > this.#longest;
  }

  /** Calls `write` to add to the text; if it throws, the rest is still written. */
  #guarded(write: () => void): void {
    try {
      write();
    } catch {
      this.#text += UNREADABLE;
    }
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        this.#text += JSON.stringify(value.slice(0, Math.max(0, this.#longest + 1 - this.#text.length)));
        return;
      case "bigint":
        this.#text += `${textOf(value)}n`;
        return;
      case "function":
        this.#text += "<function>";
        return;
      case "object":
        if (value !== null) return this.#object(value, depth);
    }
    this.#text += textOf(value);
  }

  #object(value: object, depth: number): void {
    if (ArrayBuffer.isView(value)) this.#text += `<${value.byteLength} bytes>`;
    else if (isInstance(value, Error)) this.#text += `<${headOf(value)}>`;
    else if (depth >= DEEPEST) this.#text += TOO_DEEP;
    else if (Array.isArray(value)) this.#list(value, depth);
    else if (isInstance(value, Map) || isInstance(value, Set)) this.#collection(value, depth);
    else if (typeof read(value, "toJSON") === "function") this.#value(toJson(value), depth + 1);
    else this.#fields(value, depth);
  }

  #list(list: Iterable<unknown>, depth: number): void {
    this.#text += "[";
    let isFirst = true;
    for (const item of list) {
      if (this.#isFull) break;
      if (!isFirst) this.#text += ",";
      isFirst = false;
      this.#guarded(() => this.#value(item, depth + 1));
    }
    this.#text += "]";
  }

  #collection(collection: Map<unknown, unknown> | Set<unknown>, depth: number): void {
    this.#text += `${nameOf(collection)} `;
    this.#list(collection, depth);
  }

  #fields(value: object, depth: number): void {
    const name = nameOf(value);
    this.#text += name === "Object" ? "{" : `${name} {`;
    let isFirst = true;
    for (const key of Object.keys(value)) {
      if (this.#isFull) break;
      const field = read(value, key);
      if (field === undefined) continue;
      this.#text += `${isFirst ? "" : ","}${JSON.stringify(key.slice(0, this.#longest))}:`;
      isFirst = false;
      this.#guarded(() => this.#value(field, depth + 1));
    }
    this.#text += "}";
  }

  /** Adds the own fields of an error that its stack does not show; of an aggregate error, also its first errors. */
  #fieldsOfError(error: Error): void {
    const keys = Object.keys(error).filter((key) => !SHOWN_OF_ERRORS.has(key)).slice(0, this.#longest);
    if (keys.length > 0) {
      this.#text += " ";
      this.#fields(Object.fromEntries(keys.map((key) => [key, read(error, key)])), 0);
    }
    const errors = read(error, "errors");
    if (Array.isArray(errors)) {
      this.#text += " ";
      this.#list(errors, 0);
    }
  }
}

const SHOWN_OF_ERRORS: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);

function stackOf(error: Error): string {
  const stack = read(error, "stack");
  return cut(typeof stack === "string" && stack !== "" ? stack : headOf(error), LONGEST_TEXT);
}

function headOf(error: Error): string {
  return cut(`${textOf(read(error, "name"))}: ${textOf(read(error, "message"))}`, LONGEST_TEXT);
}

/** Returns the name of an object's class; `"Object"` if there is none. */
function nameOf(value: object): string {
  const name = attemptText(() => Object.getPrototypeOf(value)?.constructor?.name);
  return name ? cut(name, LONGEST_LINE) : "Object";
}

/**
 * Reads a field of any object. Never throws.
 *
 * @param value The object.
 * @param key The name of the field.
 * @returns The value; if reading it throws, a text that says so.
 */
export function read(value: object, key: string | symbol): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return UNREADABLE;
  }
}

function toJson(value: object): unknown {
  try {
    return (value as { toJSON(): unknown }).toJSON();
  } catch {
    return UNREADABLE;
  }
}

/** Returns the text that `make` returns; `undefined` if it throws or returns something else. */
function attemptText(make: () => unknown): string | undefined {
  try {
    const text = make();
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
