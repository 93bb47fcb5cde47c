/**
 * The chat of `examples/chat` in a process of its own.
 *
 * @module
 */

import { type Command, commandOf, Program } from "../support/program.ts";
import { ChatPage } from "./chat_page.ts";
import type { Browser, BrowserContextOptions } from "./chromium.ts";

/** The chat as its README says, and by `serve`. */
export const COMMANDS = {
  native: await commandOf("examples/chat/README.md"),
  frames: "deno run -A tests/fixtures/chat_app.ts",
} as const;

/** Parts of a test, by name. */
export type Steps = Readonly<Record<string, (chat: RunningChat) => Promise<void>>>;

/** A server of the chat, and pages that are closed with it. */
export class RunningChat implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #command: Command | string;
  readonly #pages: ChatPage[] = [];
  #program: Program;
  /** Where people open it. */
  #url = "";
  #rooms = 0;

  private constructor(browser: Browser, command: Command | string) {
    this.#browser = browser;
    this.#command = command;
    this.#program = new Program(command, { PORT: "0" });
  }

  /** Starts it with one of {@linkcode COMMANDS}. */
  static async start(browser: Browser, command: Command | string): Promise<RunningChat> {
    const chat = new RunningChat(browser, command);
    [, chat.#url = ""] = await chat.#program.prints(/open (http:\S+)/);
    return chat;
  }

  /** The address of a room that nobody has been in. */
  newRoom(): string {
    return this.room(`room-${++this.#rooms}`);
  }

  /** The address of a room. */
  room(name: string): string {
    return `${this.#url}/#${name}`;
  }

  /** Opens the chat as somebody new. */
  async open(url: string, name: string, options?: BrowserContextOptions): Promise<ChatPage> {
    const page = await ChatPage.open(this.#browser, url, name, options);
    this.#pages.push(page);
    return page;
  }

  /** Opens a room that nobody has been in, for two people who see each other. */
  async openForTwo(): Promise<{ ann: ChatPage; bob: ChatPage; url: string }> {
    const url = this.newRoom();
    const ann = await this.open(url, "ann");
    await ann.seesPeople("ann");
    const bob = await this.open(url, "bob");
    for (const page of [ann, bob]) await page.seesPeople("ann", "bob");
    return { ann, bob, url };
  }

  /** Ends the server. */
  async kill(signal: Deno.Signal): Promise<void> {
    await this.#program.end(signal);
  }

  /** Starts a server again, where the first one was. */
  async restart(): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#program = new Program(this.#command, { PORT: new URL(this.#url).port });
    await this.#program.prints(/open (http:\S+)/);
  }

  /** Runs steps, each with pages of its own. The server is one for all. */
  async runSteps(t: Deno.TestContext, steps: Steps): Promise<void> {
    for (const [name, step] of Object.entries(steps)) {
      await t.step(name, async () => {
        try {
          await step(this);
        } finally {
          await this.#closePages();
        }
      });
    }
  }

  async #closePages(): Promise<void> {
    for (const page of this.#pages.splice(0)) await page[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closePages();
    await this.#program[Symbol.asyncDispose]();
  }
}
