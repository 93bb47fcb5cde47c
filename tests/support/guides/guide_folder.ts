/**
 * The folders of a reader who follows the guides, each with a `deno.json` that finds this checkout instead of jsr.io.
 *
 * @module
 */

import { dirname } from "node:path";
import { configOf, type DenoConfig, type DenoOutput, Workshop } from "../workshop.ts";
import type { GuideStep } from "./guide.ts";

const PACKAGE = "@urvogel/realtime";

/** A step, and where its files are. */
export interface WrittenStep extends GuideStep {
  readonly guide: string;
  readonly folder: string;
}

/** A workshop with one app for each step of each guide. Removed when it is disposed of. */
export class GuideFolders implements AsyncDisposable {
  readonly #workshop: Workshop;
  readonly steps: readonly WrittenStep[];

  private constructor(workshop: Workshop, steps: readonly WrittenStep[]) {
    this.#workshop = workshop;
    this.steps = steps;
  }

  /** Writes the steps of guides, by the name of the guide. */
  static async write(guides: ReadonlyMap<string, readonly GuideStep[]>): Promise<GuideFolders> {
    const config = await configOf(".");
    const workshop = await Workshop.open();
    const apps: string[] = [];
    const steps: WrittenStep[] = [];
    for (const [guide, guideSteps] of guides) {
      for (const [index, step] of guideSteps.entries()) {
        const app = `${guide}/${index + 1}`;
        const folder = `${workshop.path}/${app}`;
        await writeStep(folder, step, config);
        apps.push(app);
        steps.push({ ...step, guide, folder });
      }
    }
    await workshop.hold(apps);
    return new GuideFolders(workshop, steps);
  }

  /** Runs `deno` in the folder of all steps. */
  async deno(...args: string[]): Promise<DenoOutput> {
    return await this.#workshop.deno(".", ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workshop[Symbol.asyncDispose]();
  }
}

async function writeStep(folder: string, { files }: GuideStep, { version, imports }: DenoConfig): Promise<void> {
  const realtime = `jsr:${PACKAGE}@${version}`;
  await Deno.mkdir(folder, { recursive: true });
  const config = files.get("deno.json") ?? JSON.stringify({ imports: { ...imports, [PACKAGE]: realtime } });
  for (const [path, text] of [...files, ["deno.json", config] as const]) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text.replaceAll(/jsr:@urvogel\/realtime@[\^~]?[\d.]+/g, realtime));
  }
}
