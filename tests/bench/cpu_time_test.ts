import { assert, assertEquals, assertThrows } from "@std/assert";
import { CPU_TIME_IS_KNOWN, cpuSeconds, cpuSecondsOf, ownThreadSeconds } from "./cpu_time.ts";

const REST =
  "S 1 4007 1 34816 4007 4194304 5283 0 12 0 1234 566 7 8 20 0 9 0 120843 1318764544 16384 18446744073709551615";

Deno.test.each(["deno", "a b", "(a) 1 2 (b)", ") R 1"])(
  "cpuSecondsOf() adds user and kernel time of a program called %j",
  (name) => assertEquals(cpuSecondsOf(`4007 (${name}) ${REST}`), 18),
);

Deno.test.each(["", "4007 (deno) S 1", "Name:\tdeno"])("cpuSecondsOf() refuses %j", (text) => {
  assertThrows(() => cpuSecondsOf(text), TypeError);
});

Deno.test({
  name: "cpuSeconds() reads the time of a process",
  ignore: !CPU_TIME_IS_KNOWN, // there is no /proc
  fn: async () => assert(await cpuSeconds(Deno.pid) > 0),
});

Deno.test("ownThreadSeconds() grows while something is done", () => {
  const before = ownThreadSeconds();
  assert(before > 0);
  for (let i = 0; ownThreadSeconds() === before; i++) assert(i < 1e7);
});
