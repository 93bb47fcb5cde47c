/**
 * The page of `examples/chat` as a person sees it.
 *
 * @module
 */

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
    context.setDefaultTimeout(10_000);
    const chat = new ChatPage(await context.newPage());
    await chat.page.goto(url);
    await chat.page.getByLabel("Your name", { exact: true }).fill(name);
    await chat.page.getByRole("button", { name: "Join the chat" }).click();
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
    const body = this.page.getByRole("paragraph").getByText(text, { exact: true });
    await this.page.locator(".message:not(.pending, .failed)", { has: body }).waitFor();
  }

  /** Waits until these people are listed, and nobody else. Fails, in Playwright's words, when they are not in time. */
  async seesPeople(...names: string[]): Promise<void> {
    const list = new RegExp(`^\\s*${names.map(RegExp.escape).join("\\s*")}\\s*$`);
    await this.page.locator("#people", { hasText: list }).waitFor({ state: "attached" });
    await this.page.locator("#count", { hasText: new RegExp(`^${names.length}$`) }).waitFor({ state: "attached" });
  }

  /** The messages that are there now, oldest first. */
  async messages(): Promise<string[]> {
    return await this.page.locator(".message p").allTextContents();
  }

  /** What came in or left, oldest first. */
  notes(): Locator {
    return this.page.locator(".note");
  }

  /** The message that could not be sent. */
  failed(): Locator {
    return this.page.locator(".failed");
  }

  /** Goes to a room in the list. */
  async goesTo(room: string): Promise<void> {
    await this.page.getByRole("link", { name: `# ${room}` }).click();
    await this.page.getByRole("heading", { name: `# ${room}` }).waitFor();
  }

  /** Fails if the browser's console shows an error, a warning or a violation of the page's policy. */
  hasNoProblems(except?: RegExp): void {
    this.#problems.assertNone(except);
  }
}
