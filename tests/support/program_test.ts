import { assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Program } from "./program.ts";

/** Prints the process id of a program that it leaves behind. */
const LEAVES =
  `deno eval (child=>(child.unref(),console.log(child.pid)))(new(Deno.Command)("sleep",{args:["60"]}).spawn())`;

Deno.test("Program.output() rejects when what the program has started goes on", async () => {
  using time = new FakeTime();
  await using program = new Program(LEAVES);
  const [pid] = await program.prints(/\d+/);
  await program.ended;
  const refused = assertRejects(() => program.output(), Error, "something that it has started still runs");
  time.tick(60_000);
  await refused;
  Deno.kill(Number(pid), "SIGKILL");
});
