import { assertEquals, assertStrictEquals } from "@std/assert";
import { serializerV2 } from "@urvogel/realtime";
import type { ChannelProcess } from "../../lib/channel/channel_process.ts";
import { Membership } from "../../lib/channel/_membership.ts";
import { TopicSlots } from "../../lib/channel/_topic_slots.ts";
import { FakeConnection } from "../support/fake_client.ts";

/** Never looked into. */
const process = {} as ChannelProcess;
const joinOf = (topic: string) => ({ joinRef: "1", ref: "1", topic, event: "phx_join", payload: {} });
const member = (topic: string) => new Membership(topic, { joinRef: "1", ref: "1" }, serializerV2, new FakeConnection());

Deno.test("TopicSlots leads a topic from its join to its end", () => {
  const slots = new TopicSlots();
  const joining = slots.startJoin(joinOf("a"));
  assertStrictEquals(slots.get("a"), joining);
  assertEquals([joining.phase, slots.size], ["joining", 1]);
  const membership = member("a");
  assertEquals(slots.part(membership), false); // it is not in yet
  slots.join(membership, process);
  assertEquals(slots.get("a"), { phase: "joined", membership, process, limits: undefined });
  assertEquals(slots.part(membership), true);
  assertEquals([slots.get("a"), slots.size], [undefined, 0]);
});

Deno.test("TopicSlots.part() leaves the slot to whoever has taken it since", () => {
  const slots = new TopicSlots();
  const [first, second] = [member("a"), member("a")];
  slots.join(first, process);
  slots.join(second, process);
  assertEquals(slots.part(first), false);
  assertEquals(slots.part(second), true);
  assertEquals(slots.part(second), false);
});

Deno.test("TopicSlots.free() ends a join that came to nothing", () => {
  const slots = new TopicSlots();
  slots.startJoin(joinOf("a"));
  slots.free("a");
  assertEquals(slots.size, 0);
});

Deno.test("TopicSlots.get() finds nothing at what is no topic, nor at names of Object.prototype", () => {
  const slots = new TopicSlots();
  slots.startJoin(joinOf("1"));
  for (const topic of [1, ["1"], null, undefined, {}, "__proto__", "constructor", ""]) {
    assertEquals(slots.get(topic), undefined);
  }
});
