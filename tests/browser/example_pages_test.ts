/**
 * The pages of the examples on a narrow phone, light and dark: nothing that axe objects to, and nothing wider than the
 * window. The chat has tests of its own.
 */

import { assertEquals } from "@std/assert";
import { Program, taskOf } from "../support/program.ts";
import { overflowOf, violationsOf } from "./accessibility.ts";
import { type Browser, browserTest, type Page } from "./chromium.ts";

/** What somebody does to see all of a page. */
interface Example {
  readonly name: string;
  readonly use: (page: Page) => Promise<void>;
}

async function enter(page: Page, label = "Your name"): Promise<void> {
  await page.getByLabel(label).fill("ann");
  await page.keyboard.press("Enter");
}

const EXAMPLES: readonly Example[] = [
  {
    name: "poll",
    use: async (page) => {
      await enter(page);
      await page.getByRole("button", { name: "Soup" }).click();
      await page.getByRole("button", { name: "Soup", pressed: true }).waitFor();
    },
  },
  {
    name: "forms",
    use: async (page) => {
      await page.getByRole("button", { name: "Book" }).click();
      await page.getByText("Please look at the fields in red.").waitFor();
    },
  },
  {
    name: "game",
    use: async (page) => {
      await enter(page);
      await page.getByText("The game runs in process").waitFor();
    },
  },
  {
    name: "tokens",
    use: async (page) => {
      await enter(page, "Question");
      await page.getByText("You asked").waitFor();
    },
  },
  {
    name: "starter",
    use: async (page) => {
      await enter(page);
      await page.getByText("Online").waitFor();
    },
  },
];

/** Asserts that nothing keeps people from using the page. */
async function assertUsable(page: Page, what: string): Promise<void> {
  assertEquals(await violationsOf(page), [], what);
  assertEquals(await overflowOf(page), 0, what);
}

async function visit(browser: Browser, { name, use }: Example): Promise<void> {
  await using program = new Program(await taskOf(`examples/${name}`, "start"), { PORT: "0" });
  const [, url = ""] = await program.prints(/[Oo]pen (http:\S+)/);
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    await page.goto(url);
    await assertUsable(page, `${name} (${colorScheme}) at first`);
    await use(page);
    await assertUsable(page, `${name} (${colorScheme}) in use`);
    await context.close();
  }
}

browserTest("the pages of the examples fit a phone, and axe objects to nothing", async (browser) => {
  for (const example of EXAMPLES) await visit(browser, example);
});
