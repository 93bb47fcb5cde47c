/**
 * A supervised job queue with back-pressure: twelve jobs for three workers, two of which will have to be replaced.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { GenServer, Mailbox, processInfo } from "@urvogel/realtime";
import { JobQueue, type Outcome, startJobQueue } from "./job_queue.ts";

const JOBS = 12;
const outcomes = new Mailbox<Outcome>();

await using supervisor = await startJobQueue({
  workers: 3,
  capacity: 4,
  maxAttempts: 2,
  report: (outcome) => outcomes.post(outcome),
  work: async ({ id, attempt = 1 }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (id === 5 && attempt === 1) throw new Error("Cannot square 5: bad luck");
    if (id === 9) throw new Error("Cannot square 9: never could");
    return id * id;
  },
});

// Whoever brings jobs faster than they are done is held back, here, instead of filling the memory.
const queue = GenServer.whereis(JobQueue, "jobs")!;
for (let id = 1; id <= JOBS; id++) await queue.deliver({ id });
console.log(`${JOBS} jobs delivered, at most ${processInfo(queue)?.highWaterMark} waited`);

const all: Outcome[] = [];
for await (const outcome of outcomes) if (all.push(outcome) === JOBS) break;

for (const outcome of all.sort((a, b) => a.job.id - b.job.id)) {
  const result = "done" in outcome ? outcome.done : `failed: ${(outcome.failed as Error).message}`;
  console.log(`job ${outcome.job.id}: ${result}`);
}

const { active, workers } = await supervisor.countChildren();
console.log(`${active} of ${workers} processes are at work`); // the queue, and all workers, though some failed
