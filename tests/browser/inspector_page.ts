/**
 * The inspector's page as a person sees it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { overflowOf, violationsOf } from "./accessibility.ts";
import type { Browser, BrowserContextOptions, Locator, Page } from "./chromium.ts";
import { PageProblems } from "./page_problems.ts";

/** A tab with the inspector. */
export class InspectorPage {
  /** The tab itself. */
  readonly page: Page;
  readonly #problems: PageProblems;

  private constructor(page: Page) {
    this.page = page;
    this.#problems = new PageProblems(page);
    page.on("dialog", (dialog) => {
      this.#problems.add(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Opens the inspector. */
  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<InspectorPage> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(10_000);
    const inspector = new InspectorPage(await context.newPage());
    await inspector.page.goto(url);
    await inspector.status("Live");
    return inspector;
  }

  /** What is shown. */
  get main(): Locator {
    return this.page.locator("main");
  }

  /** Waits for the state of the connection. */
  async status(text: string): Promise<void> {
    await this.page.locator("#status", { hasText: text }).waitFor();
  }

  /** Goes to a tab. */
  async goesTo(tab: string): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name: tab, exact: true }).click();
    await this.main.locator("h2", { hasText: tab }).waitFor();
  }

  /** Waits until a text is shown. */
  async shows(text: string | RegExp): Promise<void> {
    await this.main.getByText(text).first().waitFor();
  }

  /** Fails if axe finds something that keeps people from using the page. */
  async isAccessible(where: string): Promise<void> {
    const serious = (await violationsOf(this.page)).filter(({ impact }) => /serious|critical/.test(impact));
    assertEquals([where, serious], [where, []]);
  }

  /** Fails if the page is wider than its window. */
  async fits(where: string): Promise<void> {
    assertEquals([where, await overflowOf(this.page)], [where, 0]);
  }

  /** Fails if the browser's console shows an error, a warning or a violation of the page's policy. */
  hasNoProblems(except?: RegExp): void {
    this.#problems.assertNone(except);
  }
}
