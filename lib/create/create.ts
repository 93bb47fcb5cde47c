/**
 * Writes a small app to start from: a contract, a channel, a page, tests, tasks and a Dockerfile.
 *
 * ```sh
 * deno create jsr:@urvogel/realtime -- my-app
 * cd my-app
 * deno task dev
 * ```
 *
 * Without `deno create`: `deno run --allow-read --allow-write jsr:@urvogel/realtime/create my-app`.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { FILES } from "./_files.ts";

const USAGE = `Usage: deno create jsr:@urvogel/realtime -- <folder>

Writes a small app to the folder, which must be empty or not exist.`;

/**
 * Writes a small app to a folder, and creates the folder if there is none. The app has the folder's name, in lower-case
 * letters, digits and dashes.
 *
 * @example Usage
 * ```ts ignore
 * import { createApp } from "@urvogel/realtime/create";
 *
 * await createApp("my-app");
 * ```
 *
 * @param folder The path of the folder. It must be empty or not exist.
 * @returns The files that were written, as paths within the folder.
 * @throws {Error} If the folder is not empty, or is a file. Nothing has been written then.
 */
export async function createApp(folder: string): Promise<readonly string[]> {
  await assertEmpty(folder);
  const name = nameOf(folder);
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(folder, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text.replaceAll("my-app", name), { createNew: true });
  }
  return Object.keys(FILES);
}

async function assertEmpty(folder: string): Promise<void> {
  const failed = `Cannot create app in "${folder}"`;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      throw new Error(`${failed}: the folder must be empty or not exist, found "${name}" in it`);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.NotADirectory) throw new Error(`${failed}: it is a file`, { cause: error });
    throw error;
  }
}

/** What the app is called in its page and README, and as an image: so without characters that mean something there. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder)).toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return name.replaceAll(/^-|-$/g, "") || "my-app";
}

/** Runs the command. Returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [folder, ...others] = args;
  if (folder === "--help" || folder === "-h") {
    console.log(USAGE);
    return 0;
  }
  if (folder === undefined || folder.startsWith("-") || others.length > 0) {
    console.error(`Cannot create app: name one folder, received ${args.length} arguments\n\n${USAGE}`);
    return 2;
  }
  try {
    const files = await createApp(folder);
    console.log(`Wrote ${files.length} files. To begin:\n\n  cd ${folder}\n  deno task dev\n`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
