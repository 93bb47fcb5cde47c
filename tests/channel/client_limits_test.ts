import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { UNLIMITED } from "@urvogel/realtime";
import { ClientLimits } from "../../lib/channel/_client_limits.ts";
import { frameWeight } from "../../lib/limits/frame_weight.ts";
import type { SocketLimits } from "../../lib/limits/limit_set.ts";

const NO_LIMITS: SocketLimits = {
  maxConnectionsPerId: Infinity,
  maxChannelsPerTransport: Infinity,
  maxQueuedMessages: Infinity,
  maxQueuedBytes: Infinity,
  maxTopicBytes: Infinity,
  maxNesting: Infinity,
  messageRate: UNLIMITED,
  byteRate: UNLIMITED,
  joinRate: UNLIMITED,
  refusalRate: UNLIMITED,
};
/** One, and no second one during a test. */
const ONCE = { perSecond: 1e-6, burst: 1 };
const limitsOf = (limits: Partial<SocketLimits>) => new ClientLimits({ ...NO_LIMITS, ...limits });

Deno.test("ClientLimits has nothing against a client without limits", () => {
  const limits = limitsOf({});
  limits.backlog.length = 1e15;
  for (let n = 0; n < 3; n++) {
    assertEquals(limits.mayReceive(1e9), true);
    assertEquals(limits.excessOfSpeed(), undefined);
    assertEquals(limits.excessOfJoin("x".repeat(1e6), 1e6), undefined);
    assertEquals(limits.excessOfQueue(1e6), undefined);
    assertEquals(limits.mayRefuse(), true);
  }
});

const joins: [
  limits: Partial<SocketLimits>,
  fits: [string, number],
  excess: [string, number],
  found: number | undefined,
][] = [
  [{ maxChannelsPerTransport: 2 }, ["a", 1], ["a", 2], undefined],
  [{ maxTopicBytes: 4 }, ["éé", 0], ["ééé", 0], 6],
  [{ maxTopicBytes: 4 }, ["aaaa", 0], ["aaaaa", 0], 5],
];
Deno.test.each(joins)("ClientLimits.excessOfJoin() keeps to %j", (declared, fits, excess, found) => {
  const limits = limitsOf(declared);
  const [limit, max] = Object.entries(declared)[0]!;
  assertEquals(limits.excessOfJoin(...fits), undefined);
  const { reason, ...details } = limits.excessOfJoin(...excess)!;
  assertMatch(reason, /^to/);
  assertEquals({ found, ...details }, { limit, max, found });
  assertEquals(limits.excessOfJoin(excess[0], undefined), undefined); // joined already
});

Deno.test("ClientLimits counts messages, joins, also those of joined topics, and refusals", () => {
  const limits = limitsOf({ messageRate: ONCE, joinRate: ONCE, refusalRate: ONCE });
  assertEquals(limits.excessOfSpeed(), undefined);
  assertEquals(limits.excessOfSpeed()?.limit, "messageRate");
  assertEquals(limits.excessOfJoin("a", undefined), undefined);
  assertEquals(limits.excessOfJoin("a", undefined)?.limit, "joinRate");
  assertEquals([limits.mayRefuse(), limits.mayRefuse(), limits.refusalsPerSecond], [true, false, 1e-6]);
});

Deno.test("ClientLimits.weightOf() looks into a frame only where it could matter", () => {
  const frame = `["1","2","room:a","say",[${Array(100).fill("{}")}]]`;
  const exact = frameWeight(frame, []);
  assert(exact > frame.length * 40);
  const limits = limitsOf({ maxQueuedBytes: 1_000_000 });
  assertEquals(limits.weightOf(frame, []), 256 + 2 * frame.length);
  assert(frame.length * 46 < 1_000_000 / 10);
  limits.backlog.length = 2000;
  assertStrictEquals(limits.weightOf(frame, []), exact);
  assertStrictEquals(limitsOf({ maxQueuedBytes: 100_000 }).weightOf(frame, []), exact);
  assertEquals(limitsOf({}).weightOf(frame, []), 256 + 2 * frame.length); // no limit
});

Deno.test("ClientLimits.excessOfQueue() keeps to the length of a queue, and to what waits in all of them", () => {
  const limits = limitsOf({ maxQueuedMessages: 2, maxQueuedBytes: 100 });
  assertEquals(limits.excessOfQueue(1), undefined);
  assertEquals(limits.excessOfQueue(2)?.limit, "maxQueuedMessages");
  limits.backlog.length = 100;
  const full = { limit: "maxQueuedBytes", max: 100, found: 100, reason: "too many messages waiting" };
  assertEquals([limits.excessOfQueue(0), limits.excessOfJoin("a", 0)], [full, full]);
  assertEquals(limits.excessOfJoin("a", undefined), undefined);
});

Deno.test("ClientLimits.mayReceive() counts bytes, and takes a frame that is larger than the burst once", () => {
  const limits = limitsOf({ byteRate: { perSecond: 1e-6, burst: 100 } });
  assertEquals([60, 39, 50, 1].map((length) => limits.mayReceive(length)), [true, true, true, false]);
  assertEquals(limits.bytesPerSecond, 1e-6);
});
