/**
 * A node of a cluster: the fixture in a process of its own.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { PubSubOptions } from "@urvogel/realtime";
import type { Report } from "../../fixtures/phoenix_app/node.ts";
import { Program } from "../../support/program.ts";

/** How often nodes exchange what they know, in milliseconds. Short, so that tests are. */
export const PERIOD_MS = 250;
/** How long a node is silent until the others hide its people, in milliseconds. */
export const DOWN_MS = PERIOD_MS * 6;

/** Returns the environment of a node with options for its PubSub, and short periods. */
export function pubsubOptions(options: Omit<PubSubOptions, "adapter">): Record<string, string> {
  return { PUBSUB: JSON.stringify({ heartbeatMs: PERIOD_MS, downMs: DOWN_MS, ...options }) };
}

/** The environment of a node with short periods. */
export const PERIODS: Readonly<Record<string, string>> = {
  ...pubsubOptions({}),
  PRESENCE: JSON.stringify({ broadcastPeriodMs: PERIOD_MS, maxSilentPeriods: 3 }),
};

/** Runs the fixture. */
export const COMMAND = "deno run -A --quiet tests/fixtures/phoenix_app.ts";
/** Runs it under `deno serve`. Needs the environment variable `PORT` to be empty. */
export const SERVE_COMMAND = "deno serve -A --port 0 --host 127.0.0.1 tests/fixtures/phoenix_app.ts";

/** The people in a topic, as a node lists them: each name, with how often it is there. */
export type People = ReadonlyMap<string, number>;

/** How a node differs from others. */
export interface NodeOptions {
  /**
   * Where it listens.
   *
   * @default {"127.0.0.1"}
   */
  readonly host?: string;
  /**
   * What its command begins with, such as one that runs it in another network.
   *
   * @default {""}
   */
  readonly prefix?: string;
  /**
   * Runs it.
   *
   * @default {COMMAND}
   */
  readonly command?: string;
  /** More environment variables, or others than {@linkcode PERIODS}. */
  readonly env?: Record<string, string>;
}

/** A running node. */
export class NodeProgram implements AsyncDisposable {
  /** Its port. */
  readonly port: number;
  readonly #host: string;
  readonly #program: Program;

  /**
   * Starts a node, and waits until it is connected and listens.
   *
   * @param bus The URL of its engine.
   * @param options What is special about it.
   */
  static async start(bus: string, options: NodeOptions = {}): Promise<NodeProgram> {
    const { host = "127.0.0.1", prefix = "", command = COMMAND, env } = options;
    const fixed = { PORT: "0", HOST: host, ADAPTER: bus, REPORT: "1" };
    const program = new Program(`${prefix} ${command}`.trim(), { ...fixed, ...PERIODS, ...env });
    try {
      const [, port] = await program.prints(/listen(?:s|ing) on http:\/\/[\d.]+:(\d+)/i);
      return new NodeProgram(program, host, Number(port));
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(program: Program, host: string, port: number) {
    this.#program = program;
    this.#host = host;
    this.port = port;
  }

  /** Where it listens, such as `127.0.0.1:4000`. */
  get authority(): string {
    return `${this.#host}:${this.port}`;
  }

  /** The events of its bus, and of other nodes, so far. */
  reports(event: string): Report[] {
    const lines = this.#program.printed.split("\n").slice(0, -1).filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as Report).filter((report) => report.event === event);
  }

  /** When its bus went down and came back, oldest first. */
  get busChanges(): Report[] {
    return this.reports("urvogel:bus:status");
  }

  /** Whether its bus is up, as it reported last. */
  get isBusUp(): boolean {
    return this.busChanges.at(-1)?.status === "up";
  }

  /** Returns the people in a topic. */
  async people(topic: string): Promise<People> {
    const response = await fetch(`http://${this.authority}/presence/${topic}`);
    const list: Record<string, { metas: unknown[] }> = await response.json();
    return new Map(Object.entries(list).map(([name, { metas }]) => [name, metas.length]));
  }

  /**
   * Waits until it lists just `names` in `topic`.
   *
   * @param periods How many periods that may take. They are those in which this program ran, too.
   * @throws {Error} If it takes longer.
   */
  async lists(topic: string, names: readonly string[], periods: number): Promise<void> {
    const expected = `${names.toSorted()}`;
    let found = "";
    for (let period = 0; period <= periods; period++) {
      found = `${[...(await this.people(topic)).keys()].sort()}`;
      if (found === expected) return;
      await delay(PERIOD_MS);
    }
    throw new Error(`Cannot go on: after ${periods} periods ${this.authority} lists ${found}, not ${expected}`);
  }

  /** Stops its process: it no longer does anything (SIGSTOP). */
  pause(): void {
    Deno.kill(this.#program.pid, "SIGSTOP");
  }

  /** Ends {@linkcode NodeProgram.pause}. */
  resume(): void {
    Deno.kill(this.#program.pid, "SIGCONT");
  }

  /** Asks it to end (SIGTERM), and waits until it has. Returns its exit code. */
  async terminate(): Promise<number> {
    return (await this.#program.end("SIGTERM")).code;
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    await this.#program.end("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
