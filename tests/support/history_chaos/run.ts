/**
 * Chaos for history engines: nodes publish, members drop and move between nodes, and the engine is harmed meanwhile.
 *
 * What must hold: each member receives the messages of an epoch without a gap and once; a position has one message, and
 * a message one position of an epoch; each confirmed message reaches each member that was not told of a loss.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { pause } from "../../../lib/base/pause.ts";
import type { MaybePromise } from "../../../lib/base/maybe_promise.ts";
import { BusDownError } from "@urvogel/realtime";
import type { HistoryConformanceNode } from "@urvogel/realtime/testing";
import { readRetention } from "../../../lib/history/retention.ts";
import { Random } from "../../soak/random.ts";
import { Ledger } from "./ledger.ts";
import { ChaosMember } from "./member.ts";
import { ChaosNode } from "./node.ts";
import { isSame } from "./witness.ts";

/** A part of a run: all move and publish, while something is done to the engine. */
export interface ChaosPhase {
  /** What it is about. */
  readonly name: string;
  /** How often it is harmed. */
  readonly harms: number;
  /** Harms the engine or the connections, and resolves when they can work again. */
  readonly harm: (random: Random) => MaybePromise<void>;
  /** Whether members may, or must, be told that they missed messages. */
  readonly told: "never" | "must" | "may";
  /**
   * How long it lasts, in milliseconds, beside the time of its harms.
   *
   * @default {1500}
   */
  readonly lastsMs?: number;
}

/** Options for {@linkcode runHistoryChaos}. */
export interface ChaosOptions {
  /** Creates the node `n`, from 0 on. */
  readonly createNode: (n: number) => HistoryConformanceNode;
  /** The parts of the run, one after the other. */
  readonly phases: readonly ChaosPhase[];
  /** Where chance begins. */
  readonly seed: number;
}

/** What happened in a phase. */
export interface ChaosReport {
  readonly name: string;
  readonly confirmed: number;
  readonly unknown: number;
  readonly received: number;
  readonly recovered: number;
  readonly repaired: number;
  readonly told: number;
}

/** How many nodes there are. */
export const NODES = 3;

const TOPICS: readonly [string, ...string[]] = ["room:1", "room:2"];
const MEMBERS = 9;
const PUBLISHERS = 3;
const SETTLE_MS = 10_000;
const LONGEST_STAY_MS = 400;
const LONGEST_ABSENCE_MS = 150;
const KEEP = readRetention({ maxMessages: 5000, maxBytes: 10_000_000 });

/** Returns the environment variable `CHAOS_SEED`, to repeat a run, or another seed each time. */
export function chaosSeed(): number {
  return Number(Deno.env.get("CHAOS_SEED") ?? Math.floor(Math.random() * 2 ** 32));
}

/**
 * Runs all phases.
 *
 * @throws {AssertionError} If something was missing, came twice, or was not told. With the seed.
 */
export async function runHistoryChaos({ createNode, phases, seed }: ChaosOptions): Promise<ChaosReport[]> {
  const run = new ChaosRun(Array.from({ length: NODES }, (_, n) => new ChaosNode(createNode(n), KEEP)), seed);
  try {
    await run.start();
    const reports: ChaosReport[] = [];
    for (const phase of phases) reports.push(await run.phase(phase));
    return reports;
  } finally {
    await run.stop();
  }
}

class ChaosRun {
  readonly #nodes: readonly ChaosNode[];
  readonly #seed: number;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #members: readonly ChaosMember[];
  readonly #homes = new Map<ChaosMember, ChaosNode>();
  #published = 0;
  #unknown = 0;
  #isOver = false;

