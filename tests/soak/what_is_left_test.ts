import { assertEquals } from "@std/assert";
import type { Census } from "./census.ts";
import { whatIsLeft } from "./what_is_left.ts";

const ALONE: Census = {
  rssBytes: 100_000_000,
  heapBytes: 10_000_000,
  connections: 6,
  processes: 12,
  topics: 1,
  timers: 4,
  descriptors: 30,
  lostHandshakes: 0,
  crashes: 0,
  malformed: 0,
  faults: [],
};
const judge = (change: Partial<Census>) =>
  whatIsLeft({ alone: ALONE, before: ALONE, after: { ...ALONE, ...change }, pollers: 2 });

Deno.test("whatIsLeft() finds nothing where nothing is left", () => {
  assertEquals(judge({}), []);
  assertEquals(judge({ timers: 6, descriptors: 46 }), []); // polls that wait
  assertEquals(judge({ heapBytes: 11_900_000, rssBytes: 149_000_000 }), []);
});

Deno.test("whatIsLeft() names what is left", () => {
  assertEquals(judge({ connections: 7, processes: 13, timers: 7 }), [
    "7 connections are left where 6 were",
    "13 processes are left where 12 were",
    "7 timers are left where 4 were",
  ]);
  assertEquals(judge({ heapBytes: 12_100_000, rssBytes: 151_000_000 }), [
    "heapBytes grew to 1.21 of the base line",
    "rssBytes grew to 1.51 of the base line",
  ]);
});

Deno.test("whatIsLeft() takes off what Deno keeps of handshakes whose client had gone", () => {
  const lost = { lostHandshakes: 1000, descriptors: 1030, heapBytes: 16_000_000, rssBytes: 122_000_000 };
  assertEquals(judge(lost), []);
  assertEquals(judge({ ...lost, descriptors: 1050 }), [
    "50 descriptors are left where 30 were, beside 1000 that Deno has lost",
  ]);
});
