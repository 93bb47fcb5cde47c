import { assertEquals, assertMatch } from "@std/assert";
import { commandOf, Program } from "../support/program.ts";

Deno.test("counter counts, fails, starts anew, and ends by itself", async () => {
  await using program = new Program(await commandOf("examples/counter/README.md"));
  const { code } = await program.ended;
  const { stdout, stderr } = await program.output();
  assertEquals({ code, stdout: stdout.split("\n") }, {
    code: 0,
    stdout: [
      "add 2: 2",
      "add 40: 42",
      "after reset: 0",
      'failed: Cannot call "divide" of counter: it ended (RangeError: Cannot divide: by 0)',
      "still there? false",
      "a new one: 100",
      "",
    ],
  });
  assertMatch(stderr, /RangeError: Cannot divide: by 0/); // the crash report
});
