/**
 * A rolling deploy: three nodes are replaced one after the other, while somebody talks and clients with phoenix.js
 * listen.
 *
 * @module
 */

import type { EngineName } from "../../support/engines/binaries.ts";
import { startEngine } from "../../support/engines/start.ts";
import { CUT_CLIENTS } from "../../support/cuts/run_on.ts";
import { Member } from "../../support/cuts/member.ts";
import { Ledger } from "../../support/history_chaos/ledger.ts";
import { formatPosition } from "../../../lib/history/position.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { KeptTalk } from "./kept_talk.ts";
import { NodeProgram, SERVE_COMMAND } from "./node_program.ts";

/** How nodes are served: by `Deno.serve`, by `serve` with frames of its own, or under `deno serve`. */
export type ServedBy = "native" | "frames" | "deno serve";

/** The nodes and clients of a deployment. */
export interface DeployPlan {
  readonly engine: EngineName;
  readonly servedBy: ServedBy;
  readonly clients: number;
  /** How long a room is silent after a message, in milliseconds. */
  readonly everyMs: number;
}

/** What a deploy was like. */
export interface DeployResult {
  readonly deliveries: number;
  /** How often clients came back and got all that they had missed. */
  readonly recovered: number;
  /** The longest time that a client received nothing, in milliseconds, by its version. */
  readonly longestSilenceMs: Readonly<Record<string, number>>;
  /** The exit codes of the nodes that were replaced. */
  readonly codes: readonly number[];
  /** How many connections each node that was replaced closed at once. */
  readonly batches: readonly (readonly number[])[];
  /** What must not have happened. */
  readonly faults: readonly string[];
}

const NODES = 3;
const ROOMS = 10;
/** So many clients come at the same time. */
const ARRIVING = 50;

/** Replaces all nodes. */
export async function deploy(plan: DeployPlan): Promise<DeployResult> {
  await using run = await Deploy.start(plan);
  for (let n = 0; n < NODES; n++) await run.replaceOne();
  return await run.finish();
}

class Deploy implements AsyncDisposable {
  readonly #plan: DeployPlan;
  readonly #bus: string;
  readonly #resources: AsyncDisposableStack;
  readonly #ledger = new Ledger();
  readonly #members: Member[] = [];
  readonly #nodes: NodeProgram[] = [];
  readonly #codes: number[] = [];
  readonly #batches: number[][] = [];
  #talk: KeptTalk | undefined;
  #turn = 0;

  static async start(plan: DeployPlan): Promise<Deploy> {
    const resources = new AsyncDisposableStack();
    try {
      const { url } = resources.use(await startEngine(plan.engine));
      const run = new Deploy(plan, url, resources);
      await run.#begin();
      return run;
    } catch (error) {
      await resources.disposeAsync();
      throw error;
    }
  }

  private constructor(plan: DeployPlan, bus: string, resources: AsyncDisposableStack) {
    this.#plan = plan;
    this.#bus = bus;
    this.#resources = resources;
  }

  /** Starts a new node, takes an old one out of the balancer, and asks it to end. */
  async replaceOne(): Promise<void> {
    await this.#startNode();
    const old = this.#nodes.shift()!;
    const before = this.#members.map(({ witness }) => witness.received);
    this.#codes.push(await old.terminate());
    this.#batches.push(old.reports("urvogel:endpoint:drain").map(({ count = 0 }) => count));
    const isBack = (member: Member, n: number) => member.witness.received > before[n]!;
    await until(() => this.#members.every(isBack), () => {
      return `all are back: ${this.#namesOf(this.#members.filter((member, n) => !isBack(member, n)))}`;
    }, this.#patienceMs);
  }

  async finish(): Promise<DeployResult> {
    await this.#talk!.finish();
    const isDone = ({ witness: { at, topic } }: Member) => at && formatPosition(at) === this.#talk!.last.get(topic);
    await until(() => this.#members.every(isDone), () => {
      return `all came to the end: ${this.#namesOf(this.#members.filter((member) => !isDone(member)))}`;
    }, this.#patienceMs);
    for (const { witness } of this.#members) {
      witness.compare();
      if (witness.told > 0) witness.fault(`was told of a loss ${witness.told} times`);
    }
    const sum = (count: (member: Member) => number) => this.#members.reduce((all, each) => all + count(each), 0);
    return {
      deliveries: sum(({ witness }) => witness.received),
      recovered: sum(({ witness }) => witness.recovered),
      longestSilenceMs: this.#silences(),
      codes: this.#codes,
      batches: this.#batches,
      faults: this.#ledger.faults,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** Clients of a busy machine come back one after the other. */
  get #patienceMs(): number {
    return 8000 + 30 * this.#plan.clients;
  }

  async #begin(): Promise<void> {
    await Promise.all(Array.from({ length: NODES }, () => this.#startNode()));
    const pick = () => this.#nodes[this.#turn++ % this.#nodes.length]!.port;
    const { port } = this.#resources.use(
      await TcpProxy.start({
        get port() {
          return pick();
        },
      }),
    );
    const topics = Array.from({ length: ROOMS }, (_, n) => `kept:${n}`);
    for (let n = 0; n < this.#plan.clients; n += ARRIVING) {
      const ends = Math.min(this.#plan.clients, n + ARRIVING);
      await Promise.all(Array.from({ length: ends - n }, (_, i) => this.#join(n + i, topics, port)));
      await until(() => this.#members.every(({ isJoined }) => isJoined), "all have joined", this.#patienceMs);
    }
    const { everyMs } = this.#plan;
    this.#talk = this.#resources.use(
      await KeptTalk.start({ bus: this.#bus, topics, everyMs, ledger: this.#ledger }),
    );
  }

  #silences(): Record<string, number> {
    const longest: Record<string, number> = {};
    for (const { version, longestSilenceMs } of this.#members) {
      longest[version] = Math.max(longest[version] ?? 0, Math.round(longestSilenceMs));
    }
    return longest;
  }

  async #startNode(): Promise<void> {
    const { servedBy, clients } = this.#plan;
    const third = Math.ceil(clients / NODES);
    const env = {
      DRAINER: JSON.stringify({ batchSize: Math.ceil(third / 4), batchIntervalMs: 100 }),
      TRANSPORT: servedBy,
    };
    const isServed = servedBy === "deno serve";
    const options = isServed ? { command: SERVE_COMMAND, env: { ...env, PORT: "" } } : { env };
    this.#nodes.push(this.#resources.use(await NodeProgram.start(this.#bus, options)));
  }

  async #join(n: number, topics: readonly string[], port: number): Promise<void> {
    const client = CUT_CLIENTS[n % CUT_CLIENTS.length]!;
    const topic = topics[n % topics.length]!;
    const common = { client, topic, port, ledger: this.#ledger };
    this.#members.push(this.#resources.use(await Member.start({ name: `client ${n}`, ...common })));
  }

  #namesOf(members: readonly Member[]): string {
    return members.slice(0, 5).map(({ witness }) => `${witness.name} (${witness.received})`).join(", ");
  }
}
