/**
 * What must not compile, and what must, of registries and agents. `deno check` is the test: an error that does not come
 * is one.
 *
 * @module
 */

import {
  Agent,
  DuplicateRegistry,
  type Name,
  type Pid,
  Registry,
  type RegistryEvent,
  reply,
  spawn,
  UniqueRegistry,
} from "@urvogel/realtime";

/** Never run. */
export function keysAndValues(pid: Pid<never>): void {
  const rooms = new UniqueRegistry<string, { open: boolean }>();
  rooms.register("lobby", pid, { open: true });
  const open: boolean | undefined = rooms.lookup("lobby")?.value.open;
  rooms.match("lobby", ({ open }) => open);
  rooms.select(({ key, value }) => key.startsWith("l") && value.open);
  // @ts-expect-error: keys are strings
  rooms.register(7, pid, { open: true });
  // @ts-expect-error: the value is missing
  rooms.register("lobby", pid);
  // @ts-expect-error: the value has another shape
  rooms.register("lobby", pid, { open: "yes" });
  // @ts-expect-error: a name with a value needs one too
  rooms.via("lobby");
  // @ts-expect-error: keys are strings
  rooms.lookup(7);
  // @ts-expect-error: a lookup of a unique key is no list
  rooms.lookup("lobby").length;
  // @ts-expect-error: the new value has another shape
  rooms.updateValue("lobby", pid, () => "closed");
  // @ts-expect-error: there may be nobody
  rooms.whereis("lobby").exit("shutdown");
  // @ts-expect-error: an entry does not change
  rooms.lookup("lobby")!.value = { open: false };
  return void open;
}

/** Never run. */
export function withoutValues(pid: Pid<never>): void {
  const names = new UniqueRegistry<string>();
  names.register("lobby", pid);
  const name: Name = names.via("lobby");
  // @ts-expect-error: there are no values
  names.register("lobby", pid, "value");
  return void name;
}

/** Never run. */
export function duplicates(pid: Pid<never>): void {
  const members = new DuplicateRegistry<string>();
  members.register("lobby", pid);
  const count: number = members.lookup("lobby").length;
  // @ts-expect-error: many have the key, so it is no name
  members.via("lobby");
  // @ts-expect-error: many have the key, so there is no one value
  members.updateValue("lobby", pid, () => undefined);
  // @ts-expect-error: many have the key, so there is no one process
  members.whereis("lobby");
  // @ts-expect-error: a list that does not change
  members.lookup("lobby").push(members.lookup("lobby")[0]!);
  return void count;
}

/** Never run. */
export async function processes(agent: Agent<number>, anybody: Pid<never>): Promise<void> {
  const members = new DuplicateRegistry<string, undefined, Pid<string>>();
  members.dispatch("lobby", (entries) => {
    for (const { pid } of entries) pid.send("hello");
    // @ts-expect-error: they take strings
    for (const { pid } of entries) pid.send(7);
  });
  // @ts-expect-error: it takes no strings, as far as anybody knows
  members.register("lobby", anybody);

  const agents = new UniqueRegistry<string, undefined, Agent<number>>();
  agents.register("counter", agent);
  const count: number | undefined = await agents.whereis("counter")?.get((n) => n);
  // @ts-expect-error: not an agent
  agents.register("counter", anybody);
  return void count;
}

/** Never run. */
export function listeners(): void {
  const listener = spawn<RegistryEvent<string, number>>(() => {});
  new UniqueRegistry<string, number>({ listeners: [listener, "by-name"] });
  // @ts-expect-error: it listens to a registry with other keys
  new UniqueRegistry<number, number>({ listeners: [listener] });
  // @ts-expect-error: it takes other messages
  new UniqueRegistry<string, number>({ listeners: [spawn<string>(() => {})] });
  // @ts-expect-error: which kind of registry?
  new Registry<string>({});
}

/** Never run. */
export async function agents(): Promise<void> {
  const agent = await Agent.start(() => 0);
  const text: string = await agent.get((n) => n.toFixed());
  await agent.update((n) => n + 1);
  await agent.update((n) => Promise.resolve(n + 1));
  const old: string = await agent.getAndUpdate((n) => reply("old", n + 1));
  agent.cast((n) => n + 1);
  // @ts-expect-error: the state is a number
  await agent.update(() => "text");
  // @ts-expect-error: the next state is missing
  agent.cast(() => {});
  // @ts-expect-error: the state is missing
  await agent.getAndUpdate((n) => reply(n));
  // @ts-expect-error: the state is a number
  await agent.getAndUpdate((n) => reply(n, "text"));
  // @ts-expect-error: results are made by functions
  await agent.getAndUpdate((n) => ({ reply: n, state: n }));
  // @ts-expect-error: an agent takes no messages
  agent.send("hello");
  const found = Agent.whereis("counter");
  // @ts-expect-error: what it keeps is not known
  await found?.get((n) => n + 1);
  return void [text, old];
}
