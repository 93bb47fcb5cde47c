import { assertEquals } from "@std/assert";
import { GenServer, listProcesses, processInfo } from "@urvogel/realtime";
import { type Job, JobQueue, type Outcome, startJobQueue } from "../../examples/job_queue/job_queue.ts";
import { Crashes } from "../support/crashes.ts";
import { commandOf, Program } from "../support/program.ts";
import { errorText } from "../support/error_text.ts";

Deno.test("job_queue does its jobs, replaces workers that crash, and ends by itself", async () => {
  await using program = new Program(await commandOf("examples/job_queue/README.md"));
  const { code } = await program.ended;
  const { stdout, stderr } = await program.output();
  assertEquals({ code, stdout: stdout.trimEnd().split("\n") }, {
    code: 0,
    stdout: [
      "12 jobs delivered, at most 4 waited",
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => `job ${id}: ${id * id}`),
      "job 9: failed: Cannot square 9: never could",
      ...[10, 11, 12].map((id) => `job ${id}: ${id * id}`),
      "4 of 4 processes are at work",
    ],
  });
  assertEquals(stderr.match(/failed in handleCall "run": Error: Cannot square/g)?.length, 3);
});

/** A queue whose jobs are done when the test says so. */
async function start() {
  const running: { readonly job: Job; finish(): void; fail(): void }[] = [];
  const outcomes: Outcome[] = [];
  const supervisor = await startJobQueue({
    workers: 2,
    capacity: 1,
    maxAttempts: 1,
    report: (outcome) => outcomes.push(outcome),
    work: (job) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      running.push({ job, finish: () => resolve("done"), fail: () => reject(new Error("no")) });
      return promise;
    },
  });
  return { supervisor, running, outcomes };
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("job_queue holds back who delivers more than fits, until a worker is idle", async () => {
  const before = listProcesses().length;
  const { supervisor, running, outcomes } = await start();
  const queue = GenServer.whereis(JobQueue, "jobs")!;
  const delivered: number[] = [];
  const delivering = (async () => {
    for (let id = 1; id <= 6; id++) {
      await queue.deliver({ id });
      delivered.push(id);
    }
  })();
  await settle();
  // Two at work, one in the queue's hand, one in its mailbox; the fifth waits outside.
  assertEquals([running.map(({ job }) => job.id), delivered], [[1, 2], [1, 2, 3, 4]]);
  running[1]!.finish();
  await settle();
  assertEquals([running.map(({ job }) => job.id), delivered], [[1, 2, 3], [1, 2, 3, 4, 5]]);
  for (const nr of [0, 2, 3, 4, 5]) {
    running[nr]!.finish();
    await settle();
  }
  await delivering;
  assertEquals(outcomes.map(({ job }) => job.id), [2, 1, 3, 4, 5, 6]);
  assertEquals(processInfo(queue)!.highWaterMark, 1);
  await supervisor.stop();
  assertEquals(listProcesses().length, before);
});

Deno.test("job_queue goes on when a worker crashes, and when the queue itself does", async () => {
  using crashes = new Crashes();
  const { supervisor, running, outcomes } = await start();
  const queue = GenServer.whereis(JobQueue, "jobs")!;
  await queue.deliver({ id: 1 });
  await settle();
  running[0]!.fail();
  await settle();
  assertEquals(outcomes.map((outcome) => [outcome.job, "failed" in outcome && errorText(outcome.failed)]), [[
    { id: 1 },
    "Error: no",
  ]]);
  assertEquals(crashes.messages, ["no"]);
  queue.exit("kill");
  await supervisor.whichChildren();
  const next = GenServer.whereis(JobQueue, "jobs")!;
  for (const id of [2, 3]) await next.deliver({ id });
  await settle();
  assertEquals(running.map(({ job }) => job.id), [1, 2, 3]);
  for (const { finish } of running) finish();
  await settle();
  assertEquals(outcomes.length, 3);
  await supervisor.stop();
});
