/**
 * Pictures of pages for people to look at, if `SCREENSHOTS` names a folder for them.
 *
 * @module
 */

import type { Browser, Page } from "./chromium.ts";

const FOLDER = Deno.env.get("SCREENSHOTS");
const COLUMNS = 3;
const SHEET_WIDTH = 1500;

/** Takes pictures, and puts them on one sheet. Does nothing if no pictures are wanted. */
export class PictureSheet {
  readonly #name: string;
  /** The device and the colors. */
  readonly kind: string;
  readonly #pictures: string[] = [];

  /** Begins a sheet. */
  constructor(name: string, kind: string) {
    this.#name = name;
    this.kind = kind;
  }

  /** Takes a picture of what a page shows. */
  async take(page: Page, name: string): Promise<void> {
    if (!FOLDER) return;
    const png = await page.screenshot({ path: `${FOLDER}/${name}-${this.kind}.png` });
    this.#pictures.push(`<img src="data:image/png;base64,${png.toString("base64")}">`);
  }

  /** Writes the sheet with the pictures that were taken. */
  async write(browser: Browser): Promise<void> {
    if (!FOLDER) return;
    const page = await browser.newPage({ viewport: { width: SHEET_WIDTH, height: 100 } });
    const style = `display: grid; grid-template-columns: repeat(${COLUMNS}, 1fr); gap: 12px; background: #888`;
    await page.setContent(
      `<style>img { width: 100% }</style><body style="${style}">${this.#pictures.join("")}</body>`,
    );
    await page.screenshot({ path: `${FOLDER}/${this.#name}-${this.kind}.png`, fullPage: true });
  }
}
