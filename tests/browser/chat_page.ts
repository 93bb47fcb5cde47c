/**
 * The page of `examples/chat` as a person sees it.
 *
 * @module
 */

import { assertUsable } from "./accessibility.ts";
import type { Browser, BrowserContextOptions, Locator, Page } from "./chromium.ts";
import { PageProblems } from "./page_problems.ts";

/** A tab that shows the chat. */
export class ChatPage {
  /** The tab itself. */
  readonly page: Page;
  readonly #problems: PageProblems;

  /** Wraps a tab that shows nothing yet. */
  constructor(page: Page) {
    this.page = page;
    this.#problems = new PageProblems(page);
  }

  /** Opens the chat as somebody who has never been there, and gives a name. */
  static async open(
    browser: Browser,
    url: string,
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<ChatPage> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(20_000); // the machine may be busy
    const chat = new ChatPage(await context.newPage());
    await chat.page.goto(url);
    await chat.givesName(name);
    await chat.shows("Online");
    return chat;
  }

  /** Opens a second tab of the same person. */
  async anotherTab(): Promise<ChatPage> {
    const chat = new ChatPage(await this.page.context().newPage());
    await chat.page.goto(this.page.url());
    await chat.shows("Online");
    return chat;
  }

  /** Gives a name to the page, which asks for it. */
  async givesName(name: string): Promise<void> {
    await this.page.getByLabel("Your name", { exact: true }).fill(name);
    await this.page.getByRole("button", { name: "Join the chat" }).click();
  }

  /** Waits for the state of the connection. */
  async shows(status: string): Promise<void> {
    await this.page.locator("#status", { hasText: new RegExp(`^${status}$`) }).waitFor();
  }

  /** Types a message and sends it. */
  async says(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Waits until a message of the room is there. */
  async reads(text: string): Promise<void> {
    await this.message(text).and(this.page.locator(":not(.pending, .failed)")).waitFor();
  }

  /** The message with this text. */
  message(text: string): Locator {
    const body = this.page.getByRole("paragraph").getByText(text, { exact: true });
    return this.page.locator(".message", { has: body });
  }

  /** Waits until these people are listed, and nobody else. Fails, in Playwright's words, when they are not in time. */
  async seesPeople(...names: string[]): Promise<void> {
    const items = names.map((name) => `${RegExp.escape(name)}#\\w{4}(?: you)?`); // the mark may be out of sight
    const list = new RegExp(`^\\s*${items.join("\\s*")}\\s*$`);
    await this.page.locator("#people", { hasText: list }).waitFor({ state: "attached" });
    await this.page.locator("#count", { hasText: new RegExp(`^${names.length}$`) }).waitFor({ state: "attached" });
  }

  /** The messages that are there now, oldest first. */
  async messages(): Promise<string[]> {
    return await this.page.locator(".message p").allTextContents();
  }

  /** The lines that say what happened, oldest first. */
  notes(): Locator {
    return this.page.locator(".note");
  }

  /** The message that could not be sent. */
  failed(): Locator {
    return this.page.locator(".failed");
  }

  /** Opens the rooms and people where they are not beside the room. */
  async opensSide(): Promise<void> {
    const menu = this.page.locator("header").getByRole("button", { name: "Rooms and people" });
    if (await menu.isVisible()) await menu.tap();
    await this.page.getByLabel("Another room").waitFor();
  }

  /** Goes to a room in the list. */
  async goesTo(room: string): Promise<void> {
    await this.page.getByRole("link", { name: `# ${room}`, exact: true }).click();
    await this.isIn(room);
  }

  /** Waits until the page shows a room. */
  async isIn(room: string): Promise<void> {
    await this.page.getByRole("heading", { name: `# ${room}`, exact: true }).waitFor();
  }

  /** Fails if axe finds something that keeps people from using the page, or if it is wider than its window. */
  async isUsable(where: string): Promise<void> {
    await assertUsable(this.page, where);
  }

  /** Fails if the browser's console shows an error, a warning or a violation of the page's policy. */
  hasNoProblems(except?: RegExp): void {
    this.#problems.assertNone(except);
  }

  /** Closes the tabs of this person. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
