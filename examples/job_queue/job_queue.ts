/**
 * A job queue under a supervisor: a few workers, and a queue that makes those wait who bring more than they can do.
 *
 * @module
 */

import {
  child,
  continueWith,
  GenServer,
  Mailbox,
  noreply,
  ok,
  reply,
  type ServerRef,
  Supervisor,
  type SupervisorRef,
} from "@urvogel/realtime";

/** Something to do. */
export interface Job {
  readonly id: number;
  /** Which attempt it is; the first by default. */
  readonly attempt?: number;
}

/** The result of a job. */
export type Outcome =
  | { readonly job: Job; readonly done: unknown }
  | { readonly job: Job; readonly failed: unknown };

/** What a queue needs to know. */
export interface JobQueueOptions {
  /** Does a job, or throws; what it throws ends the worker. */
  readonly work: (job: Job) => Promise<unknown>;
  /** Told of every job, once. */
  readonly report: (outcome: Outcome) => void;
  readonly workers: number;
  /** How many jobs may wait; whoever brings more waits as well. */
  readonly capacity: number;
  /** How often a job is tried. */
  readonly maxAttempts: number;
}

interface WorkerInterface {
  calls: { run(job: Job): unknown };
}

/** What a worker is given: it does not change, so it stands in a field. */
interface WorkerOptions {
  readonly name: string;
  readonly work: JobQueueOptions["work"];
  /** Where it says that it is idle. */
  readonly idle: Mailbox<string>;
}

/** Does one job after the other. Its state is how many it has done. */
class Worker extends GenServer<number, WorkerInterface> {
  #options!: WorkerOptions;

  override init(options: WorkerOptions) {
    this.#options = options;
    return ok(0, continueWith("ready"));
  }
  override handleContinue(done: number) {
    this.#options.idle.post(this.#options.name);
    return noreply(done);
  }
  override handleCall = this.calls({
    run: async (done, job) => reply(await this.#options.work(job), done + 1, continueWith("ready")),
  });
}

/**
 * Hands a job on when a worker is idle. Until then it takes no other, so its mailbox fills up. Its state is how many it
 * has handed on.
 */
export class JobQueue extends GenServer<number, { info: Job }> {
  #options!: JobQueueOptions;
  #idle!: AsyncIterator<string>;

  override init({ options, idle }: { options: JobQueueOptions; idle: Mailbox<string> }) {
    const workers = idle[Symbol.asyncIterator]();
    this.self.signal.addEventListener("abort", () => void workers.return?.()); // the next queue reads it then
    this.#idle = workers;
    this.#options = options;
    return 0;
  }

  override async handleInfo(handedOn: number, job: unknown) {
    const worker = await this.#idleWorker();
    void this.#follow(worker, job as Job); // does not wait for it: other workers may be idle
    return noreply(handedOn + 1);
  }

  async #idleWorker(): Promise<ServerRef<WorkerInterface>> {
    for (;;) {
      const { value: name } = await this.#idle.next();
      const worker = GenServer.whereis(Worker, name);
      if (worker) return worker; // else it failed meanwhile: its successor says so when it is ready
    }
  }

  /** A call fails with the reason of the worker's end, so no job is lost with its worker. */
  async #follow(worker: ServerRef<WorkerInterface>, job: Job): Promise<void> {
    const { report, maxAttempts } = this.#options;
    const { attempt = 1 } = job;
    try {
      report({ job, done: await worker.call("run", job, { timeoutMs: Infinity }) });
    } catch (error) {
      const again = attempt < maxAttempts ? await this.self.deliver({ ...job, attempt: attempt + 1 }) : "closed";
      if (again !== "sent") report({ job, failed: (error as Error).cause });
    }
  }
}

/** Starts the queue, named `jobs`, and its workers. Deliver jobs to `GenServer.whereis(JobQueue, "jobs")`. */
export function startJobQueue(options: JobQueueOptions): Promise<SupervisorRef> {
  const idle = new Mailbox<string>();
  const names = Array.from({ length: options.workers }, (_, nr) => `worker ${nr + 1}`);
  return Supervisor.start([
    child(JobQueue, { options, idle }, { name: "jobs", mailbox: { capacity: options.capacity, overflow: "wait" } }),
    ...names.map((name) => child(Worker, { name, work: options.work, idle }, { name })),
  ], { label: "job queue", maxRestarts: 10 });
}
