/**
 * What goes wrong in a page, while a test uses it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Page } from "./chromium.ts";

/** Collects what the browser's console shows of a page, and its uncaught errors. */
export class PageProblems {
  readonly #problems: string[] = [];

  /** Begins with a page that shows nothing yet. */
  constructor(page: Page) {
    page.on("pageerror", (error) => this.add(`${error}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.add(message.text());
    });
  }

  /** Adds a problem. */
  add(problem: string): void {
    this.#problems.push(problem);
  }

  /** Fails if there was an error, a warning or a violation of the page's policy. */
  assertNone(except: RegExp = /(?!)/): void {
    assertEquals(this.#problems.filter((problem) => !except.test(problem)), []);
  }
}
