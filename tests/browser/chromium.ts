/**
 * A real browser for tests: the Chromium or Chrome of this machine, driven by Playwright.
 *
 * @module
 */

// Not in deno.json: `deno task chat` would download it before the chat starts.
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "npm:playwright-core@1.65.1";
import { withinTime } from "../../lib/base/within_time.ts";

export type { Browser, BrowserContextOptions, Locator, Page };

/** No test takes half as long. What runs in a page has no limit of Playwright's. */
const PATIENCE_MS = 180_000;
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function findBrowser(): string | undefined {
  return NAMES.map((name) => `/usr/bin/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

const executablePath = findBrowser();
if (!executablePath) console.log(`Browser tests are skipped: there is none of ${NAMES.join(", ")} in /usr/bin`);

/**
 * A test that gets a browser with a profile of its own. Skipped where there is none. Starting a browser takes a while:
 * tests of one page are steps of one test.
 */
export function browserTest(name: string, fn: (browser: Browser, t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name, ignore: executablePath === undefined, fn: (t) => withBrowser((browser) => fn(browser, t)) });
}

async function withBrowser(fn: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: ["--no-sandbox", "--disable-background-networking"],
    // Playwright's handlers would outlive the test.
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  try {
    await withinTime(fn(browser), PATIENCE_MS, () => new Error(`The test did not end within ${PATIENCE_MS} ms`));
  } finally {
    await browser.close();
  }
}
