/**
 * What must not compile, and what must, of tasks. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import {
  type Pid,
  type Self,
  spawn,
  Task,
  type TaskReply,
  type TaskResult,
  type TaskSupervisor,
} from "@urvogel/realtime";

/** Never run. */
export async function tasks(owner: Self<unknown>): Promise<void> {
  const task = Task.async((signal) => fetch("https://example.com", { signal }), { link: owner });
  const response: Response = await task.await();
  const sync: number = await Task.async(() => 1).await({ timeoutMs: 10 });
  const result: TaskResult<number> | undefined = await Task.async(() => 1).yield();
  // @ts-expect-error: there may be no result yet
  result.ok;
  // @ts-expect-error: there is a value only if it is ok
  result?.value;
  if (result?.ok) result.value.toFixed();
  // @ts-expect-error: there is a reason only if it is not
  if (result?.ok) result.reason;
  // @ts-expect-error: a task is not a promise; a process would be lost
  const lost: Response = await task;
  // @ts-expect-error: only processes can be linked to
  Task.async(() => 1, { link: "owner" });
  // @ts-expect-error: times are numbers
  await task.await({ timeoutMs: "10" });
  // @ts-expect-error: there may be no process
  task.pid.exit("kill");
  return void [response, sync, lost];
}

/** Never run. */
export async function many(): Promise<void> {
  const [n, text]: [number, string] = await Task.awaitMany([Task.async(() => 1), Task.async(() => "a")]);
  for (const { result } of await Task.yieldMany([Task.async(() => 1)], { onTimeout: "killTask" })) {
    if (result?.ok) result.value.toFixed();
  }
  // @ts-expect-error: the second is a string
  const [one, two]: [number, number] = await Task.awaitMany([Task.async(() => 1), Task.async(() => "a")]);
  // @ts-expect-error: no such way
  await Task.yieldMany([Task.async(() => 1)], { onTimeout: "exit" });
  return void [n, text, one, two];
}

/** Never run. */
export async function streams(): Promise<void> {
  for await (const result of Task.asyncStream(["a", "b"], (text, signal) => signal.aborted ? 0 : text.length)) {
    if (result.ok) result.value.toFixed();
    else result.input.toUpperCase();
    // @ts-expect-error: there is a value only if it is ok
    result.value;
  }
  // @ts-expect-error: the items are strings
  Task.asyncStream(["a"], (n: number) => n);
  // @ts-expect-error: no such way
  Task.asyncStream(["a"], (text) => text, { onTimeout: "nothing" });
  // @ts-expect-error: nothing to iterate
  Task.asyncStream(7, (n) => n);
}

/** Never run. */
export function replies(strings: Pid<string>): void {
  const receiver = spawn<TaskReply<number>>(async (mailbox) => {
    for await (const { result } of mailbox) if (result.ok) result.value.toFixed();
  });
  Task.async(() => 1, { replyTo: receiver });
  // @ts-expect-error: it takes the results of tasks with numbers
  Task.async(() => "a", { replyTo: receiver });
  // @ts-expect-error: it takes strings
  Task.async(() => 1, { replyTo: strings });
}

/** Never run. */
export async function supervised(supervisor: TaskSupervisor, owner: Pid<never>): Promise<void> {
  const n: number = await supervisor.asyncNolink(() => 1).await();
  supervisor.async(() => 1, { link: owner });
  supervisor.startChild(() => {}, { restart: "transient", shutdown: "infinity" });
  supervisor.asyncStreamNolink([1], (n) => n);
  // @ts-expect-error: linked to whom?
  supervisor.async(() => 1);
  // @ts-expect-error: linked to whom?
  supervisor.asyncStream([1], (n) => n, {});
  // @ts-expect-error: somebody waits for it, so it cannot be started again
  supervisor.asyncNolink(() => 1, { restart: "permanent" });
  // @ts-expect-error: no such restart
  supervisor.startChild(() => {}, { restart: "always" });
  // @ts-expect-error: nobody waits for it
  supervisor.startChild(() => 1, { replyTo: owner });
  return void n;
}
