import { assertEquals } from "@std/assert";
import { summaryOf } from "./gate_summary.ts";

const CASES: readonly [output: string, expected: ReturnType<typeof summaryOf>][] = [
  ["ok | 29 passed | 0 failed (219ms)\n", { passed: 29, failed: 0 }],
  ["FAILED | 1 passed | 2 failed (24ms)\n", { passed: 1, failed: 2 }],
  ["ok | 3 passed (12 steps) | 0 failed | 4 ignored (1s)\n", { passed: 3, failed: 0 }],
  ["\x1b[32mok\x1b[0m | 5 passed | 0 failed (1s)\n", { passed: 5, failed: 0 }],
  ["ok | 9 passed | 9 failed\nok | 1 passed | 0 failed (1s)\n", { passed: 1, failed: 0 }],
  ["error: Type checking failed.\n", undefined],
];

for (const [output, expected] of CASES) {
  Deno.test(`summaryOf() reads ${JSON.stringify(output)}`, () => {
    assertEquals(summaryOf(output), expected);
  });
}
