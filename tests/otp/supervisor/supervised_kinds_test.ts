/**
 * Registries, agents and tasks as the children of a supervisor.
 *
 * @module
 */

import { assert, assertEquals, assertNotStrictEquals, assertRejects } from "@std/assert";
import { Agent, supervisionTree, Supervisor, Task, TaskSupervisor, UniqueRegistry } from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { Leaks } from "../../support/leaks.ts";

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
const never = () => new Promise<never>(() => {});

Deno.test("Supervisor starts, restarts and ends registries, agents, tasks and supervisors of tasks", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  const rooms = new UniqueRegistry<string, undefined, Agent<number>>({ name: "rooms" });
  const supervisor = await Supervisor.start([
    { id: "rooms", start: (link) => rooms.start({ link }) },
    { id: "lobby", start: (link) => Agent.start(() => 0, { link, name: rooms.via("lobby") }) },
    { id: "tasks", type: "supervisor", start: (link) => TaskSupervisor.start({ link, name: "kinds-tasks" }) },
    { id: "ticker", restart: "temporary", start: (link) => Task.start(never, { link, label: "ticker" }) },
  ], { strategy: "restForOne", label: "kinds" });

  const lobby = rooms.whereis("lobby");
  await lobby?.update((n) => n + 1);
  TaskSupervisor.whereis("kinds-tasks")?.startChild(never, { label: "job" });
  const tree = supervisionTree(supervisor).toString();
  for (const name of ["rooms", "lobby", "tasks", "job", "ticker"]) assert(tree.includes(name), tree);

  // An agent that fails begins anew under its name; what comes after it too, what comes before it not.
  const tasks = TaskSupervisor.whereis("kinds-tasks");
  await assertRejects(() =>
    lobby!.update(() => {
      throw new Error("oops");
    })
  );
  await settle();
  assertNotStrictEquals(rooms.whereis("lobby"), lobby);
  assertEquals(await rooms.whereis("lobby")?.get((n) => n), 0);
  assertNotStrictEquals(TaskSupervisor.whereis("kinds-tasks"), tasks);

  // A registry that ends takes along who is registered; all of them begin anew, in the same object.
  const children = await supervisor.whichChildren();
  const second = rooms.whereis("lobby");
  children.find(({ id }) => id === "rooms")?.pid?.exit("kill");
  await settle();
  assertEquals(second?.alive, false);
  assertEquals(await rooms.whereis("lobby")?.get((n) => n), 0);

  await supervisor.stop();
  assertEquals(rooms.whereis("lobby"), undefined);
  assertEquals(rooms.count, 0);
});
