/**
 * Programs that the bench starts and talks to, line by line. Each ends when its standard input does, so none outlives
 * the bench.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** How long a program may take for one line. Nothing here is meant to take half as long. */
const LONGEST_SILENCE_MS = 600_000;

/** What runs a program. */
export interface Runtime {
  /** The path of the executable. */
  readonly program: string;
  /** What stands before the file. */
  readonly flags: readonly string[];
  /** The folder to run in; `undefined` for the current one. */
  readonly cwd?: string;
}

/** This Deno. */
export const DENO: Runtime = { program: Deno.execPath(), flags: ["run", "--quiet", "-A", "--v8-flags=--expose-gc"] };

/** A program of this folder that runs. Dispose of it with `await using`. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #received = "";

  /**
   * Starts a program.
   *
   * @param file Its file, relative to this folder.
   * @param args Its arguments.
   * @param runtime What runs it; Deno unless said otherwise.
   */
  constructor(file: string, args: readonly string[] = [], { program, flags, cwd }: Runtime = DENO) {
    this.#process = new Deno.Command(program, {
      args: [...flags, fileURLToPath(new URL(file, import.meta.url)), ...args],
      ...(cwd !== undefined && { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a line. */
  async writeLine(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /**
   * Waits for the next line.
   *
   * @throws {Error} If the program ends, or is silent for too long.
   */
  async readLine(): Promise<string> {
    const silence = setTimeout(() => this.#process.kill(), LONGEST_SILENCE_MS);
    try {
      while (true) {
        const end = this.#received.indexOf("\n");
        if (end !== -1) return this.#take(end);
        const { done, value } = await this.#output.read();
        if (done) throw new Error("Cannot go on: a program of the bench ended early");
        this.#received += value;
      }
    } finally {
      clearTimeout(silence);
    }
  }

  #take(end: number): string {
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 1);
    return line;
  }

  /** Ends the program. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // it may be gone already
    await this.#output.cancel();
    await this.#process.status;
  }
}
