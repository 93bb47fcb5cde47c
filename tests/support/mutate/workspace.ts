/**
 * A copy of the project, whose files may be broken, and whose tests are run.
 *
 * @module
 */

/** What tests said of a fault. */
export type Verdict = "passed" | "failed" | "timed out";

/** What a run of tests may take, so that one that never ends, or grows for ever, ends nothing else. */
const HEAP_MB = 1024;

const LEFT_OUT = new Set([".git", "node_modules"]);

/** The copy; disposing removes it. */
export class Workspace implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the project at `root`. */
  static async of(root: string): Promise<Workspace> {
    const folder = await Deno.makeTempDir({ prefix: "mutate-" });
    await copy(root, folder);
    return new Workspace(folder);
  }

  /** Lets `file` be `text` while `act` runs. */
  async with<T>(file: string, text: string, act: () => Promise<T>): Promise<T> {
    const path = `${this.#folder}/${file}`;
    const original = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text);
    try {
      return await act();
    } finally {
      await Deno.writeTextFile(path, original);
    }
  }

  /** Runs test files until the first failure, for so long at most. No files pass. */
  async test(files: readonly string[], timeLimitMs: number): Promise<Verdict> {
    if (files.length === 0) return "passed";
    const flags = ["-A", "--no-check", "--fail-fast", "--quiet", `--v8-flags=--max-old-space-size=${HEAP_MB}`];
    const command = new Deno.Command(Deno.execPath(), {
      args: ["test", ...flags, ...files],
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    const run = command.spawn();
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      run.kill("SIGKILL");
    }, timeLimitMs);
    const { success } = await run.status;
    clearTimeout(limit);
    if (late) return "timed out";
    return success ? "passed" : "failed";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (LEFT_OUT.has(name)) continue;
    if (!isDirectory) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    else {
      await Deno.mkdir(`${to}/${name}`);
      await copy(`${from}/${name}`, `${to}/${name}`);
    }
  }
}
