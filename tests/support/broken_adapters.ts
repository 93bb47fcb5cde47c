/**
 * Adapters that break the contract, each in one way that real ones have been found to.
 *
 * @module
 */

import { Broadcast, type BroadcastData, type BusNode, BusSetupError, decodeEnvelope } from "@urvogel/realtime";
import type { ConformanceCaseId } from "@urvogel/realtime/testing";
import { MemoryAdapter } from "./memory_broker.ts";

/** A broken adapter and the cases of the suite that must fail. */
export interface BrokenAdapter {
  /** What is wrong. */
  readonly fault: string;
  /** The cases that find it, and no others. */
  readonly fails: readonly ConformanceCaseId[];
  /** The adapter. */
  readonly Adapter: typeof MemoryAdapter;
}

function topicOf(envelope: Uint8Array): string | undefined {
  try {
    return decodeEnvelope(envelope).topic;
  } catch {
    return undefined;
  }
}

/** Sends what it has held back before the first broadcast to "late", when all nodes of the suite are connected again. */
class HoldsBack extends MemoryAdapter {
  /** What it sends late. */
  protected readonly held: (() => void)[] = [];
  protected override publish(subject: string, broadcast: BroadcastData): void {
    const held = broadcast.topic === "late" ? this.held.splice(0) : [];
    for (const send of held) send();
    super.publish(subject, broadcast);
  }
}

