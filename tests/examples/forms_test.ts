/**
 * `examples/forms`: what becomes of a form, and what its page shows.
 */

import { assertEquals } from "@std/assert";
import { connect } from "@urvogel/realtime/testing";
import { endpoint } from "../../examples/forms/bookings.ts";
import { assertUsableEverywhere } from "../browser/accessibility.ts";
import { browserTest, type Page } from "../browser/chromium.ts";
import { PageProblems } from "../browser/page_problems.ts";
import { commandOf, Program } from "../support/program.ts";

const FORM = { name: "Ann", email: "ann@example.com", guests: "8", from: "19:00", to: "22:00" };

Deno.test("examples/forms takes seats, until too few are left", async () => {
  await using ann = await connect(endpoint);
  await using bob = await connect(endpoint);
  const [anns, bobs] = [await ann.join("bookings"), await bob.join("bookings")];
  assertEquals(anns.joinReply, { free: 20 });
  await anns.assertReply(anns.push("book", FORM), "ok", { name: "Ann", guests: 8 });
  await bobs.assertPush("free", { free: 12 });
  await anns.assertReply(anns.push("book", FORM), "ok");
  await anns.assertReply(anns.push("book", FORM), "error", {
    reason: "full",
    issues: [{ path: ["guests"], message: "4 seats are left" }],
  });
});

const WRONG: readonly (readonly [change: object, path: string, message: string])[] = [
  [{ name: "  " }, "name", "Please enter your name"],
  [{ email: "ann" }, "email", "Please enter an email address, such as ann@example.com"],
  [{ guests: "two" }, "guests", "Please enter a number"],
  [{ guests: "" }, "guests", "At least one guest has to come"],
  [{ guests: "9" }, "guests", "For more than 8 guests, please call us"],
  [{ from: "" }, "from", "Please choose a time"],
  [{ to: "18:00" }, "to", "You have to leave after you come"],
];
for (const [change, path, message] of WRONG) {
  Deno.test(`examples/forms refuses ${JSON.stringify(change)}: ${message}`, async () => {
    await using client = await connect(endpoint);
    const channel = await client.join("bookings");
    await channel.assertReply(channel.push("book", { ...FORM, ...change }), "error", {
      reason: "invalid payload",
      issues: [{ path: [path], message }],
    });
  });
}

/** What is shown at the fields in red. */
async function issuesOf(page: Page): Promise<string[]> {
  const shown: string[] = [];
  for (const name of Object.keys(FORM)) {
    const field = page.locator(`input[name=${name}]`);
    if (await field.getAttribute("aria-invalid") === "true") shown.push(name);
    const text = await page.locator(`#${await field.getAttribute("aria-describedby")}`).textContent();
    if (text) shown.push(text);
  }
  return shown;
}

browserTest(
  "examples/forms: the page shows what is wrong at its field, and then that it is booked",
  async (browser) => {
    await using program = new Program(await commandOf("examples/forms/README.md"), { PORT: "0" });
    const [, url = ""] = await program.prints(/open (http:\S+)/);
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    const problems = new PageProblems(page);
    await page.goto(url);
    await page.getByLabel("Email").fill("ann");
    await page.getByRole("button", { name: "Book" }).click();
    await page.getByText("Please look at the fields in red.").waitFor();
    assertEquals(await issuesOf(page), [
      "name",
      "Please enter your name",
      "email",
      "Please enter an email address, such as ann@example.com",
    ]);
    assertEquals(await page.evaluate("document.activeElement.name"), "name");
    await assertUsableEverywhere(page, "forms");

    await page.getByLabel("Name").fill("Ann");
    await page.getByLabel("Email").fill("ann@example.com");
    await page.getByRole("button", { name: "Book" }).click();
    await page.getByText("Thank you, Ann: a table for 2 is yours.").waitFor();
    await page.getByText("18 of 20 seats are free").waitFor();
    assertEquals(await issuesOf(page), []);
    problems.assertNone();
    assertEquals((await program.end("SIGTERM")).code, 0);
  },
);
