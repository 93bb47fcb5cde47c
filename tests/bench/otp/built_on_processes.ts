/**
 * What is built on processes: supervised servers, tasks, agents and state machines, and what the least of them costs.
 *
 * @module
 */

import {
  Agent,
  child,
  DynamicSupervisor,
  GenServer,
  nextState,
  type Pid,
  reply,
  spawn,
  startIn,
  StateMachine,
  Task,
} from "@urvogel/realtime";
import { heapBytes, perSecond, printFigures } from "./figures.ts";

class IdleServer extends GenServer<number> {
  override init(start: number) {
    return start;
  }
}

interface Button {
  states: { off: number; on: number };
  calls: { count(): number };
  casts: { push(): void };
}

class PushButton extends StateMachine<Button> {
  override init(count: number) {
    return startIn("off", count);
  }
  override states = this.define({
    off: { casts: { push: (count) => nextState("on", count + 1) } },
    on: { casts: { push: (count) => nextState("off", count) } },
  }, {
    calls: { count: (count) => reply(count) },
  });
}

const STARTS = 50_000;
const TASKS = 100_000;
const ASKS = 300_000;
const PUSHES = 300_000;
const PUSHES_IN_A_ROW = 1000;
const IDLE_PROCESSES = 50_000;

const supervisor = await DynamicSupervisor.start();
const agent = await Agent.start(() => 1);
const button = await StateMachine.start(PushButton, 0);

async function supervisedStartsAndStops(): Promise<void> {
  for (let i = 0; i < STARTS; i++) {
    const server = await supervisor.startChild(child(IdleServer, i, { restart: "temporary" }));
    await server.stop();
  }
}

async function tasks(): Promise<void> {
  for (let i = 0; i < TASKS; i++) await Task.async(() => i).await();
}

async function asks(): Promise<void> {
  for (let i = 0; i < ASKS; i++) await agent.get((state) => state);
}

async function pushes(): Promise<void> {
  const before = await button.call("count");
  for (let pushed = 0; pushed < PUSHES; pushed += PUSHES_IN_A_ROW) {
    for (let i = 0; i < PUSHES_IN_A_ROW; i++) button.cast("push");
    await button.call("count");
  }
  const counted = await button.call("count") - before;
  if (counted !== PUSHES / 2) throw new Error(`Cannot trust this run: ${counted} of ${PUSHES / 2} were counted`);
}

async function bytesPerProcess(): Promise<number> {
  const pids: Pid[] = new Array(IDLE_PROCESSES);
  const before = heapBytes();
  let begun = 0;
  for (let i = 0; i < IDLE_PROCESSES; i++) {
    pids[i] = spawn(async (mailbox) => {
      begun++;
      for await (const _ of mailbox);
    });
  }
  while (begun < IDLE_PROCESSES) await new Promise((resolve) => setTimeout(resolve));
  const bytes = (heapBytes() - before) / IDLE_PROCESSES;
  for (const pid of pids) pid.exit("shutdown");
  return bytes;
}

await printFigures([
  {
    what: "start under a dynamic supervisor, and stop",
    elixir: "-",
    target: "-",
    unit: "per second",
    measure: () => perSecond(STARTS, supervisedStartsAndStops),
  },
  {
    what: "Task.async and await",
    elixir: "-",
    target: "-",
    unit: "per second",
    measure: () => perSecond(TASKS, tasks),
  },
  { what: "Agent.get", elixir: "-", target: "-", unit: "per second", measure: () => perSecond(ASKS, asks) },
  {
    what: "StateMachine, a cast that changes the state",
    elixir: "-",
    target: "-",
    unit: "per second",
    measure: () => perSecond(PUSHES, pushes),
  },
  {
    what: "memory of a spawned process that waits",
    elixir: "-",
    target: "-",
    unit: "bytes",
    measure: bytesPerProcess,
  },
]);
