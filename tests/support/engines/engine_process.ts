/**
 * The process of an engine: it starts, can be killed and stopped, and starts again on the same port.
 *
 * @module
 */

import { freePort } from "../free_port.ts";
import { pathOf } from "./binaries.ts";
import type { Engine, RestartOptions } from "./engine.ts";

/** How to run an engine. */
export interface EngineProgram {
  /** The program, such as `nats-server`. */
  readonly program: string;
  /** Returns where clients connect. */
  readonly url: (port: number) => string;
  /** Fills an empty folder with what the engine needs. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Returns the program's arguments. */
  readonly args: (folder: string, port: number) => readonly string[];
  /** Resolves to whether it accepts connections. */
  readonly isReady: (port: number) => Promise<boolean>;
  /** The user to run as if this program runs as root, for engines that refuse root. */
  readonly user?: string;
}

const START_MS = 20_000;
const ATTEMPTS = 5;

/** A running engine with a folder in the temporary folder, both of which go with it. */
export class EngineProcess implements Engine {
  /** The port on 127.0.0.1. */
  readonly port: number;
  readonly #program: EngineProgram;
  readonly #home: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(program: EngineProgram, home: string, port: number) {
    this.#program = program;
    this.#home = home;
    this.port = port;
  }

  /**
   * Starts an engine on a free port.
   *
   * @throws {Error} If it does not start. The error has its log.
   */
  static async start(program: EngineProgram): Promise<EngineProcess> {
    const home = await Deno.makeTempDir({ prefix: `urvogel-${program.program}-` });
    await Deno.chmod(home, 0o755); // for another user
    for (let attempt = 1;; attempt++) {
      const engine = new EngineProcess(program, home, freePort());
      try {
        await engine.restart({ empty: true });
        return engine;
      } catch (error) { // another one may have taken the port meanwhile
        if (attempt < ATTEMPTS && /in use/i.test(String(error))) continue;
        await engine[Symbol.asyncDispose]();
        throw error;
      }
    }
  }

  get url(): string {
    return this.#program.url(this.port);
  }

  /** Where it stores everything. */
  get folder(): string {
    return `${this.#home}/data`;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    signalAll(child.pid, "SIGKILL");
    await child.status;
  }

  async restart({ empty = false }: RestartOptions = {}): Promise<void> {
    await this.kill();
    if (empty) await this.#empty();
    this.#spawn();
    await this.#ready();
  }

  pause(): void {
    const { pid } = this.#running();
    signalAll(pid, "SIGSTOP");
    while (!isStopped(pid)); // its threads go on for a moment
  }

  resume(): void {
    signalAll(this.#running().pid, "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await removeFolder(this.#home);
  }

  get #log(): string {
    return `${this.#home}/log`;
  }

  #running(): Deno.ChildProcess {
    if (!this.#child) throw new Error(`Cannot signal ${this.#program.program}: it does not run`);
    return this.#child;
  }

  async #empty(): Promise<void> {
    await removeFolder(this.folder);
    await Deno.mkdir(this.folder, { mode: 0o700 });
    await this.#program.prepare(this.folder);
  }

  #spawn(): void {
    const { program, args, user } = this.#program;
    // It ends with this thread, even if that is killed.
    const server = [...asUser(user), "--pdeathsig", "KILL", pathOf(program), ...args(this.folder, this.port)];
    this.#child = new Deno.Command("sh", { // the shell only redirects: pipes would be two more resources
      args: ["-c", 'log="$1"; shift; exec "$@" >"$log" 2>&1', "sh", this.#log, ...server],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async #ready(): Promise<void> {
    const child = this.#running();
    let code: number | undefined;
    void child.status.then((status) => code = status.code);
    const deadline = performance.now() + START_MS;
    do {
      if (code !== undefined) return await this.#fail(`it ended with code ${code}`);
      if (await this.#program.isReady(this.port).catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    } while (performance.now() < deadline);
    await this.#fail(`it was not ready within ${START_MS} ms`);
  }

  async #fail(why: string): Promise<never> {
    throw new Error(`Cannot start ${this.#program.program}: ${why}\n${await Deno.readTextFile(this.#log)}`);
  }
}

/** Returns the start of a command that runs as `user`, for engines that refuse root. */
export function asUser(user: string | undefined): readonly string[] {
  const isOther = user !== undefined && Deno.uid() === 0;
  return ["setpriv", ...isOther ? ["--reuid", user, "--regid", user, "--clear-groups"] : []];
}

/**
 * Runs a command to its end.
 *
 * @throws {Error} If it fails. The error has its output.
 */
export async function run([program = "", ...args]: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${program}: ${decoder.decode(stdout)}${decoder.decode(stderr)}`);
}

/** Returns whether no thread of a process runs any more. */
function isStopped(pid: number): boolean {
  const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)];
  const states = tasks.map(({ name }) => unlessGone(() => Deno.readTextFileSync(`/proc/${pid}/task/${name}/stat`)));
  return states.every((stat) => stat === undefined || /^\d+ \(.*\) [TtZX]/s.test(stat));
}

/** Signals a process and its children. PostgreSQL has one for each connection, each in a group of its own. */
function signalAll(pid: number, signal: Deno.Signal): void {
  const children = unlessGone(() => Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)) ?? "";
  for (const each of [pid, ...children.split(" ").filter(Boolean).map(Number)]) {
    unlessGone(() => Deno.kill(each, signal));
  }
}

/** Processes may end by themselves at any time. */
function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function removeFolder(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
