/**
 * What keeps people from using a page.
 *
 * @module
 */

import axe from "npm:axe-core@4.14.1";
import type { Page } from "./chromium.ts";

/** What axe finds. */
export interface Violation {
  /** The rule, such as `"color-contrast"`. */
  readonly id: string;
  /** How bad it is: `"minor"`, `"moderate"`, `"serious"` or `"critical"`. */
  readonly impact: string;
  /** Where it is, and why. */
  readonly nodes: readonly string[];
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Finds what axe objects to in the page as it is now. */
export async function violationsOf(page: Page): Promise<Violation[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })") as AxeResults;
  return violations.map(({ id, impact, nodes }) => {
    return { id, impact, nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`) };
  });
}

/** By how many pixels the page is wider than its window; 0 if it fits. */
export async function overflowOf(page: Page): Promise<number> {
  return Number(await page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"));
}
