/**
 * What OTP's supervisors do, without processes: the states of a tree, one event after the other.
 *
 * Written from OTP's documentation, apart from the code that it judges.
 *
 * @module
 */

import type { Restart, Strategy } from "@urvogel/realtime";

/** A child of the tree, by what it was made of. */
export interface ModelSpec {
  readonly id: string;
  readonly restart: Restart;
  /** Only a supervisor has these. */
  readonly supervisor?: {
    readonly strategy: Strategy;
    readonly maxRestarts: number;
    readonly children: readonly ModelSpec[];
  };
}

/** Where a child stands; what it looks like from outside. */
export interface Snapshot {
  readonly id: string;
  readonly status: string;
  readonly children: readonly Snapshot[];
}

const MAX_MS = 5000;

/** What is the same for the whole tree. */
export interface World {
  now: number;
  /** How often each leaf has started. */
  readonly starts: Record<string, number>;
  /** How often each leaf fails to start from now on. */
  readonly failures: Record<string, number>;
}

/** A child, as its supervisor sees it. */
export class ModelChild {
  readonly spec: ModelSpec;
  readonly #world: World;
  status: "running" | "restarting" | "stopped" = "stopped";
  /** What runs, if it is a supervisor. */
  supervisor: ModelSupervisor | undefined;
  /** Tells one process of this child from the next. */
  life = 0;

  constructor(spec: ModelSpec, world: World) {
    this.spec = spec;
    this.#world = world;
  }

  /** Starts it, with all that is below it. */
  start(): boolean {
    const { id, supervisor } = this.spec;
    if (supervisor) {
      const made = new ModelSupervisor(this.spec, this.#world);
      if (!made.startAll(made.children)) this.supervisor = made;
      else return false;
    } else if (this.#world.failures[id]) {
      this.#world.failures[id]--;
      return false;
    } else {
      this.#world.starts[id] = (this.#world.starts[id] ?? 0) + 1;
    }
    this.status = "running";
    this.life++;
    return true;
  }

  /** Ends it, with all that is below it. */
  stop(): void {
    this.status = "stopped";
    this.supervisor = undefined;
  }

  get snapshot(): Snapshot {
    const children = this.supervisor?.children.map(({ snapshot }) => snapshot) ?? [];
    return { id: this.spec.id, status: this.status, children };
  }
}

/** A message to a supervisor. */
type Event = { readonly child: ModelChild; readonly life: number; readonly failed: boolean } | {
  readonly again: ModelChild;
};

/** A supervisor that runs. */
export class ModelSupervisor {
  readonly children: ModelChild[];
  readonly #spec: ModelSpec;
  readonly #world: World;
  #restarts: number[] = [];

  constructor(spec: ModelSpec, world: World) {
    this.#spec = spec;
    this.#world = world;
    this.children = spec.supervisor!.children.map((child) => new ModelChild(child, world));
  }

  /** Starts children until one fails, and answers that one. */
  startAll(children: readonly ModelChild[]): ModelChild | undefined {
    return children.find((child) => !child.start());
  }

  /** Deals with the ends of children. Answers whether it goes on. */
  ended(events: readonly { readonly child: ModelChild; readonly failed: boolean }[]): boolean {
    const queue: Event[] = events.map(({ child, failed }) => ({ child, failed, life: child.life }));
    for (let event = queue.shift(); event; event = queue.shift()) {
      const child = "again" in event ? event.again : event.child;
      if ("again" in event) {
        if (child.status !== "restarting") continue;
      } else {
        if (child.status !== "running" || child.life !== event.life) continue;
        const { restart } = child.spec;
        child.stop();
        if (restart === "temporary") this.forget(child);
        if (restart === "temporary" || (restart === "transient" && !event.failed)) continue;
      }
      const { now } = this.#world;
      this.#restarts = [...this.#restarts, now].filter((then) => then >= now - MAX_MS);
      if (this.#restarts.length > this.#spec.supervisor!.maxRestarts) return false;
      const failed = this.#restart(child);
      if (failed) {
        failed.status = "restarting";
        queue.push({ again: failed });
      }
    }
    return true;
  }

  #restart(child: ModelChild): ModelChild | undefined {
    const { strategy } = this.#spec.supervisor!;
    if (strategy === "oneForOne") return this.startAll([child]);
    const from = strategy === "oneForAll" ? 0 : this.children.indexOf(child);
    for (const other of this.children.slice(from)) {
      other.stop();
      if (other.spec.restart === "temporary") this.forget(other);
    }
    return this.startAll(this.children.slice(from));
  }

  forget(child: ModelChild): void {
    this.children.splice(this.children.indexOf(child), 1);
  }

  terminate(child: ModelChild): void {
    child.stop();
    if (child.spec.restart === "temporary") this.forget(child);
  }
}
