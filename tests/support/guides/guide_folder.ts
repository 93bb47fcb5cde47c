/**
 * The folders of a reader who follows the guides, each with a `deno.json` that finds this checkout instead of jsr.io.
 *
 * @module
 */

import { dirname } from "node:path";
import type { GuideStep } from "./guide.ts";

const ROOT = new URL("../../../", import.meta.url);
const PACKAGE = "@urvogel/realtime";

interface RootConfig {
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly links: readonly string[];
}

/** A step, and where its files are. */
export interface WrittenStep extends GuideStep {
  readonly guide: string;
  readonly folder: string;
}

/** A folder with one member of a workspace for each step of each guide. Removed when it is disposed of. */
export class GuideFolders implements AsyncDisposable {
  readonly #root: string;
  readonly steps: readonly WrittenStep[];

  private constructor(root: string, steps: readonly WrittenStep[]) {
    this.#root = root;
    this.steps = steps;
  }

  /** Writes the steps of guides, by the name of the guide. */
  static async write(guides: ReadonlyMap<string, readonly GuideStep[]>): Promise<GuideFolders> {
    const config: RootConfig = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    const root = await Deno.makeTempDir({ prefix: "urvogel-guides-" });
    const steps: WrittenStep[] = [];
    for (const [guide, guideSteps] of guides) {
      for (const [index, step] of guideSteps.entries()) {
        const folder = `${root}/${guide}/${index + 1}`;
        await writeStep(folder, step, config);
        steps.push({ ...step, guide, folder });
      }
    }
    const links = [".", ...config.links].map((link) => new URL(link, ROOT).pathname.replace(/\/$/, ""));
    const workspace = steps.map(({ folder }) => folder.replace(root, "."));
    const text = JSON.stringify({ workspace, links, nodeModulesDir: "none", lock: false });
    await Deno.writeTextFile(`${root}/deno.json`, text);
    return new GuideFolders(root, steps);
  }

  /** Runs `deno` in the folder of all steps, and returns what it printed. */
  async run(...args: string[]): Promise<{ success: boolean; output: string }> {
    const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    const options = { args, cwd: this.#root, stdin: "null", env } as const;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
    const decoder = new TextDecoder();
    return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}

async function writeStep(folder: string, { files }: GuideStep, { version, imports }: RootConfig): Promise<void> {
  const realtime = `jsr:${PACKAGE}@${version}`;
  await Deno.mkdir(folder, { recursive: true });
  const config = files.get("deno.json") ?? JSON.stringify({ imports: { ...imports, [PACKAGE]: realtime } });
  for (const [path, text] of [...files, ["deno.json", config] as const]) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text.replaceAll(/jsr:@urvogel\/realtime@[\^~]?[\d.]+/g, realtime));
  }
}
