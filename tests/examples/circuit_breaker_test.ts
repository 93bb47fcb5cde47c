import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { StateMachine } from "@urvogel/realtime";
import { CircuitBreaker, CircuitOpenError, protect } from "../../examples/circuit_breaker/breaker.ts";
import { commandOf, Program } from "../support/program.ts";

const REST_MS = 100;

function start() {
  return StateMachine.start(CircuitBreaker, { maxFailures: 3, restMs: REST_MS });
}

Deno.test("circuit_breaker opens, rests, tries, and closes again", async () => {
  await using program = new Program(await commandOf("examples/circuit_breaker/README.md"));
  const { code } = await program.ended;
  const { stdout, stderr } = await program.output();
  assertEquals({ code, stderr, stdout: stdout.trimEnd().split("\n") }, {
    code: 0,
    stderr: "",
    stdout: [
      "all is well:",
      "  sunny",
      "  sunny",
      "  the server was asked 2 times",
      "the server breaks:",
      "  circuit: open",
      "  out of order",
      "  out of order",
      "  out of order",
      "  the server was asked 3 times",
      "it is left in peace:",
      "  Cannot ask: the circuit is open",
      "  Cannot ask: the circuit is open",
      "  Cannot ask: the circuit is open",
      "  the server was asked 0 times",
      "later one of three tries it, in vain:",
      "  circuit: halfOpen",
      "  circuit: open",
      "  out of order",
      "  Cannot ask: the circuit is open",
      "  Cannot ask: the circuit is open",
      "  the server was asked 1 times",
      "the server is mended, and again one of three tries it:",
      "  circuit: halfOpen",
      "  circuit: closed",
      "  sunny",
      "  sunny",
      "  sunny",
      "  the server was asked 3 times",
    ],
  });
});

Deno.test("circuit_breaker counts only failures in a row", async () => {
  const breaker = await start();
  for (const how of ["failed", "failed", "succeeded", "failed", "failed"] as const) breaker.cast(how);
  assertEquals(await breaker.call("admit"), true);
  breaker.cast("failed");
  assertEquals(await breaker.call("admit"), false);
  await breaker.stop();
});

Deno.test("circuit_breaker lets another try when the one who tried is never heard of again", async () => {
  using time = new FakeTime();
  const breaker = await start();
  for (let i = 0; i < 3; i++) breaker.cast("failed");
  await assertRejects(() => protect(breaker, () => Promise.resolve("asked")), CircuitOpenError);
  await time.tickAsync(REST_MS);
  assertEquals(await breaker.call("admit"), true);
  const waiting = breaker.call("admit");
  await time.tickAsync(REST_MS);
  assertEquals(await waiting, false);
  await time.tickAsync(REST_MS);
  assertEquals(await protect(breaker, () => Promise.resolve("asked")), "asked");
  assertEquals(await breaker.call("admit"), true);
  await breaker.stop();
});
