/**
 * A folder in which this checkout takes the place of the package on the registry, for apps that users have: created, or
 * copied from an example, or followed from a guide.
 *
 * @module
 */

import { cp } from "node:fs/promises";
import { basename } from "node:path";

const ROOT = new URL("../../", import.meta.url);
/** What somebody who has tried an example leaves in its folder. */
const LEFT_BEHIND = new Set(["dist", "node_modules"]);

/** The part of a `deno.json` that tests read. */
export interface DenoConfig {
  readonly version: string;
  readonly links: readonly string[];
  readonly imports: Readonly<Record<string, string>>;
}

/** Reads the `deno.json` of a folder, which is named from the root of the repository. */
export async function configOf(folder: string): Promise<DenoConfig> {
  return JSON.parse(await Deno.readTextFile(new URL(`${folder}/deno.json`, ROOT)));
}

/** Returns the names of the examples that can be copied, which are members of the workspace. */
export async function exampleNames(): Promise<string[]> {
  const folders = (await Array.fromAsync(Deno.readDir(new URL("examples/", ROOT)))).map(({ name }) => name);
  const areExamples = await Promise.all(folders.map((name) => isFile(`examples/${name}/deno.json`)));
  return folders.filter((_, index) => areExamples[index]).sort();
}

/** Returns whether there is such a file, named from the root of the repository. */
export async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(({ isFile }) => isFile, () => false);
}

/** How a run of `deno` ended. */
export interface DenoOutput {
  readonly code: number;
  /** What it printed, errors behind the rest. */
  readonly text: string;
}

/** A folder for apps, which is gone when it is disposed of. */
export class Workshop implements AsyncDisposable {
  /** The path of the folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes a folder without apps. */
  static async open(): Promise<Workshop> {
    const workshop = new Workshop(await Deno.makeTempDir());
    await workshop.hold([]);
    return workshop;
  }

  /** Names the folders of the apps within, once they are there. */
  async hold(apps: readonly string[]): Promise<void> {
    const { links } = await configOf(".");
    const config = {
      workspace: apps.map((app) => `./${app}`),
      links: [ROOT, ...links.map((link) => new URL(link, ROOT))].map(({ pathname }) => pathname),
      lock: false,
    };
    await Deno.writeTextFile(`${this.path}/deno.json`, JSON.stringify(config));
  }

  /** Copies an example to a folder of the same name in `where`. Returns the folder within the workshop. */
  async copy(example: string, where = "."): Promise<string> {
    const app = `${where}/${example}`;
    const isOurs = (path: string) => !LEFT_BEHIND.has(basename(path));
    await cp(new URL(`examples/${example}`, ROOT), `${this.path}/${app}`, { recursive: true, filter: isOurs });
    return app;
  }

  /** Runs `deno` in a folder within. Returns its exit code, and what it printed. */
  async deno(folder: string, ...args: readonly string[]): Promise<DenoOutput> {
    const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    const options = { args: [...args], cwd: `${this.path}/${folder}`, env };
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
