/**
 * The parameters of a view.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { PageOptions, SearchOptions } from "../../endpoint/debug.ts";
import { ViewError } from "./_view_error.ts";

/** The parameters as texts, as in a URL. */
export type QueryTexts = Readonly<Record<string, string>>;

/** The number of items on a page, if the query does not say. */
const LIMIT = 50;

/** Reads parameters. Invalid values are refused with status 400. */
export class ViewQuery {
  readonly #texts: QueryTexts;

  /** Reads from `texts`. */
  constructor(texts: QueryTexts) {
    this.#texts = texts;
  }

  /** Returns a text; an empty one if it is missing. */
  text(name: string): string {
    return Object.hasOwn(this.#texts, name) ? `${this.#texts[name]}` : "";
  }

  /** Returns a text that must be there. */
  required(name: string): string {
    const text = this.text(name);
    if (text === "") throw new ViewError(400, `Cannot show view: ${quoted(name)} is missing`);
    return text;
  }

  /** Returns an integer that is not negative. */
  integer(name: string, otherwise: number): number {
    const text = this.text(name);
    if (text === "") return otherwise;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new ViewError(400, `Cannot show view: ${quoted(name)} must be a whole number, received ${quoted(text)}`);
  }

  /** Returns one of several words; the first if it is missing. */
  oneOf<T extends string>(name: string, words: readonly [T, ...T[]]): T {
    const text = this.text(name);
    if (text === "") return words[0];
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new ViewError(400, `Cannot show view: ${quoted(name)} must be one of ${words}, received ${quoted(text)}`);
  }

  /** Returns which page is wanted. */
  get page(): PageOptions {
    return { limit: this.integer("limit", LIMIT), offset: this.integer("offset", 0) };
  }

  /** Returns which page is wanted, and what is searched. */
  get search(): SearchOptions {
    return { ...this.page, search: this.text("search") };
  }
}
