/**
 * Three nodes with one engine, and people who talk, in a room with history too, while things go wrong.
 *
 * What must hold is said once, in `journal.ts` and in {@linkcode Chaos.run}. All choices come from a seed. The moments
 * at which processes run do not: a seed that found a fault finds it again in most runs, not in all.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Random } from "../../soak/random.ts";
import type { EngineName } from "../../support/engines/binaries.ts";
import type { EngineProcess } from "../../support/engines/engine_process.ts";
import { startEngine } from "../../support/engines/start.ts";
import { CLIENT_VERSIONS } from "../../support/phoenix_client.ts";
import { until } from "../../support/until.ts";
import { describeFault, type Fault } from "./faults.ts";
import { KeptRoom } from "./kept_room.ts";
import { type Breakage, DELIVERY_MS, disorder, falseAcks, losses, promised } from "./journal.ts";
import { DOWN_MS, NodeProgram, type People, PERIOD_MS } from "./node_program.ts";
import { Person, ROOM } from "./person.ts";

const NODES = 3;
const SPEAKERS = 6;
const LISTENERS = 3;
/** Within how many periods all nodes list the same people, once all are connected. */
const CONVERGENCE_PERIODS = 5;
/** Within how many periods the people of a killed node are gone: twice the time that it may be silent. */
const GHOST_PERIODS = 2 * DOWN_MS / PERIOD_MS;

/** A run of chaos. Dispose of it with `await using`. */
export class Chaos implements AsyncDisposable {
  /** What was done, and how long it took until all was well again. */
  readonly log: string[] = [];
  readonly #engine: EngineProcess;
  readonly #random: Random;
  readonly #alive: NodeProgram[] = [];
  readonly #dead: NodeProgram[] = [];
  readonly #people: Person[] = [];
  readonly #breakages: Breakage[] = [];
  readonly #faults: string[] = [];
  readonly #resources: AsyncDisposableStack;
  readonly #engineName: EngineName;
  #keptRoom: KeptRoom | undefined;

  /** Starts an engine, three nodes and nine people. */
  static async start(engine: EngineName, seed: number): Promise<Chaos> {
    await using resources = new AsyncDisposableStack();
    const process = resources.use(await startEngine(engine));
    const chaos = new Chaos(engine, process, new Random(seed), resources.move());
    try {
      await Promise.all(Array.from({ length: NODES }, () => chaos.#startNode()));
      await chaos.#startPeople(seed);
      await chaos.#startKeptRoom(seed);
      await chaos.#converge("the start", CONVERGENCE_PERIODS);
      return chaos;
    } catch (error) {
      await chaos[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(name: EngineName, engine: EngineProcess, random: Random, resources: AsyncDisposableStack) {
    this.#engineName = name;
    this.#engine = engine;
    this.#random = random;
    this.#resources = resources;
  }

  /** Does `faults` one after the other, and waits until all is well after each. */
  async run(faults: Iterable<Fault>): Promise<void> {
    for (const fault of faults) {
      await delay(1.5 * DELIVERY_MS); // a time in which nothing is broken, and all must arrive
      const startMs = performance.now();
      await this.#inflict(fault);
      this.log.push(`${describeFault(fault)}: ${Math.round(performance.now() - startMs)} ms`);
    }
    await delay(1.5 * DELIVERY_MS);
  }

  /** Ends the talk. Returns what must not have happened, and the number of deliveries that had to. */
  async finish(): Promise<{ faults: string[]; promised: number }> {
    await Promise.all(this.#people.map((person) => person.fallSilent()));
    await delay(DELIVERY_MS); // the last ones arrive
    const diaries = this.#people;
    const { faults, ...kept } = await this.#keptRoom!.finish();
    this.log.push(`in the room with history: ${JSON.stringify(kept)}`);
    return {
      faults: [
        ...this.#faults,
        ...faults,
        ...disorder(diaries),
        ...losses(diaries, this.#breakages),
        ...falseAcks(diaries, [...this.#alive, ...this.#dead].flatMap(outagesOf)),
      ],
      promised: promised(diaries, this.#breakages),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#people.map((person) => person[Symbol.asyncDispose]()));
    await this.#resources.disposeAsync();
  }

  async #startNode(): Promise<void> {
    const node = this.#resources.use(await NodeProgram.start(this.#engine.url));
    this.#alive.push(node);
  }

  async #startPeople(seed: number): Promise<void> {
    for (let index = 0; index < SPEAKERS + LISTENERS; index++) {
      const person = await Person.start({
        name: `${index < SPEAKERS ? "speaker" : "listener"}${index}`,
        client: CLIENT_VERSIONS[index % CLIENT_VERSIONS.length]!,
        balancer: { pick: () => this.#randomNode().port },
        random: new Random(seed + index),
        speaks: index < SPEAKERS,
      });
      this.#people.push(person);
    }
  }

  /** Its choices are its own: with a seed, the others remain what they are without it. */
  async #startKeptRoom(seed: number): Promise<void> {
    const random = new Random(seed);
    const balancer = { pick: () => random.pick(this.#alive as [NodeProgram]).port };
    const room = await KeptRoom.start({ engine: this.#engineName, bus: this.#engine.url, balancer });
    this.#keptRoom = this.#resources.use(room);
  }

  #randomNode(): NodeProgram {
    return this.#alive[this.#random.between(0, this.#alive.length - 1)]!;
  }

  async #inflict(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "node killed":
        await this.#killNode();
        await this.#converge("a node was killed", GHOST_PERIODS);
        return await this.#replaceNode();
      case "engine killed":
        return this.#checkNobodyFlapped(
          describeFault(fault),
          await this.#withoutEngine(describeFault(fault), () => this.#engine.kill(), async () => {
            await delay(fault.forMs);
            await this.#restartEngine(fault.isEmpty);
          }),
        );
      case "engine stopped":
        await this.#withoutEngine(describeFault(fault), () => this.#engine.pause(), async () => {
          await delay(fault.forMs);
          this.#engine.resume();
        });
        return;
      case "engine and node killed":
        await this.#withoutEngine(describeFault(fault), () => this.#engine.kill(), async () => {
          await this.#killNode();
          await delay(fault.forMs);
          await this.#restartEngine(false);
        }, GHOST_PERIODS);
        return await this.#replaceNode();
      case "clients dropped":
        this.#keptRoom!.drop();
        for (let left = fault.count; left > 0; left--) this.#random.pick(this.#people as [Person]).drop();
        return await this.#converge("clients were dropped", CONVERGENCE_PERIODS);
    }
  }

  async #restartEngine(isEmpty: boolean): Promise<void> {
    this.#keptRoom!.noteRestart(isEmpty);
    await this.#engine.restart({ empty: isEmpty });
  }

  async #killNode(): Promise<void> {
    const node = this.#randomNode();
    this.#alive.splice(this.#alive.indexOf(node), 1);
    this.#dead.push(node);
    this.#breakages.push({ node: node.port, fromMs: Date.now(), toMs: Infinity });
    await node.kill();
  }

  async #replaceNode(): Promise<void> {
    await this.#startNode();
    await this.#converge("a node was started", CONVERGENCE_PERIODS);
  }

