/**
 * Broadcasts over Redis' pub/sub. One connection publishes, another one is subscribed; the bus is up while both are.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { withinTime } from "../../base/within_time.ts";
import { learnHistory } from "../../history/adapter_engine.ts";
import { type BusNode, isRepeated, type PubSubAdapter } from "../../pubsub/adapter.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import { encodeEnvelope } from "../../pubsub/envelope.ts";
import { BusDownError, TooLargeError } from "../../pubsub/errors.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import { Subjects } from "../../pubsub/subject.ts";
import type { RedisConnection, RedisRole } from "./connection.ts";
import { dial } from "./_dial.ts";
import { faultOf } from "./_faults.ts";
import { Interest, RIGHTS_PROBE } from "./_interest.ts";
import { Keeper, type RedisUse } from "./_keeper.ts";
import type { RedisSettings } from "./options.ts";
import { Outbox } from "./_outbox.ts";
import { type HistoryLink, RedisHistory } from "./_redis_history.ts";
import { RedisOwners } from "./_redis_owners.ts";
import { ScriptCalls } from "./_script_calls.ts";

/** Time for what was sent before `stop`, in milliseconds. */
const FLUSH_MS = 2000;

/** A node on Redis. */
export class RedisBus implements PubSubAdapter {
  readonly nodeName: string;
  readonly #settings: RedisSettings;
  readonly #subjects: Subjects;
  readonly #interest: Interest;
  readonly #up = new Set<RedisRole>();
  #run: symbol | undefined; // from start to stop
  #node: BusNode | undefined;
  #keepers: readonly Keeper[] = [];
  #outbox: Outbox | undefined;
  #calls: ScriptCalls | undefined; // over the same connection
  #history: RedisHistory | undefined;
  #owners: RedisOwners | undefined;
  #toldDown: string | undefined; // the reason that was reported last

  /** Creates a node that is not connected. */
  constructor(settings: RedisSettings) {
    this.nodeName = settings.nodeName;
    this.#settings = settings;
    this.#subjects = new Subjects(settings.prefix);
    this.#interest = new Interest(this.#subjects, settings.nodeName, (thrown) => this.#faultOf(thrown));
  }

  get isConnected(): boolean {
    return this.#up.size === 2;
  }

  /** Made when it is asked for: an app without history uses none at Redis. */
  get history(): RedisHistory {
    return this.#history ??= new RedisHistory(this.#settings, this.#link());
  }

  /** Made when it is asked for, as well. */
  get owners(): RedisOwners {
    return this.#owners ??= new RedisOwners(this.#settings, this.#link());
  }

