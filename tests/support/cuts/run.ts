/**
 * Clients behind proxies that cut their connections at random, while somebody speaks: nothing may be missing, come twice
 * or out of order.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { parsePosition } from "../../../lib/history/position.ts";
import { Random } from "../../soak/random.ts";
import { Ledger } from "../history_chaos/ledger.ts";
import type { ClientVersion } from "../phoenix_client.ts";
import { type ProxyTarget, TcpProxy } from "../tcp_proxy.ts";
import { until } from "../until.ts";
import { Member } from "./member.ts";

/** What a run does. */
export interface CutPlan {
  /** Where the proxies connect. Each connection asks for its port, so it may be another node each time. */
  readonly target: ProxyTarget;
  /** The topic. Its history keeps 100 messages. */
  readonly topic: string;
  /** Says a number in a topic. Returns its position. */
  readonly say: (topic: string, n: number) => Promise<string>;
  /** The releases of the clients; each has as many as stand here. */
  readonly clients: readonly ClientVersion[];
  /** The transport of a client; absent: a WebSocket. */
  readonly transportOf?: (client: ClientVersion) => Promise<unknown>;
  /** How many messages are said at least. */
  readonly messages: number;
  /** How many connections are cut at least. */
  readonly cuts: number;
  readonly seed: number;
}

/** What a run found. */
export interface CutResult {
  readonly deliveries: number;
  /** Connections that were cut. */
  readonly cut: number;
  /** Messages that were sent again to a client that had missed them. */
  readonly replayed: number;
  /** Messages of bytes that came again to a client that was cut off before their position. */
  readonly repeated: number;
}

/** How far the last client may be behind, in messages: less than what is kept. */
const MAX_BEHIND = 80;
/** How many messages are said at once. */
const BATCH = 5;
/** How often all connections are cut at the same time, instead of one. */
const ALL_AT_ONCE = 0.05;
/** Fragile releases take long to come back, and all others wait for them: they are cut less often. */
const FRAGILE_SHARE = 0.2;

/** Runs a plan, and checks what each client got. */
export async function runCuts(plan: CutPlan): Promise<CutResult> {
  await using run = new CutRun(plan);
  await run.start();
  const cut = await run.speak();
  await run.finish();
  const { deliveries, replayed, repeated } = run;
  return { deliveries, cut, replayed, repeated };
}

/** A client, and the proxy before its server. */
interface Line {
  readonly member: Member;
  readonly proxy: TcpProxy;
}

class CutRun implements AsyncDisposable {
  readonly #plan: CutPlan;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #lines: Line[] = [];
  readonly #resources = new AsyncDisposableStack();
  #said = 0;

  constructor(plan: CutPlan) {
    this.#plan = plan;
    this.#random = new Random(plan.seed);
  }

  get deliveries(): number {
    return this.#members.reduce((sum, { witness }) => sum + witness.received, 0);
  }

  get replayed(): number {
    return this.#members.reduce((sum, { replayed }) => sum + replayed, 0);
  }

  get repeated(): number {
    return this.#members.reduce((sum, { repeated }) => sum + repeated, 0);
  }

  async start(): Promise<void> {
    for (const [index, client] of this.#plan.clients.entries()) await this.#join(`client ${index}`, client);
    await until(() => this.#members.every(({ isJoined }) => isJoined), "all clients have joined");
  }

  /** Says all numbers, and cuts meanwhile. Returns how many connections were cut. */
  async speak(): Promise<number> {
    const { messages, cuts } = this.#plan;
    let cut = 0;
    while (this.#said < messages || cut < cuts) {
      await this.#sayBatch();
      const due = cuts * Math.min(1, this.#said / messages);
      if (cut < due && this.#random.next() < 0.9) cut += this.#cut();
      await new Promise((resolve) => setTimeout(resolve, this.#random.between(0, 3)));
      if (this.#isBehind()) await until(() => !this.#isBehind(), () => `everybody is back: ${this.#describe()}`);
    }
    return cut;
  }

  /** Waits until all have come to the end, and checks what they got. */
  async finish(): Promise<void> {
    const isDone = () => this.#members.every(({ witness }) => witness.received >= this.#said);
    await until(() => isDone() || this.#ledger.faults.length > 0, () => `all came: ${this.#describe()}`);
    for (const { witness } of this.#members) {
      witness.compare();
      if (witness.told > 0) witness.fault(`was told of a loss ${witness.told} times`);
    }
    assertEquals(this.#ledger.faults.slice(0, 10), [], `seed ${this.#plan.seed}: ${this.#describe()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  get #members(): readonly Member[] {
    return this.#lines.map(({ member }) => member);
  }

  async #join(name: string, client: ClientVersion): Promise<void> {
    const { target, topic, transportOf } = this.#plan;
    const proxy = this.#resources.use(await TcpProxy.start(target));
    const transport = await transportOf?.(client);
    const member = await Member.start({ name, client, topic, port: proxy.port, ledger: this.#ledger, transport });
    this.#resources.use(member);
    this.#lines.push({ member, proxy });
  }

  /** Says some numbers. The next ones follow when these are kept. */
  async #sayBatch(): Promise<void> {
    const { topic, say } = this.#plan;
    await Promise.all(Array.from({ length: BATCH }, async () => {
      const n = ++this.#said;
      const position = parsePosition(await say(topic, n));
      if (!position) throw new Error(`Cannot go on: the message ${n} has no position`);
      this.#ledger.confirm(topic, position, `${n}`);
    }));
  }

  /** Cuts one connection, or all. Returns how many. */
  #cut(): number {
    if (this.#random.next() < ALL_AT_ONCE) return this.#lines.filter((line) => this.#cutLine(line)).length;
    const line = this.#lines[this.#random.between(0, this.#lines.length - 1)]!;
    if (line.member.isFragile && this.#random.next() > FRAGILE_SHARE) return 0;
    return this.#cutLine(line) ? 1 : 0;
  }

  /** Cuts a connection, if there is one, whatever it is at. Some releases do not survive that at any time. */
  #cutLine({ member, proxy }: Line): boolean {
    if (proxy.connections === 0 || !member.survivesCut) return false;
    member.noteCut();
    switch (this.#random.between(0, 2)) {
      case 0:
        proxy.cut();
        break;
      case 1:
        proxy.reset();
        break;
      default:
        proxy.tear(this.#random.next()); // with the next message
    }
    return true;
  }

  #isBehind(): boolean {
    return this.#members.some(({ witness }) => this.#said - witness.received > MAX_BEHIND);
  }

  #describe(): string {
    const counts = this.#members.map(({ witness: { received, told } }) => `${received} (told ${told})`);
    return `${this.#said} said; ${counts.join(", ")}; ${this.#ledger.faults.slice(0, 3).join("; ")}`;
  }
}
