/**
 * Text for logs, made of anything: of what clients sent, of what the program threw, of objects that throw when they are
 * looked at.
 *
 * Everything here returns a text, whatever it is given: code that reports a failure must not fail. The text is short,
 * and so is the time that it takes, however large or deep the value is. It cannot begin a line of its own, move the cursor
 * of a terminal, or turn the direction of writing.
 *
 * @module
 */

import { isInstance } from "./foreign.ts";

/** Control characters, line and paragraph separators, and what changes the direction of text. */
// deno-lint-ignore no-control-regex -- those are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const LONGEST_LINE = 200;
const LONGEST_TEXT = 10_000;
/** How deep values are shown. */
const DEEPEST = 8;
/** How many causes of causes an error is shown with. */
const MOST_CAUSES = 4;

const UNREADABLE = "<unreadable>";
const TOO_DEEP = "…";
const NO_TEXT = "something that has no text";

/**
 * Makes one line of `text`.
 *
 * @example Usage
 * ```ts
 * import { oneLine } from "./printable.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(oneLine("ann\n[urvogel] all is well"), "ann\\u000a[urvogel] all is well");
 * ```
 *
 * @param text Any text. What is none, where the compiler was not asked, becomes one.
 * @param longest How many characters of `text` are shown.
 * @returns At most `longest` characters of `text`, with `\u....` for what cannot be printed.
 */
export function oneLine(text: string, longest: number = LONGEST_LINE): string {
  return cut(typeof text === "string" ? text : textOf(text), longest).replace(UNPRINTABLE, escape);
}

/**
 * Makes one line of any value, in the form of JSON as far as that goes: text in quotes, of bytes only how many there are.
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
 * @param longest How many characters are shown.
 */
export function quoted(value: unknown, longest: number = LONGEST_LINE): string {
  return oneLine(new Excerpt(longest).add(value).text, longest);
}

/**
 * Shows any value as an entry of a log: an error with its stack, its fields and its causes, anything else as
 * {@linkcode quoted} does. Lines after the first are indented, so that none of them can pose as an entry.
 *
 * @param value Anything.
 * @returns At most 10,000 characters, and the indents.
 */
export function inspected(value: unknown): string {
  return entry(new Excerpt(LONGEST_TEXT).addWithStack(value).text);
}

/**
 * Makes an entry of a log out of a text of several lines: those after the first are indented, so that none of them can
 * pose as an entry.
 *
 * @param text Any text.
 * @returns At most 10,000 characters of it.
 */
export function entry(text: string): string {
  const lines = cut(text, LONGEST_TEXT).split("\n");
  return lines.map((line) => line.replace(UNPRINTABLE, escape)).join("\n    ");
}

/**
 * Makes a text of any value, as `String` does; of a list as {@linkcode quoted} does, for `String` would show all of it.
 *
 * @param value Anything, also what cannot become a text: an object without a prototype, a `toString` that throws.
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

  /** What has been written; a little more than was asked for, if there was more. */
  get text(): string {
    return this.#text;
  }

  /** Adds a value on the same line. */
  add(value: unknown): this {
    this.#guarded(() => this.#value(value, 0));
    return this;
  }

  /** Adds a value, with all that is known of it if it is an error. */
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

  /** Lets `write` add to the text; what it throws is no reason to give up the rest. */
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

  /** What was assigned to an error beside what its stack says; of several in one, the first. */
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

/** The class of an object; `"Object"` where there is none. */
function nameOf(value: object): string {
  const name = attemptText(() => Object.getPrototypeOf(value)?.constructor?.name);
  return name ? cut(name, LONGEST_LINE) : "Object";
}

/**
 * Reads a field of an object that may be anything.
 *
 * @param value The object.
 * @param key The name of the field.
 * @returns What is there; a text that says so where reading it throws.
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

/** The text that `make` returns; `undefined` where it throws, or returns something else. */
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
