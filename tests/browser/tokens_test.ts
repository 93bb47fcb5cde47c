/**
 * The page of `examples/tokens` in a real browser, reloaded in the middle of an answer.
 */

import { assertEquals } from "@std/assert";
import { Endpoint } from "@urvogel/realtime";
import { answersOf } from "../../examples/tokens/answer_channel.ts";
import { answerTo, piecesOf } from "../../examples/tokens/generator.ts";
import { answerPage } from "../../examples/tokens/page.ts";
import { serve } from "../support/serve.ts";
import { assertUsableEverywhere } from "./accessibility.ts";
import { browserTest, type Page } from "./chromium.ts";

const RELOADS = 20;
const PROMPT = "Où est l’🦤?";

/** A generator that says as many words as the test lets it. */
class Paced {
  #allowed = 0;
  #wake = Promise.withResolvers<void>();

  /** Lets it say some more. */
  allow(count: number): void {
    this.#allowed += count;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  readonly generate = async function* (this: Paced, prompt: string) {
    for (const text of piecesOf(answerTo(prompt))) {
      while (this.#allowed === 0) await this.#wake.promise;
      this.#allowed--;
      yield { text };
    }
  }.bind(this);
}

/** Waits until the page shows a text that begins like this. */
async function shows(page: Page, start: string): Promise<void> {
  await page.waitForFunction(`document.getElementById("answer").textContent.startsWith(${JSON.stringify(start)})`);
}

browserTest(`a page that is reloaded ${RELOADS} times in an answer shows all of it`, async (browser) => {
  const paced = new Paced();
  const endpoint = new Endpoint({ sockets: { "/socket": answersOf(paced.generate) }, logLevel: false });
  await using server = serve({
    fetch: (request, info) => answerPage(request) ?? endpoint.fetch(request, info),
    shutdown: () => endpoint.shutdown(),
  });
  const answer = answerTo(PROMPT);
  const pieces = piecesOf(answer);
  assertEquals(pieces.join(""), answer);
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.getByLabel("Question").fill(PROMPT);
  await page.keyboard.press("Enter");
  const step = Math.floor(pieces.length / (RELOADS + 1));
  for (let reload = 1; reload <= RELOADS; reload++) {
    paced.allow(step); // more comes while the page is away
    await shows(page, pieces.slice(0, step * (reload - 1) + 1).join(""));
    if (reload === RELOADS) await assertUsableEverywhere(page, "tokens");
    await page.reload();
  }
  paced.allow(Infinity);
  await page.getByText("That is all.").waitFor();
  assertEquals(await page.locator("#answer").textContent(), answer);
  await page.reload();
  await page.getByText("That is all.").waitFor();
  assertEquals(await page.locator("#answer").textContent(), answer);
});
