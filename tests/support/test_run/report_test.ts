import { assertEquals, assertStringIncludes } from "@std/assert";
import { failedFilesOf, failuresOf, outcomeOf, skippedOf, startedFilesOf, summaryOf } from "./report.ts";

const COUNTS: readonly [output: string, expected: ReturnType<typeof summaryOf>][] = [
  ["ok | 29 passed | 0 failed (219ms)\n", { passed: 29, failed: 0, skipped: 0 }],
  ["FAILED | 1 passed | 2 failed (24ms)\n", { passed: 1, failed: 2, skipped: 0 }],
  ["FAILED | 1 passed | 2 failed (1 step) | 1 ignored (24ms)\n", { passed: 1, failed: 2, skipped: 1 }],
  ["ok | 3 passed (12 steps) | 0 failed | 4 ignored (1s)\n", { passed: 3, failed: 0, skipped: 4 }],
  ["\x1b[32mok\x1b[0m | 5 passed | 0 failed (1s)\n", { passed: 5, failed: 0, skipped: 0 }],
  ["ok | 9 passed | 9 failed\nok | 1 passed | 0 failed (1s)\n", { passed: 1, failed: 0, skipped: 0 }],
  ["error: Type checking failed.\n", undefined],
];

for (const [output, expected] of COUNTS) {
  Deno.test(`summaryOf() reads ${JSON.stringify(output)}`, () => {
    assertEquals(summaryOf(output), expected);
  });
}

/** What `deno test` of 2.9.6 printed for a test with a broken step, a module that throws, and a late throw. */
const OUTPUT = `Browser tests are skipped: there is none of chromium in /usr/bin
\x1b[0m\x1b[38;5;245mrunning 3 tests from ./x_test.ts\x1b[0m
Browser tests are skipped: there is none of chromium in /usr/bin
a ... \x1b[0m\x1b[32mok\x1b[0m \x1b[0m\x1b[38;5;245m(427µs)\x1b[0m
b <x> ...
  s ... \x1b[0m\x1b[31mFAILED\x1b[0m \x1b[0m\x1b[38;5;245m(1ms)\x1b[0m
b <x> ... \x1b[0m\x1b[31mFAILED\x1b[0m (due to 1 failed step) \x1b[0m\x1b[38;5;245m(17ms)\x1b[0m
c ... \x1b[0m\x1b[33mignored\x1b[0m \x1b[0m\x1b[38;5;245m(0ms)\x1b[0m
Uncaught error from ./y_test.ts \x1b[0m\x1b[31mFAILED\x1b[0m
running 1 test from ./w_test.ts
fine ... ok (1ms)
running 3 tests from ./z_test.ts
unc ...
Uncaught error from ./z_test.ts FAILED
unc ... cancelled (0ms)

 ERRORS 

b <x> ... s => ./x_test.ts:2:43
error: Error: x

 FAILURES 

b <x> ... s => ./x_test.ts:2:43

FAILED | 2 passed | 5 failed (1 step) | 1 ignored (827ms)
`;

Deno.test("failedFilesOf() lists files with broken tests, steps and modules, each once", () => {
  assertEquals(failedFilesOf(OUTPUT), ["./x_test.ts", "./y_test.ts", "./z_test.ts"]);
});

Deno.test("startedFilesOf() lists files in the order in which they began", () => {
  assertEquals(startedFilesOf(OUTPUT), ["./x_test.ts", "./w_test.ts", "./z_test.ts"]);
});

Deno.test("failuresOf() returns the errors with what follows them, and nothing if all passed", () => {
  assertStringIncludes(failuresOf(OUTPUT), "error: Error: x");
  assertEquals(failuresOf(OUTPUT).startsWith("ERRORS"), true);
  assertEquals(failuresOf("ok | 1 passed | 0 failed (1s)\n"), "");
});

Deno.test("skippedOf() lists each reason once", () => {
  assertEquals(skippedOf(OUTPUT), ["Browser tests are skipped: there is none of chromium in /usr/bin"]);
});

const FILES = ["tests/a_test.ts", "tests/b_test.ts", "tests/c_test.ts"];

Deno.test("outcomeOf() has nothing to run again when all passed", () => {
  const stdout = "ok | 2 passed | 0 failed | 1 ignored (1s)\n";
  const outcome = outcomeOf({ files: FILES, stdout, stderr: "noise", success: true });
  assertEquals(outcome, { passed: 2, failed: 0, skipped: 1, again: [], output: `${stdout}\n` });
});

Deno.test("outcomeOf() runs again what failed, and all files of a run that failed without naming one", () => {
  const failed = outcomeOf({ files: FILES, stdout: OUTPUT, stderr: "why", success: false });
  assertEquals([failed.failed, failed.again], [5, ["./x_test.ts", "./y_test.ts", "./z_test.ts"]]);
  assertStringIncludes(failed.output, "why");
  const nameless = outcomeOf({ files: FILES, stdout: "ok | 3 passed | 0 failed (1s)\n", stderr: "", success: false });
  assertEquals([nameless.failed, nameless.again], [1, FILES]);
});

Deno.test("outcomeOf() runs again what failed before a run broke off, and what it had not ended", () => {
  const stdout = "running 1 test from ./tests/a_test.ts\na ... FAILED (1ms)\n" +
    "running 1 test from ./tests/b_test.ts\nb ... ok (1ms)\nrunning 1 test from ./tests/c_test.ts\n";
  const outcome = outcomeOf({ files: FILES, stdout, stderr: "killed", success: false });
  assertEquals([outcome.failed, outcome.again], [1, ["./tests/a_test.ts", "tests/c_test.ts"]]);
  assertStringIncludes(failuresOf(outcome.output), "killed");
});
