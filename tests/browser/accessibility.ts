/**
 * What keeps people from using a page.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
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

/** Fails if axe objects to anything in the page as it is now, or if it is wider than its window. */
export async function assertUsable(page: Page, where: string): Promise<void> {
  assertEquals([where, await violationsOf(page), await overflowOf(page)], [where, [], 0]);
}

/** Fails if the page cannot be used as it is now: in one of the themes, at a desk or on the smallest phone. */
export async function assertUsableEverywhere(page: Page, where: string): Promise<void> {
  const size = page.viewportSize();
  for (const width of [1200, 320]) {
    await page.setViewportSize({ width, height: 640 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await assertUsable(page, `${where}, ${width} px, ${colorScheme}`);
      const folder = Deno.env.get("SCREENSHOTS");
      if (folder) await page.screenshot({ path: `${folder}/${where}-${width}-${colorScheme}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (size) await page.setViewportSize(size);
}
