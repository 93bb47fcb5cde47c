/**
 * Waits for many tasks at once.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { checkAtLeast } from "../../base/check_number.ts";
import { checkedTimeout, TaskHandle } from "./_handle.ts";
import type { Task, TaskWaitOptions, YieldManyOptions } from "./task.ts";

/**
 * A list of tasks, each with its own result type.
 *
 * @category Tasks and agents
 */
export type Tasks<T extends readonly unknown[]> = { readonly [I in keyof T]: Task<T[I]> };

/** Waits for all tasks. When one fails or is late, the others are ended. */
export async function awaitMany(tasks: readonly Task<unknown>[], options?: TaskWaitOptions): Promise<unknown[]> {
  try {
    return await Promise.all(tasks.map((task) => task.await(options)));
  } catch (error) {
    for (const task of tasks) if (task instanceof TaskHandle) task.giveUp();
    throw error;
  }
}

/** Waits until `limit` tasks have a result, or the time is up. */
export async function yieldMany(tasks: readonly Task<unknown>[], options: YieldManyOptions): Promise<void> {
  const { limit = tasks.length, onTimeout = "nothing" } = options;
  const timeoutMs = checkedTimeout("yield tasks", options.timeoutMs);
  checkAtLeast("yield tasks", "limit", limit, 0);
  const running = tasks.filter((task) => task instanceof TaskHandle && !task.result) as TaskHandle<unknown>[];
  let missing = Math.min(limit, tasks.length) - (tasks.length - running.length);
  if (missing <= 0) return;
  const { promise, resolve } = Promise.withResolvers<"enough" | "late">();
  const onResult = () => {
    if (--missing === 0) resolve("enough");
  };
  const alarm = new Alarm(() => resolve("late")).set(timeoutMs);
  for (const task of running) task.onResult(onResult);
  const outcome = await promise;
  alarm.clear();
  for (const task of running) task.offResult(onResult);
  if (outcome === "enough" || onTimeout === "nothing") return;
  for (const task of running.filter(({ result }) => !result)) {
    if (onTimeout === "ignore") task.ignore();
    else task.kill();
  }
}
