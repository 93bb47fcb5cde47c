import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { MemoryHistory } from "../../lib/history/memory_engine.ts";
import { formatPosition, type Position } from "../../lib/history/position.ts";
import { readRetention, type Retention } from "../../lib/history/retention.ts";
import { readSince, type Since } from "../../lib/history/since.ts";
import type { Admission } from "../../lib/history/admission.ts";
import { TopicHub } from "../../lib/history/_topic_hub.ts";
import { UnreliableEngine } from "../support/unreliable_engine.ts";
import type { HistoryEngine, Stored } from "../../lib/history/engine.ts";

/** Lets all promises that can settle do so. */
async function turn(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** A member of a topic, which checks every message that it gets. */
class Member {
  readonly got: string[] = [];
  at: Position | undefined;
  told = 0;
  isIn = false;

  enter({ recovered, position, missed }: Admission, asked: Since): void {
    this.isIn = true;
    if (recovered === true && asked.kind === "position") assertEquals(position, asked.position);
    if (recovered === false) this.told++;
    this.at = position;
    for (const message of missed) this.receive(message);
  }

  receive({ epoch, offset, payload }: Stored): void {
    assertEquals({ epoch, offset }, { epoch: this.at!.epoch, offset: this.at!.offset + 1 }, "a gap, or twice");
    assertEquals(payload, { text: `${epoch}:${offset}` });
    this.at = { epoch, offset };
    this.got.push(formatPosition(this.at));
  }

  reset(position: Position): void {
    this.told++;
    this.at = position;
  }
}

/** One node with its hub and members. */
class Node {
  readonly members = new Set<Member>();
  readonly hub: TopicHub;

  constructor(engine: HistoryEngine, keep: Retention) {
    this.hub = new TopicHub("room", {
      engine,
      keep,
      nowMs: () => Date.now(),
      retry: () => Promise.resolve(true),
      output: {
        deliver: (message) => this.members.forEach((member) => member.receive(message)),
        reset: (position) => this.members.forEach((member) => member.reset(position)),
        repaired: () => {},
      },
    });
  }

  join(member: Member, since: Since): void {
    void this.hub.admit(since, (admission) => {
      member.enter(admission, since);
      this.members.add(member);
    });
  }
}

type Step =
  | {
    readonly do:
      | "publish"
      | "restart"
      | "answer"
      | "fail"
      | "reconnect"
      | "announce"
      | "lose"
      | "repeat"
      | "late"
      | "behind";
  }
  | { readonly do: "join" | "leave"; readonly member: number; readonly node: number };

const NODES = 2;
const MEMBERS = 4;

function steps(...kinds: Step["do"][]): fc.Arbitrary<Step[]> {
  const step = fc.record({
    do: fc.constantFrom(...kinds),
    member: fc.nat({ max: MEMBERS - 1 }),
    node: fc.nat({ max: NODES - 1 }),
  }) as fc.Arbitrary<Step>;
  return fc.array(step, { minLength: 10, maxLength: 150, size: "max" });
}

/** Runs a schedule, ends all faults, and returns the members for further checks. */
async function run(
  schedule: readonly Step[],
  keep: Retention,
): Promise<{ members: Member[]; engine: UnreliableEngine }> {
  const engine = new UnreliableEngine(keep);
  const nodes = Array.from({ length: NODES }, () => new Node(engine.connect(), keep));
  const members = Array.from({ length: MEMBERS }, () => new Member());
  const home = new Map<Member, Node>();
  for (const { hub } of nodes) void hub.start();
  for (const step of schedule) {
    switch (step.do) {
      case "join": {
        const member = members[step.member]!;
        if (home.has(member)) break;
        home.set(member, nodes[step.node]!);
        nodes[step.node]!.join(member, readSince(member.at && formatPosition(member.at)));
        break;
      }
      case "leave": {
        const member = members[step.member]!;
        if (!member.isIn) break; // it has not been let in
        home.get(member)!.members.delete(member);
        home.delete(member);
        member.isIn = false;
        break;
      }
      default:
        engine[step.do]();
    }
    await turn();
  }
  await engine.heal(turn);
  for (const { hub } of nodes) void hub.repair();
  await engine.heal(turn);
  for (const { hub } of nodes) assertEquals(hub.position, engine.top);
  for (const [member] of home) {
    assert(member.isIn, "a member was never let in");
    assertEquals(member.at, engine.top);
  }
  return { members, engine };
}

Deno.test("TopicHub lets nothing be missed or come twice, whatever the bus loses, repeats and delays", async () => {
  const schedule = steps(
    "publish",
    "answer",
    "fail",
    "reconnect",
    "announce",
    "lose",
    "repeat",
    "late",
    "join",
    "leave",
  );
  await fc.assert(
    fc.asyncProperty(schedule, async (schedule) => {
      const { members } = await run(schedule, readRetention({}));
      for (const member of members) assertEquals(member.told, 0, "told of a loss although all was kept");
    }),
    { numRuns: 3000 },
  );
});

Deno.test("TopicHub tells members what cannot be had, when too little is kept or the engine comes back empty", async () => {
  const kinds = [
    "publish",
    "publish",
    "answer",
    "announce",
    "lose",
    "late",
    "restart",
    "reconnect",
    "join",
    "leave",
  ] as const;
  await fc.assert(
    fc.asyncProperty(steps(...kinds), async (schedule) => {
      await run(schedule, readRetention({ maxMessages: 2 }));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("TopicHub with an engine in this thread does everything within the turn", () => {
  const engine = new MemoryHistory();
  const keep = readRetention({ maxMessages: 3 });
  const { hub, members } = new Node(engine, keep);
  void hub.start();
  const publish = () => {
    const { epoch, offset } = hub.position!;
    engine.publish("room", { event: "said", payload: { text: `${epoch}:${offset + 1}` } }, keep);
  };
  const member = new Member();
  void hub.admit(readSince(undefined), (admission) => {
    assertEquals([admission.recovered, admission.position.offset], [null, 0]);
    member.enter(admission, readSince(undefined));
    members.add(member);
  });
  publish();
  publish();
  assertEquals(member.got.length, 2);
  const since = readSince(formatPosition(member.at!));
  for (let i = 0; i < 3; i++) publish();
  const back: Admission[] = [];
  void hub.admit(since, (admission) => back.push(admission));
  assertEquals(back.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 3]]);
  publish();
  void hub.admit(since, (admission) => back.push(admission));
  assertEquals([back[1]!.recovered, back[1]!.position, back[1]!.missed], [false, hub.position!, []]);
});

Deno.test("TopicHub.admit() gives a newcomer the last messages", () => {
  const engine = new MemoryHistory();
  const keep = readRetention({});
  const { hub } = new Node(engine, keep);
  for (let i = 0; i < 5; i++) engine.publish("room", { event: "said", payload: { i } }, keep);
  void hub.start();
  for (const [asked, payloads] of [["last:2", [3, 4]], ["last:0", []], ["last:99", [0, 1, 2, 3, 4]]] as const) {
    void hub.admit(readSince(asked), ({ recovered, position, missed }) => {
      assertEquals(recovered, true);
      assertEquals(missed.map(({ payload }) => (payload as { i: number }).i), [...payloads]);
      assertEquals(position.offset, 5 - payloads.length);
    });
  }
});

Deno.test("TopicHub.admit() does not take a client's word for a position that never was", () => {
  const engine = new MemoryHistory();
  const keep = readRetention({});
  const { hub } = new Node(engine, keep);
  void hub.start();
  engine.publish("room", { event: "said", payload: {} }, keep);
  for (const since of [`${hub.position!.epoch}:7`, "other:1", "nonsense", "1", "last:x"]) {
    let admission: Admission | undefined;
    void hub.admit(readSince(since), (given) => void (admission = given));
    assertEquals([admission?.recovered, admission?.position], [false, hub.position!]);
  }
});

Deno.test("TopicHub.admit() reads once for all who come while the read is under way", async () => {
  const keep = readRetention({});
  const engine = new UnreliableEngine(keep);
  const { hub } = new Node(engine.connect(), keep);
  void hub.start();
  await engine.heal(turn);
  const start = formatPosition(engine.top);
  for (let i = 0; i < 200; i++) engine.publish(); // more than the tail holds
  await engine.heal(turn);
  const before = engine.reads;
  let isIn = 0;
  for (let i = 0; i < 50; i++) {
    void hub.admit(readSince(start), ({ missed, recovered }) => {
      assertEquals([recovered, missed.length], [false, 0]); // of 200, 100 are kept
      isIn++;
    });
  }
  await engine.heal(turn);
  assertEquals([isIn, engine.reads - before], [50, 1]);
});

Deno.test("TopicHub.stop() lets nobody in any more", async () => {
  const keep = readRetention({});
  const engine = new UnreliableEngine(keep);
  const { hub } = new Node(engine.connect(), keep);
  void hub.start();
  void hub.admit(readSince(undefined), () => assertNotEquals(1, 1, "let in after the stop"));
  hub.stop();
  await engine.heal(turn);
});

Deno.test("TopicHub.stop() during a repair leaves no error that nobody handles", async () => {
  const engine = new UnreliableEngine(readRetention({}));
  const { hub } = new Node(engine.connect(), readRetention({}));
  void hub.start();
  await turn();
  engine.answer();
  await turn();
  engine.publish();
  engine.publish();
  engine.lose();
  engine.announce();
  await turn();
  assertEquals(engine.reads, 2); // the second one repairs
  hub.stop();
  engine.fail(); // an error that nobody handles would fail this test
  await turn();
  assertEquals(hub.position?.offset, 0);
});