  async start(node: BusNode): Promise<void> {
    const run = this.#run = Symbol();
    await this.#halt(); // the former run, if its process was ended by force
    if (run !== this.#run) return; // stopped meanwhile
    this.#node = node;
    this.#interest.receiveWith(node);
    this.#keepers = [new Keeper(this.#publishing()), new Keeper(this.#receiving())];
    try {
      await Promise.all(this.#keepers.map((keeper) => keeper.start()));
    } catch (error) {
      await this.#halt();
      throw error;
    }
  }

  broadcast(broadcast: Broadcast): void {
    this.#send(this.#subjects.of(broadcast), broadcast);
  }

  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    this.#send(this.#subjects.node(nodeName), broadcast);
  }

  subscribe(topic: string): MaybePromise<void> {
    return this.#interest.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#interest.unsubscribe(topic);
  }

  useHistory(pubsub: PubSub): Promise<void> {
    return learnHistory(pubsub);
  }

  async stop(): Promise<void> {
    this.#run = undefined;
    await this.#halt();
    this.#interest.clear();
  }

  async #halt(): Promise<void> {
    const keepers = this.#keepers;
    this.#keepers = [];
    this.#node = undefined; // nothing that happens from now on is an outage
    const flushed = this.isConnected && Promise.all([this.#outbox?.idle(), this.#calls?.idle()]);
    if (flushed) await withinTime(flushed, FLUSH_MS, () => new Error("late")).catch(() => {});
    await Promise.all(keepers.map((keeper) => keeper.stop()));
  }

  #send(channel: string, broadcast: Broadcast): void {
    const { topic } = broadcast;
    if (!this.isConnected || !this.#outbox) throw new BusDownError(`broadcast to "${topic}"`);
    const envelope = encodeEnvelope(this.nodeName, broadcast);
    const { maxBytes, maxBytesWaiting } = this.#settings;
    if (envelope.length > maxBytes) throw new TooLargeError(topic, envelope.length, maxBytes);
    if (this.#outbox.send(channel, envelope, isRepeated(broadcast))) return;
    const cause = new Error(`Redis is too slow: ${maxBytesWaiting} bytes wait for it`);
    throw new BusDownError(`broadcast to "${topic}"`, { cause });
  }

  #publishing(): RedisUse {
    const node = this.#node; // also when it is stopped: what is lost then is lost
    return {
      ...this.#use("publisher"),
      open: async (client, lose) => {
        await this.#assertPublish(client);
        const { maxBytesWaiting } = this.#settings;
        this.#outbox = new Outbox(client, maxBytesWaiting, lose);
        this.#calls = new ScriptCalls(client, maxBytesWaiting);
      },
      close: (error) => {
        const count = this.#outbox?.unconfirmed ?? 0;
        this.#outbox = undefined;
        this.#calls = undefined;
        this.#isLost("publisher");
        if (count > 0) node?.noticed({ unconfirmed: count, error });
      },
      arrivals: () => (this.#outbox?.confirmed ?? 0) + (this.#calls?.replies ?? 0),
    };
  }

  #receiving(): RedisUse {
    return {
      ...this.#use("subscriber"),
      open: (client) => this.#interest.open(client),
      close: () => {
        this.#interest.close();
        this.#isLost("subscriber");
      },
      arrivals: () => this.#interest.arrivals,
    };
  }

  #use(role: RedisRole): Pick<RedisUse, "dial" | "up" | "down" | "faultOf"> {
    return {
      dial: (signal) => dial(this.#settings, role, signal),
      up: () => this.#isUp(role),
      down: (error) => this.#isDown(error),
      faultOf: (thrown) => this.#faultOf(thrown),
    };
  }

  /** Publishes to channels of nobody: missing rights are found now, not with the first broadcast. */
  async #assertPublish(client: RedisConnection): Promise<void> {
    for (const channel of [this.#subjects.topic(RIGHTS_PROBE), this.#subjects.node("~")]) {
      await client.sendCommand(["PUBLISH", channel, ""]);
    }
  }

  #isUp(role: RedisRole): void {
    this.#up.add(role);
    if (!this.isConnected) return;
    if (this.#toldDown !== undefined) {
      this.#toldDown = undefined;
      this.#node?.changed({ status: "up" });
    }
    this.#history?.up();
  }

  #isLost(role: RedisRole): void {
    this.#up.delete(role);
    this.#history?.down();
  }

  /** Reports an outage, and again when it has another reason, such as a password that was changed meanwhile. */
  #isDown(error: Error): void {
    if (this.#toldDown !== undefined && this.#toldDown === error.name) return;
    this.#toldDown = error.name;
    this.#node?.changed({ status: "down", error });
  }

  #link(): HistoryLink {
    const calls = () => this.isConnected ? this.#calls : undefined;
    return {
      get calls() {
        return calls();
      },
      listen: (channel, listener) => this.#interest.listen(channel, listener),
      unlisten: (channel) => this.#interest.unlisten(channel),
      faultOf: (thrown) => this.#faultOf(thrown),
    };
  }

  #faultOf(thrown: unknown): Error {
    return faultOf(thrown, this.#settings.server);
  }
}
