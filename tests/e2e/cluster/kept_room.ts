/**
 * A room with history in a cluster to which the worst happens: its members have the five lines, and miss nothing without
 * being told.
 *
 * @module
 */

import { formatPosition } from "../../../lib/history/position.ts";
import { Member } from "../../support/cuts/member.ts";
import { CUT_CLIENTS } from "../../support/cuts/run_on.ts";
import type { EngineName } from "../../support/engines/binaries.ts";
import { Ledger } from "../../support/history_chaos/ledger.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { KeptTalk } from "./kept_talk.ts";
import type { Balancer } from "./person.ts";

/** Where the room is. */
export interface KeptRoomOptions {
  readonly engine: EngineName;
  /** The URL of the engine. */
  readonly bus: string;
  readonly balancer: Balancer;
}

const TOPIC = "kept:chaos";
/** So many clients of each release. */
const OF_EACH = 2;
/** Seldom enough that all that is said until a client is back is still kept. */
const EVERY_MS = 80;

/** Members, and somebody who talks. */
export class KeptRoom implements AsyncDisposable {
  readonly #ledger = new Ledger();
  readonly #members: Member[] = [];
  readonly #engine: EngineName;
  readonly #resources = new AsyncDisposableStack();
  #proxy: TcpProxy | undefined;
  #talk: KeptTalk | undefined;
  #losses = 0;

  private constructor(engine: EngineName) {
    this.#engine = engine;
  }

  /** Lets all members join, and the talk begin. */
  static async start({ engine, bus, balancer }: KeptRoomOptions): Promise<KeptRoom> {
    const room = new KeptRoom(engine);
    try {
      await room.#begin(bus, balancer);
      return room;
    } catch (error) {
      await room[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * The engine was killed, and has forgotten everything if `isEmpty`. Those that do not wait for their disk in tests, all
   * but NATS, may have lost something in any case.
   */
  noteRestart(isEmpty: boolean): void {
    if (isEmpty || this.#engine !== "nats") this.#losses++;
  }

  /** All members lose their connections, if those that do not survive that at any time do so now. */
  drop(): void {
    if (!this.#members.every(({ survivesCut }) => survivesCut)) return;
    for (const member of this.#members) member.noteCut();
    this.#proxy!.reset();
  }

  /** Ends the talk. Returns what must not have happened, and how many messages came. */
  async finish(): Promise<{ faults: readonly string[]; received: number; recovered: number; told: number }> {
    await this.#talk!.finish();
    const isAtEnd = ({ witness: { at } }: Member) => at && formatPosition(at) === this.#talk!.last.get(TOPIC);
    const rest = () => this.#members.filter((member) => !isAtEnd(member)).map(({ witness }) => witness.name);
    await until(() => rest().length === 0, () => `all came to the end of ${TOPIC}, but not ${rest()}`);
    for (const { witness } of this.#members) {
      witness.compare();
      if (witness.toldInEpoch > 0) witness.fault("was told of a loss, and nothing was lost");
      if (witness.told > this.#losses) witness.fault(`was told of ${witness.told} losses, not ${this.#losses}`);
    }
    const sum = (count: (member: Member) => number) => this.#members.reduce((all, each) => all + count(each), 0);
    return {
      faults: this.#ledger.faults,
      received: sum(({ witness }) => witness.received),
      recovered: sum(({ witness }) => witness.recovered),
      told: sum(({ witness }) => witness.told),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #begin(bus: string, balancer: Balancer): Promise<void> {
    const target = {
      get port() {
        return balancer.pick();
      },
    };
    this.#proxy = this.#resources.use(await TcpProxy.start(target));
    const { port } = this.#proxy;
    const clients = Array.from({ length: OF_EACH }, () => CUT_CLIENTS).flat();
    const common = { topic: TOPIC, port, ledger: this.#ledger };
    for (const [n, client] of clients.entries()) {
      this.#members.push(this.#resources.use(await Member.start({ ...common, name: `member ${n}`, client })));
    }
    await until(() => this.#members.every(({ isJoined }) => isJoined), `all are in ${TOPIC}`);
    const talk = { bus, topics: [TOPIC], everyMs: EVERY_MS, ledger: this.#ledger };
    this.#talk = this.#resources.use(await KeptTalk.start(talk));
  }
}
