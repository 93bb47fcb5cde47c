/**
 * Turns any value of a program into one that JSON can carry, for people to look at.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import { oneLine, read, textOf } from "../../base/printable.ts";
import { Process } from "../../otp/process/process.ts";

/** What JSON can carry. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

const DEEPEST = 12;
const MOST_ENTRIES = 1_000;
const MOST_VALUES = 50_000;
/** The largest view is a page of 1,000 connections. */
const MOST_CHARACTERS = 5_000_000;
const LONGEST_TEXT = 10_000;
const TOO_DEEP = "[too deep]";
const TOO_LARGE = "[too large]";
const UNREADABLE = "[unreadable]";

/**
 * Turns any value into plain data: a `Map` into a list of pairs, a `Set` into a list, an error into its name and
 * message, a process into its number and label, bytes into their number. It never throws, and its size is bounded.
 *
 * @param value Anything. What is secret in it has to be hidden before.
 * @param mostCharacters About how many characters all its texts and keys may have. What comes later is left out.
 */
export function plain(value: unknown, mostCharacters: number = MOST_CHARACTERS): Plain {
  return new Plainer(mostCharacters).of(value, 0);
}

/** Returns a text, cut if it is too long to be looked at. */
export function shortText(text: string, longest: number = LONGEST_TEXT): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

class Plainer {
  #values = 0;
  #charactersLeft: number;

  constructor(mostCharacters: number) {
    this.#charactersLeft = mostCharacters;
  }

  of(value: unknown, depth: number): Plain {
    if (++this.#values > MOST_VALUES || this.#charactersLeft <= 0) return TOO_LARGE;
    switch (typeof value) {
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : textOf(value);
      case "string":
        return this.#counted(shortText(value));
      case "undefined":
        return null;
      case "function":
        return "[function]";
      case "object":
        return value === null ? null : this.#guarded(value, depth);
      default:
        return textOf(value);
    }
  }

  #counted(text: string): string {
    this.#charactersLeft -= text.length;
    return text;
  }

  #guarded(value: object, depth: number): Plain {
    if (depth > DEEPEST) return TOO_DEEP;
    try {
      return this.#object(value, depth);
    } catch { // a getter, or a proxy
      return UNREADABLE;
    }
  }

  #object(value: object, depth: number): Plain {
    if (isInstance(value, Process)) return `#${value.id} ${oneLine(value.label)}`;
    if (isInstance(value, Date)) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
    if (isInstance(value, Error)) return oneLine(`${textOf(read(value, "name"))}: ${textOf(read(value, "message"))}`);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#list(value, depth);
    if (isInstance(value, Map) || isInstance(value, Set)) return this.#list(firstOf(value), depth);
    return this.#fields(value, depth);
  }

  #list(values: readonly unknown[], depth: number): Plain {
    const list = values.slice(0, MOST_ENTRIES).map((value) => this.of(value, depth + 1));
    return values.length > MOST_ENTRIES ? [...list, TOO_LARGE] : list;
  }

  #fields(value: object, depth: number): Plain {
    const fields: Record<string, Plain> = Object.create(null); // "__proto__" may be a key
    const keys = Object.keys(value);
    for (const key of keys.slice(0, MOST_ENTRIES)) {
      const field = read(value, key);
      if (field !== undefined) fields[this.#counted(shortText(key))] = this.of(field, depth + 1);
    }
    if (keys.length > MOST_ENTRIES) fields["…"] = TOO_LARGE;
    return fields;
  }
}

/** The first entries. Not `for`: a subclass may iterate without an end. */
function firstOf(collection: Map<unknown, unknown> | Set<unknown>): unknown[] {
  const isMap = isInstance(collection, Map);
  const entries: unknown[] = [];
  const add = (value: unknown, key: unknown) => {
    if (entries.length <= MOST_ENTRIES) entries.push(isMap ? [key, value] : value);
  };
  if (isMap) Map.prototype.forEach.call(collection, add);
  else Set.prototype.forEach.call(collection, add);
  return entries;
}