  /** Takes the engine away and brings it back. Returns when it was taken. */
  async #withoutEngine(
    what: string,
    take: () => void | Promise<void>,
    bringBack: () => Promise<void>,
    periods = CONVERGENCE_PERIODS,
  ): Promise<number> {
    const fromMs = Date.now();
    const before = new Map(this.#alive.map((node) => [node, node.busChanges.length]));
    const breakages = this.#alive.map(({ port }): Breakage => ({ node: port, fromMs, toMs: Infinity }));
    this.#breakages.push(...breakages);
    await take();
    await bringBack();
    for (const node of this.#alive) {
      await until(
        () => node.busChanges.length > before.get(node)! && node.isBusUp,
        `${what}: all noticed, and are back`,
      );
    }
    for (const breakage of breakages) {
      if (this.#alive.some(({ port }) => port === breakage.node)) breakage.toMs = Date.now();
    }
    await this.#converge(what, periods);
    return fromMs;
  }

  /**
   * While its bus is down, no node may show that people have left who have not. An engine that has stopped is noticed
   * later than `DOWN_MS`, which is short here, so for that it does not hold.
   */
  #checkNobodyFlapped(what: string, sinceMs: number): void {
    const stayed = this.#people.filter(({ stays, isIn }) => isIn && stays.at(-1)!.fromMs < sinceMs);
    for (const { name, seenLeaving } of stayed) {
      for (const { name: other, atMs } of seenLeaving) {
        if (atMs < sinceMs || !stayed.some(({ name }) => name === other)) continue;
        this.#faults.push(`${what}: ${name} saw ${other} leave, who had not left`);
      }
    }
  }

  /** Waits until all people are in, and then so many periods at most until all nodes, and all people, see just them. */
  async #converge(after: string, periods: number): Promise<void> {
    const away = () => this.#people.filter((person) => !this.#isHere(person)).map(({ name }) => name).join(", ");
    await until(() => away() === "", () => `${after}: ${away()} came back`);
    let found = "";
    for (let period = 0; period <= periods; period++) {
      found = await this.#differences();
      if (found === "") return;
      await delay(PERIOD_MS); // periods in which this program ran: a busy machine makes all of them longer
    }
    throw new Error(`Cannot go on: ${periods} periods after ${after}, ${found}`);
  }

  /** Whether somebody is in the room by a node that is alive: clients notice a moment later that theirs is not. */
  #isHere({ isIn, stays }: Person): boolean {
    return isIn && this.#alive.some(({ port }) => port === stays.at(-1)?.node);
  }

  /** What is wrong in the lists of nodes and people; "" if nothing is. */
  async #differences(): Promise<string> {
    const truth = describePeople(new Map(this.#people.map(({ name }) => [name, 1])));
    const lists = await Promise.all(this.#alive.map(async (node) => {
      return { who: `node ${node.port}`, list: describePeople(await node.people(ROOM)) };
    }));
    for (const person of this.#people) lists.push({ who: person.name, list: describePeople(person.sees) });
    return lists.filter(({ list }) => list !== truth).map(({ who, list }) => `${who} sees ${list}`).join("; ");
  }
}

/** The outages that a node reported. */
function outagesOf(node: NodeProgram): Breakage[] {
  const changes = node.busChanges;
  return changes.flatMap(({ status, atMs }, index) => {
    return status === "down" ? [{ node: node.port, fromMs: atMs, toMs: changes[index + 1]?.atMs ?? Infinity }] : [];
  });
}

function describePeople(people: People): string {
  return [...people].map(([name, count]) => `${name}x${count}`).sort().join(" ");
}