  constructor(nodes: readonly ChaosNode[], seed: number) {
    this.#nodes = nodes;
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#members = Array.from({ length: MEMBERS }, (_, n) => {
      return new ChaosMember(`member ${n}`, TOPICS[n % TOPICS.length]!, this.#ledger);
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.start()));
    await Promise.all(this.#members.map((member) => this.#enter(member)));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  async phase(phase: ChaosPhase): Promise<ChaosReport> {
    const before = this.#totals();
    this.#isOver = false;
    const publishers = Array.from({ length: PUBLISHERS }, (_, n) => this.#publish(this.#nodes[n % NODES]!));
    const movers = this.#members.map((member) => this.#move(member));
    await this.#harm(phase);
    this.#isOver = true;
    await Promise.all([...publishers, ...movers]);
    await this.#settle(phase.name);
    const report = { name: phase.name, ...difference(this.#totals(), before) };
    this.#check(phase, report);
    return report;
  }

  async #harm({ harms, harm, lastsMs = 1500 }: ChaosPhase): Promise<void> {
    for (let left = harms; left > 0; left--) {
      await pause(lastsMs / (harms + 1));
      await harm(this.#random);
    }
    await pause(lastsMs / (harms + 1));
  }

  async #publish(node: ChaosNode): Promise<void> {
    while (!this.#isOver) {
      const [topic, id] = [this.#random.pick(TOPICS), `message ${++this.#published}`];
      await this.#publishOnce(node, topic, id);
      await pause(this.#random.between(0, 4));
    }
  }

  /** Tries again, with the same key, as long as nobody knows whether it was kept. */
  async #publishOnce(node: ChaosNode, topic: string, id: string): Promise<void> {
    for (let isTried = false; !this.#isOver;) {
      try {
        return this.#ledger.confirm(topic, await node.publish(topic, id), id);
      } catch (error) {
        if ((!(error instanceof BusDownError) || error.mayBeDone) && !isTried) {
          this.#unknown++;
          isTried = true;
        }
      }
      await pause(20);
    }
  }

  async #move(member: ChaosMember): Promise<void> {
    while (!this.#isOver) {
      await pause(this.#random.between(0, LONGEST_STAY_MS));
      if (this.#isOver) return;
      this.#leave(member);
      await pause(this.#random.between(0, LONGEST_ABSENCE_MS));
      if (this.#random.next() < 0.05) member.forget();
      if (this.#random.next() < 0.2) await this.#glance(member);
      await this.#enter(member);
    }
  }

  /** Comes, and goes again, perhaps before it is let in. */
  async #glance(member: ChaosMember): Promise<void> {
    const entering = this.#enter(member).catch(() => {}); // nobody was left, so the node gave up
    await pause(this.#random.between(0, 3));
    this.#leave(member);
    await entering;
  }

  #leave(member: ChaosMember): void {
    this.#homes.get(member)?.leave(member);
  }

  async #enter(member: ChaosMember): Promise<void> {
    const node = this.#nodes[this.#random.between(0, NODES - 1)]!;
    this.#homes.set(member, node);
    await node.enter(member);
  }

  /** Waits until all members have received everything. */
  async #settle(phase: string): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    for (const topic of TOPICS) {
      let behind: readonly string[];
      do {
        await pause(20);
        behind = await this.#behind(topic);
      } while (behind.length > 0 && this.#ledger.faults.length === 0 && performance.now() < deadline);
      this.#ledger.faults.push(...behind.map((who) => `after "${phase}" ${who}`));
    }
  }

  /** Returns who has not come to the end of a topic. */
  async #behind(topic: string): Promise<string[]> {
    const top = await this.#nodes[0]!.top(topic).catch(() => undefined);
    if (!top) return ["the engine cannot be read"];
    const lost = this.#ledger.beyond(topic, top);
    const members = this.#members.filter((each) => each.topic === topic && !(each.at && isSame(each.at, top)));
    return [
      ...lost,
      ...members.map(({ name, at }) => `${name} is at ${Deno.inspect(at)}, not at ${Deno.inspect(top)}`),
    ];
  }

  #check({ name, told }: ChaosPhase, report: ChaosReport): void {
    for (const member of this.#members) member.compare();
    const { faults } = this.#ledger;
    if (told === "never" && report.told > 0) faults.push(`${report.told} were told of a loss, and nothing was lost`);
    if (told === "must" && report.told === 0) faults.push("nobody was told of a loss");
    if (report.confirmed === 0 || report.received === 0) faults.push("nothing happened");
    assertEquals(faults.slice(0, 10), [], `"${name}" with seed ${this.#seed}: ${JSON.stringify(report)}`);
  }

  #totals(): Omit<ChaosReport, "name"> {
    const sum = (count: (member: ChaosMember) => number) => this.#members.reduce((all, each) => all + count(each), 0);
    return {
      confirmed: this.#ledger.confirmed,
      unknown: this.#unknown,
      received: sum(({ received }) => received),
      recovered: sum(({ recovered }) => recovered),
      told: sum(({ told }) => told),
      repaired: this.#nodes.reduce((all, { repaired }) => all + repaired, 0),
    };
  }
}

function difference<T extends Record<string, number>>(after: T, before: T): T {
  return Object.fromEntries(Object.entries(after).map(([name, n]) => [name, n - before[name]!])) as T;
}
