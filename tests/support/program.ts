/**
 * Programs as a user runs them: a command from a README in a process of its own.
 *
 * @module
 */

import { withinTime } from "../../lib/base/within_time.ts";

const ROOT = new URL("../../", import.meta.url);
/** Nothing that a test waits for takes half as long, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** A command, and the folder to run it in. */
export interface Command {
  /** Such as `deno run --allow-net main.ts`: without quotes. `deno` is this Deno. */
  readonly line: string;
  /** The folder in which it runs. */
  readonly cwd: URL | string;
}

/**
 * Finds the first command of a README: `deno run ...`, or what the task stands for that it names. The task is one of
 * the README's own folder, else one of the repository, which runs in the root.
 */
export async function commandOf(readme: string): Promise<Command> {
  const file = new URL(readme, ROOT);
  const line = /```sh\n(deno [^#\n]+)/.exec(await Deno.readTextFile(file))?.[1]?.trim();
  if (!line) throw new Error(`Cannot run ${readme}: it names no command`);
  const task = /^deno task (\S+)$/.exec(line)?.[1];
  if (!task) return { line, cwd: ROOT };
  const folder = readme.slice(0, readme.lastIndexOf("/"));
  return await taskOf(folder, task).catch(() => taskOf(".", task));
}

/**
 * Finds what a task stands for in the `deno.json` of a folder, which is named from the root, or by its whole path.
 * `deno task` itself is not to be run: what has to be killed is the program, not the shell around it.
 */
export async function taskOf(folder: string, task: string): Promise<Command> {
  const cwd = new URL(`${folder}/`, ROOT);
  const { tasks = {} }: { tasks?: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", cwd)),
  );
  const line = tasks[task];
  if (!line) throw new Error(`Cannot run "${task}" in ${folder}: its deno.json has no such task`);
  return { line, cwd };
}

/** A running program. Dispose of it with `await using`: it is killed if it has not ended. */
export class Program implements AsyncDisposable {
  /** How it ended, when it has. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  readonly #giveUp = new AbortController();
  #output = "";
  #errors = "";
  #closed = false;
  #wake = Promise.withResolvers<void>();

  /**
   * Starts a program.
   *
   * @param command What to run, and where; a line alone runs in the root of the repository.
   * @param env Environment variables beside those of the tests.
   */
  constructor(command: string | Command, env: Record<string, string> = {}) {
    const { line, cwd } = typeof command === "string" ? { line: command, cwd: ROOT } : command;
    const [name = "", ...args] = line.split(/\s+/);
    this.#child = new Deno.Command(name === "deno" ? Deno.execPath() : name, {
      args,
      cwd,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.ended = this.#child.status;
    this.#read = Promise.all([
      this.#collect(this.#child.stdout, (text) => this.#output += text),
      this.#collect(this.#child.stderr, (text) => this.#errors += text),
    ]).then(() => {
      this.#closed = true;
      this.#wake.resolve();
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What it has printed so far to its standard output. */
  get printed(): string {
    return this.#output;
  }

  /**
   * What it has printed. All of it once {@linkcode ended} has resolved and this has been awaited.
   *
   * @throws {Error} If it does not end within a minute, or what it has started does not.
   */
  async output(): Promise<{ stdout: string; stderr: string }> {
    await this.#readAll();
    return { stdout: this.#output, stderr: this.#errors };
  }

  /**
   * Waits until it has printed something.
   *
   * @throws {Error} If it ends without, or takes a minute.
   */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#inTime(`print ${pattern}`, this.#find(pattern));
  }

  /**
   * Sends it a signal, and waits until it has ended.
   *
   * @throws {Error} If it takes a minute, or leaves a program behind that it has started.
   */
  async end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    this.#child.kill(signal);
    const status = await this.#inTime(`end after ${signal}`, this.ended);
    await this.#readAll();
    return status;
  }

  /** Whatever it has started has its output, too: that ends with the last of them. */
  async #readAll(): Promise<void> {
    try {
      await this.#inTime("close its output, so something that it has started still runs,", this.#read);
    } catch (error) {
      this.#giveUp.abort();
      await this.#read;
      throw error;
    }
  }

  async #find(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const found = pattern.exec(this.#output) ?? pattern.exec(this.#errors);
      if (found) return found;
      if (this.#closed) throw new Error(`Cannot find ${pattern}: the program printed ${this.#output}${this.#errors}`);
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }

  async #inTime<T>(what: string, promise: Promise<T>): Promise<T> {
    return await withinTime(promise, PATIENCE_MS, () => {
      return new Error(`The program did not ${what} within a minute; it printed ${this.#output}${this.#errors}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.ended;
    await this.#readAll();
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void): Promise<void> {
    const { signal } = this.#giveUp;
    try {
      for await (const text of stream.pipeThrough(new TextDecoderStream(), { signal })) {
        add(text);
        this.#wake.resolve();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
