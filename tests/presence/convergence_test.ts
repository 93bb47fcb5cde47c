/**
 * Replicas that work, send, lose, repeat and reorder messages, part, restart and forget each other at random: what
 * they tell their users is always the difference of what they show, and in the end they all show the same.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DeltaLog } from "../../lib/presence/_delta_log.ts";
import { Diff } from "../../lib/presence/_diff.ts";
import type { Entry } from "../../lib/presence/_entry.ts";
import type { Piece } from "../../lib/presence/_cut_fragment.ts";
import type { Fragment } from "../../lib/presence/_fragment.ts";
import { replicaId, type ReplicaRef } from "../../lib/cluster/replica.ts";
import { TrackerState } from "../../lib/presence/_tracker_state.ts";
import { type TransferPosition, Transfers } from "../../lib/presence/_transfers.ts";

/** Another seed each time, which a failure prints: `FUZZ_SEED=2 FUZZ_RUNS=5000 deno test -A` repeats it, or looks further. */
const SEED = Deno.env.get("FUZZ_SEED");
const RUNS = { numRuns: Number(Deno.env.get("FUZZ_RUNS") ?? 500), ...(SEED && { seed: Number(SEED) }) };

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

/** How many bytes a message may have: about two entries. */
const MAX_BYTES = 40;

type Message =
  | { readonly to: number; readonly fragment: Fragment<number> }
  | { readonly to: number; readonly piece: Piece<number>; readonly from: ReplicaRef; readonly at: TransferPosition };

/** One node: its state, and what a user of it would know. */
class Node {
  readonly state: TrackerState<number>;
  readonly transfers = new Transfers();
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
    this.transfers.drop(replica);
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
    for (let fragment = state.delta(MAX_BYTES); fragment; fragment = state.delta(MAX_BYTES)) {
      state.commitDelta(fragment.ranges.at(-1)![1]);
      for (let to = 0; to < NODES; to++) if (to !== from) this.messages.push({ to, fragment });
    }
  }

  #pass(how: "deliver" | "repeat" | "lose", index: number): void {
    const at = index % Math.max(1, this.messages.length);
    const message = this.messages[at];
    if (!message) return;
    if (how !== "repeat") this.messages.splice(at, 1);
    if (how !== "lose") this.#deliver(message);
  }

  /** A piece of a transfer is merged if it is the one that is waited for; then the next one is requested. */
  #deliver(message: Message): void {
    const node = this.nodes[message.to]!;
    if ("fragment" in message) return node.merge(message.fragment);
    const { piece: { fragment, rest }, from, at } = message;
    if (!node.transfers.expects(from, fragment.replica, at)) return;
    const isUsable = node.state.accepts(fragment);
    if (isUsable) node.merge(fragment);
    node.transfers.advance(fragment.replica, isUsable ? rest : null);
    this.#request(message.to);
  }

  /** `node` asks `other` for what it lacks of any replica; the answer is a message like any other. */
  #transfer(node: number, other: number): void {
    if (node === other) return;
    const { state, transfers } = this.nodes[node]!;
    const source = this.nodes[other]!.state;
    for (const missing of state.behind(source.clocks)) transfers.want(missing, source.replica);
    transfers.endPeriod();
    this.#request(node);
  }

  #request(node: number): void {
    const { state, transfers } = this.nodes[node]!;
    for (const { source, ...need } of transfers.next((replica) => state.clockOf(replica))) {
      const asked = this.nodes.find((other) => other.state.replica === source);
      const piece = asked?.state.extract({ ...need, maxBytes: MAX_BYTES });
      if (!piece) transfers.advance(need.replica, null);
      else this.messages.push({ to: node, piece, from: source, at: [need.clock, need.rest?.[0] ?? 0] });
    }
  }

  /** All hear each other again, and ask until nobody is behind. */
  heal(): void {
    for (let index = 0; index < NODES; index++) this.#send(index);
    for (const node of this.nodes) {
      for (const other of this.nodes) if (node !== other) node.apply(node.state.replicaUp(other.state.replica));
    }
    for (const node of this.nodes) for (const { state } of this.nodes) node.transfers.drop(state.replica);
    for (let round = 0; this.#isAnyBehind(); round++) {
      assert(round < 2 * NODES, "there is no end to it");
      for (let index = 0; index < NODES; index++) {
        for (let other = 0; other < NODES; other++) this.#transfer(index, other);
      }
      while (this.messages.length > 0) this.#deliver(this.messages.pop()!);
    }
  }

  #isAnyBehind(): boolean {
    return this.nodes.some(({ state }) => this.nodes.some((other) => state.behind(other.state.clocks).length > 0));
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
    RUNS,
  );
});