/** All of them. */
export const BROKEN_ADAPTERS: readonly BrokenAdapter[] = [
  {
    fault: "delivers its own broadcasts under another name",
    fails: ["echo"],
    Adapter: class extends MemoryAdapter {
      override broadcast(broadcast: Broadcast): void {
        super.broadcast(broadcast);
        queueMicrotask(() => this.node?.receive(broadcast, "another"));
      }
    },
  },
  {
    fault: "receives twice what several nodes have subscribed",
    fails: ["copies"],
    Adapter: class extends MemoryAdapter {
      override message(subject: string, bytes: Uint8Array): void {
        super.message(subject, bytes);
        if (topicOf(bytes) === "copies") super.message(subject, bytes);
      }
    },
  },
  {
    fault: "delivers the newest first when many wait",
    fails: ["order"],
    Adapter: class extends MemoryAdapter {
      #waiting: (() => void)[] = [];
      override message(subject: string, bytes: Uint8Array): void {
        if (this.#waiting.length === 0) queueMicrotask(() => this.#deliver());
        this.#waiting.push(() => super.message(subject, bytes));
      }
      #deliver(): void {
        const waiting = this.#waiting;
        this.#waiting = [];
        if (waiting.length > 80) waiting.reverse();
        for (const deliver of waiting) deliver();
      }
    },
  },
  {
    fault: "sends to all nodes what is for one",
    fails: ["direct"],
    Adapter: class extends MemoryAdapter {
      override directBroadcast(_nodeName: string, broadcast: Broadcast): void {
        this.publish(this.subjects.control, broadcast);
      }
      protected override belongs(subject: string, broadcast: BroadcastData): boolean {
        return subject === this.subjects.control || super.belongs(subject, broadcast);
      }
    },
  },
  {
    fault: "sends control messages to subscribers only",
    fails: ["control"],
    Adapter: class extends MemoryAdapter {
      override broadcast(broadcast: Broadcast): void {
        this.publish(this.subjects.topic(broadcast.topic), broadcast);
      }
      protected override belongs(subject: string, broadcast: BroadcastData): boolean {
        return super.belongs(subject, broadcast) || subject === this.subjects.topic(broadcast.topic);
      }
    },
  },
  {
    fault: "carries topics as UTF-8",
    fails: ["topics"],
    Adapter: class extends MemoryAdapter {
      override broadcast({ topic, event, payload }: Broadcast): void {
        super.broadcast(new Broadcast(topic.toWellFormed(), event, payload));
      }
    },
  },
  {
    fault: "subscribes to the broadcasts of all topics with the topic >",
    fails: ["topics"],
    Adapter: class extends MemoryAdapter {
      override message(subject: string, bytes: Uint8Array): void {
        super.message(subject, bytes);
        if (this.topics.has(">") && topicOf(bytes) !== ">") super.message(subject, bytes);
      }
    },
  },
  {
    fault: "trims topics",
    fails: ["topics"],
    Adapter: class extends MemoryAdapter {
      override broadcast({ topic, event, payload }: Broadcast): void {
        super.broadcast(new Broadcast(topic.trim(), event, payload));
      }
    },
  },
  {
    fault: "carries texts as UTF-8",
    fails: ["payloads"],
    Adapter: class extends MemoryAdapter {
      override broadcast({ topic, event, payload }: Broadcast): void {
        super.broadcast(new Broadcast(topic, event, typeof payload === "string" ? payload.toWellFormed() : payload));
      }
    },
  },
  {
    fault: "drops what is too large",
    fails: ["sizes"],
    Adapter: class extends MemoryAdapter {
      protected override publish(subject: string, broadcast: BroadcastData): void {
        const { payload } = broadcast;
        if (!(payload instanceof Uint8Array && payload.length > 8000)) super.publish(subject, broadcast);
      }
    },
  },
  {
    fault: "throws an error of the client for what is too large",
    fails: ["sizes"],
    Adapter: class extends MemoryAdapter {
      protected override publish(subject: string, broadcast: BroadcastData): void {
        const { payload } = broadcast;
        if (payload instanceof Uint8Array && payload.length > 8000) throw new Error("MAX_PAYLOAD_EXCEEDED");
        super.publish(subject, broadcast);
      }
    },
  },
  {
    fault: "says at once that it has subscribed, when it is busy",
    fails: ["subscribe"],
    Adapter: class extends MemoryAdapter {
      override async subscribe(topic: string): Promise<void> {
        if (!topic.startsWith("race:") || this.topics.size % 20 > 0) return await super.subscribe(topic);
        setTimeout(() => void super.subscribe(topic));
        this.topics.add(topic);
      }
    },
  },
  {
    fault: "never unsubscribes",
    fails: ["unsubscribe", "memory"],
    Adapter: class extends MemoryAdapter {
      override unsubscribe(topic: string): void {
        this.topics.delete(topic);
      }
    },
  },
  {
    fault: "unsubscribes late, and so ends the next subscription",
    fails: ["resubscribe"],
    Adapter: class extends MemoryAdapter {
      override unsubscribe(topic: string): void {
        queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => super.unsubscribe(topic))));
      }
    },
  },
  {
    fault: "gives up where there is no engine yet",
    fails: ["early"],
    Adapter: class extends MemoryAdapter {
      override async start(node: BusNode): Promise<void> {
        const started = super.start(node);
        if (this.retry === undefined) return await started;
        started.catch(() => {});
        this.stop();
        throw new Error("ECONNREFUSED");
      }
    },
  },
  {
    fault: "drops broadcasts silently when it is down",
    fails: ["early", "kill", "pause", "stop"],
    Adapter: class extends MemoryAdapter {
      protected override publish(subject: string, broadcast: BroadcastData): void {
        if (this.isConnected) super.publish(subject, broadcast);
      }
    },
  },
  {
    fault: "throws, but queues the broadcast as well",
    fails: ["kill", "pause"],
    Adapter: class extends HoldsBack {
      protected override publish(subject: string, broadcast: BroadcastData): void {
        if (!this.isConnected) this.held.push(() => super.publish(subject, broadcast));
        super.publish(subject, broadcast);
      }
    },
  },
  {
    fault: "sends the last broadcast of before an outage again",
    fails: ["kill", "pause"],
    Adapter: class extends HoldsBack {
      protected override publish(subject: string, broadcast: BroadcastData): void {
        super.publish(subject, broadcast);
        if (broadcast.topic === "steady") this.held[0] = () => super.publish(subject, broadcast);
      }
    },
  },
  {
    fault: "sends what waited in its buffer when the engine was killed",
    fails: ["kill"],
    Adapter: class extends HoldsBack {
      #buffered: (() => void) | undefined;
      protected override publish(subject: string, broadcast: BroadcastData): void {
        const isBuffered = broadcast.topic === "steady" && broadcast.payload === 3;
        if (isBuffered) this.#buffered = () => super.publish(subject, broadcast);
        else super.publish(subject, broadcast);
      }
      override closed(): void {
        if (this.broker.isDown && this.#buffered) this.held[0] = this.#buffered;
        if (this.#buffered) this.node?.noticed({ unconfirmed: 1, error: new Error("the broker has gone") });
        this.#buffered = undefined;
        super.closed();
      }
    },
  },
  {
    fault: "forgets its subscriptions in an outage",
    fails: ["early", "kill", "pause", "empty"],
    Adapter: class extends MemoryAdapter {
      protected override restore(): void {
        this.topics.clear();
        super.restore();
      }
    },
  },
  {
    fault: "subscribes again to what was left during an outage",
    fails: ["kill", "pause"],
    Adapter: class extends MemoryAdapter {
      override unsubscribe(topic: string): void {
        if (this.isConnected) super.unsubscribe(topic);
      }
    },
  },
  {
    fault: "prepares the engine once only",
    fails: ["empty"],
    Adapter: class extends MemoryAdapter {
      override start(node: BusNode): Promise<void> {
        this.broker.stored.add("queue");
        return super.start(node);
      }
      protected override publish(subject: string, broadcast: BroadcastData): void {
        super.publish(this.broker.stored.has("queue") ? subject : "nowhere", broadcast);
      }
    },
  },
  {
    fault: "says goodbye to its engine and waits for the reply",
    fails: ["stopSilent"],
    Adapter: class extends MemoryAdapter {
      override async stop(): Promise<void> {
        if (this.isConnected) await new Promise<void>((resolve) => this.broker.command(resolve));
        super.stop();
      }
    },
  },
  {
    fault: "does not report outages",
    fails: ["kill", "pause", "empty"],
    Adapter: class extends MemoryAdapter {
      override start(node: BusNode): Promise<void> {
        return super.start({
          receive: (broadcast, from) => node.receive(broadcast, from),
          receiveEnvelope: (bytes, isExpected) => node.receiveEnvelope(bytes, isExpected),
          changed: () => {},
          noticed: (fault) => node.noticed(fault),
        });
      }
    },
  },
  {
    fault: "does not report what was not confirmed",
    fails: ["pause"],
    Adapter: class extends MemoryAdapter {
      protected override counts(): boolean {
        return false;
      }
    },
  },
  {
    fault: "counts the library's own messages as lost",
    fails: ["pause"],
    Adapter: class extends MemoryAdapter {
      protected override counts(): boolean {
        return true;
      }
    },
  },
  {
    fault: "never finds out that the engine is silent",
    fails: ["pause"],
    Adapter: class extends MemoryAdapter {
      protected override ping(): void {}
    },
  },
  {
    fault: "opens envelopes itself and ignores what is malformed",
    fails: ["malformed", "misplaced"],
    Adapter: class extends MemoryAdapter {
      override message(_subject: string, bytes: Uint8Array): void {
        try {
          const { node, ...broadcast } = decodeEnvelope(bytes);
          this.node?.receive(broadcast, node);
        } catch {
          // the fault
        }
      }
    },
  },
  {
    fault: "does not compare the subject with the topic",
    fails: ["misplaced"],
    Adapter: class extends MemoryAdapter {
      protected override belongs(): boolean {
        return true;
      }
    },
  },
  {
    fault: "receives what is sent to it after it was stopped",
    fails: ["stop"],
    Adapter: class extends MemoryAdapter {
      override stop(): void {
        const { node, broker, subjects: { control }, isConnected } = this;
        super.stop();
        if (!isConnected) return;
        const zombie = {
          message: (_subject: string, bytes: Uint8Array) => node?.receiveEnvelope(bytes),
          closed: () => {},
        };
        broker.connect(zombie, broker.password);
        broker.subscribe(zombie, control);
      }
    },
  },
  {
    fault: "goes on starting after it was stopped",
    fails: ["stopEarly"],
    Adapter: class extends MemoryAdapter {
      override stop(): void {
        if (this.isConnected || !this.node) return super.stop();
      }
    },
  },
  {
    fault: "starts once only",
    fails: ["startAgain"],
    Adapter: class extends MemoryAdapter {
      #isUsed = false;
      override start(node: BusNode): Promise<void> {
        if (this.#isUsed) return Promise.reject(new Error("closed"));
        this.#isUsed = true;
        return super.start(node);
      }
    },
  },
  {
    fault: "remembers all topics",
    fails: ["memory"],
    Adapter: class extends MemoryAdapter {
      readonly #seen = new Set<string>();
      override async subscribe(topic: string): Promise<void> {
        this.#seen.add(topic);
        await super.subscribe(topic);
      }
    },
  },
  {
    fault: "tries wrong passwords again for ever",
    fails: ["refusal"],
    Adapter: class extends MemoryAdapter {
      protected override refuse(): void {
        this.retry = setTimeout(() => this.connect(), 5);
      }
    },
  },
  {
    fault: "shows the password in the cause of an error",
    fails: ["refusal"],
    Adapter: class extends MemoryAdapter {
      override async start(node: BusNode): Promise<void> {
        try {
          await super.start(node);
        } catch {
          throw new BusSetupError("memory", "refused", { cause: { url: `memory://ann:${this.password}@localhost` } });
        }
      }
    },
  },
];
