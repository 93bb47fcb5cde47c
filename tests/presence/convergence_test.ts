/**
 * Replicas that work, send, lose, repeat and reorder messages, part, restart and forget each other at random: what
 * they tell their users is always the difference of what they show, and in the end they all show the same.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DeltaLog } from "../../lib/presence/_delta_log.ts";
import { Diff } from "../../lib/presence/_diff.ts";
import type { Entry } from "../../lib/presence/_entry.ts";
import type { Fragment } from "../../lib/presence/_fragment.ts";
import { replicaId, type ReplicaRef } from "../../lib/cluster/replica.ts";
import { splitFragment } from "../../lib/presence/_split_fragment.ts";
import { TrackerState } from "../../lib/presence/_tracker_state.ts";

const NODES = 3;
const KEYS = ["ann", "bob"];
const TOPICS = ["t", "u"];

type Step =
  | { readonly step: "join"; readonly node: number; readonly what: number }
  | { readonly step: "leave" | "update"; readonly node: number; readonly what: number }
  | { readonly step: "send" | "restart"; readonly node: number }
  | { readonly step: "deliver" | "repeat" | "lose"; readonly message: number }
  | { readonly step: "transfer" | "up" | "down" | "permdown"; readonly node: number; readonly other: number };

const node = fc.nat(NODES - 1);
const what = fc.nat(20);
const message = fc.nat(20);

function step<S extends Step["step"]>(weight: number, name: S, fields: object) {
  return { weight, arbitrary: fc.record({ step: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<Step> };
}

const steps = fc.array(
  fc.oneof(
    step(6, "join", { node, what }),
    step(4, "leave", { node, what }),
    step(2, "update", { node, what }),
    step(6, "send", { node }),
    step(8, "deliver", { message }),
    step(2, "repeat", { message }),
    step(2, "lose", { message }),
    step(3, "transfer", { node, other: node }),
    step(2, "up", { node, other: node }),
    step(1, "down", { node, other: node }),
    step(1, "permdown", { node, other: node }),
    step(1, "restart", { node }),
  ),
  { maxLength: 150, size: "max" },
);

interface Message {
  readonly to: number;
  readonly fragment: Fragment<number>;
}

/** One node: its state, and what a user of it would know. */
class Node {
  readonly state: TrackerState<number>;
  /** Kept by diffs only, as a user of the tracker would. */
  readonly shown = new Map<string, Entry<number>>();
  readonly own: Entry<number>[] = [];
  /** What has left by its owner's word. */
  readonly #gone = new Set<string>();

  constructor(replica: ReplicaRef) {
    this.state = new TrackerState(replica, new DeltaLog([1, 3]));
  }

  /** Applies a diff, which has to fit what is shown. */
  apply(diff: Diff<number>): void {
    for (const { joins, leaves } of diff.topics.values()) {
      for (const entry of leaves) assert(this.shown.delete(dotOf(entry)), `${dotOf(entry)} left without being there`);
      for (const entry of joins) {
        assert(!this.shown.has(dotOf(entry)), `${dotOf(entry)} came twice`);
        this.shown.set(dotOf(entry), entry);
      }
    }
  }

