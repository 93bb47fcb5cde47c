/**
 * Somebody who has never been at a page that asks for a name.
 *
 * @module
 */

import type { Browser, Page } from "./chromium.ts";

/** Opens a page in a profile of its own, and gives a name to the form that asks for it. */
export async function openAs(browser: Browser, url: string, name: string): Promise<Page> {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("Your name").fill(name);
  await page.keyboard.press("Enter");
  return page;
}