  /** Takes in a message: nobody comes back who was said to have gone. */
  merge(fragment: Fragment<number>): void {
    const diff = this.state.merge(JSON.parse(JSON.stringify(fragment)));
    this.apply(diff);
    for (const { joins, leaves } of diff.topics.values()) {
      for (const entry of joins) assert(!this.#gone.has(dotOf(entry)), `${dotOf(entry)} was gone, and is back`);
      for (const entry of leaves) this.#gone.add(dotOf(entry));
    }
  }

  /** Forgets a replica, also who of it has gone. */
  forget(replica: ReplicaRef): void {
    this.apply(this.state.replicaPermdown(replica));
    for (const dot of this.#gone) if (dot.startsWith(`${replicaId(replica)} `)) this.#gone.delete(dot);
  }

  join(topic: string, key: string, meta: number): void {
    const entry = this.state.join(topic, key, meta);
    this.own.push(entry);
    this.apply(new Diff<number>().join(entry));
  }

  leave(entry: Entry<number>): void {
    this.state.leave(entry);
    this.own.splice(this.own.indexOf(entry), 1);
    this.apply(new Diff<number>().leave(entry));
  }
}

function dotOf({ replica, clock }: Entry<number>): string {
  return `${replica} ${clock}`;
}

/** What a state shows, with a check that its index by topic and key counts right. */
function visible({ roster }: TrackerState<number>): string[] {
  const dots: string[] = [];
  for (const topic of roster.topics()) {
    const keys = [...roster.keysOf(topic)];
    const entries = keys.flatMap(([key, entries]) => {
      assertEquals([...roster.entriesOf(topic, key)], [...entries]);
      return [...entries];
    });
    assertEquals(roster.count(topic), { keys: keys.length, metas: entries.length });
    assert(entries.length > 0, `${topic} is empty and kept`);
    dots.push(...entries.map(dotOf));
  }
  return dots.sort();
}

/** A network of nodes. */
class World {
  readonly nodes: Node[] = [];
  readonly messages: Message[] = [];
  #restarts = 0;

  constructor() {
    for (let index = 0; index < NODES; index++) this.nodes.push(this.#start(index));
  }

  #start(index: number): Node {
    return new Node({ name: `n${index}`, vsn: `${this.#restarts++}` });
  }

  run(step: Step): void {
    switch (step.step) {
      case "join":
        return this.nodes[step.node]!.join(TOPICS[step.what % 2]!, KEYS[(step.what >> 1) % 2]!, step.what);
      case "leave":
        return void this.#leave(this.nodes[step.node]!, step.what);
      case "update": {
        const node = this.nodes[step.node]!;
        const entry = this.#leave(node, step.what);
        if (entry) node.join(entry.topic, entry.key, step.what);
        return;
      }
      case "send":
        return this.#send(step.node);
      case "deliver":
      case "repeat":
      case "lose":
        return this.#pass(step.step, step.message);
      case "transfer":
        return this.#transfer(step.node, step.other);
      case "restart":
        return this.restart(step.node);
      default: {
        const [node, other] = [this.nodes[step.node]!, this.nodes[step.other]!];
        if (node === other) return;
        const { state } = node;
        if (step.step === "up") node.apply(state.replicaUp(other.state.replica));
        else if (step.step === "down") node.apply(state.replicaDown(other.state.replica));
        else node.forget(other.state.replica);
      }
    }
  }

  /** The node forgets everything; the others find out. */
  restart(index: number): void {
    const before = this.nodes[index]!;
    this.nodes[index] = this.#start(index);
    for (const node of this.nodes) node.forget(before.state.replica);
  }

  #leave(node: Node, what: number): Entry<number> | undefined {
    const entry = node.own[what % Math.max(1, node.own.length)];
    if (entry) node.leave(entry);
    return entry;
  }

  #send(from: number): void {
    const { state } = this.nodes[from]!;
    const { delta } = state;
    if (!delta) return;
    state.commitDelta();
    for (const fragment of splitFragment(delta, 2)) {
      for (let to = 0; to < NODES; to++) if (to !== from) this.messages.push({ to, fragment });
    }
  }

  #pass(how: "deliver" | "repeat" | "lose", index: number): void {
    const at = index % Math.max(1, this.messages.length);
    const message = this.messages[at];
    if (!message) return;
    if (how !== "repeat") this.messages.splice(at, 1);
    if (how !== "lose") this.nodes[message.to]!.merge(message.fragment);
  }

  /** `node` asks `other` for what it lacks; the answer is a message like any other. */
  #transfer(node: number, other: number): void {
    if (node === other) return;
    for (const missing of this.nodes[other]!.state.extract(this.nodes[node]!.state.clocks)) {
      for (const fragment of splitFragment(missing, 2)) this.messages.push({ to: node, fragment });
    }
  }

  /** All hear each other again, and ask until nobody is behind. */
  heal(): void {
    for (let index = 0; index < NODES; index++) this.#send(index);
    for (const node of this.nodes) {
      for (const other of this.nodes) if (node !== other) node.apply(node.state.replicaUp(other.state.replica));
    }
    for (let index = 0; index < NODES; index++) {
      for (let other = 0; other < NODES; other++) this.#transfer(index, other);
    }
    for (const { to, fragment } of this.messages.splice(0).reverse()) this.nodes[to]!.merge(fragment);
  }

  check(): void {
    for (const { state, shown } of this.nodes) {
      assertEquals(visible(state), [...shown.keys()].sort(), `${replicaId(state.replica)} told something else`);
    }
  }
}

Deno.test("TrackerState converges, whatever happens, and its diffs are what has changed", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const world = new World();
      for (const step of steps) {
        world.run(step);
        world.check();
      }
      world.heal();
      world.check();
      const owned = world.nodes.flatMap(({ own }) => own.map(dotOf)).sort();
      for (const { state } of world.nodes) assertEquals(visible(state), owned);
    }),
    { numRuns: 500 },
  );
});
