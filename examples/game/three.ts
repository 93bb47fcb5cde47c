/**
 * The games on three servers, each a process of its own, connected by NATS, with one file for their states. A supervisor
 * starts again those that end.
 *
 * @module
 */

import {
  type ChildSpec,
  type Exit,
  exitWhenEnded,
  type Pid,
  shutdownOnSignal,
  spawn,
  Supervisor,
} from "@urvogel/realtime";

const ADAPTER = Deno.env.get("ADAPTER") ?? "nats://127.0.0.1:4222";
const STORE = Deno.env.get("STORE") ?? "games.sqlite";
const FIRST_PORT = Number(Deno.env.get("PORT") ?? 4000);
const ARGS = ["run", "--quiet", "--allow-net", "--allow-env", "--allow-read", "--allow-write"];

/** A process of ours that has one of the operating system: they end together. */
function server(port: number): ChildSpec {
  const start = (parent: Pid<never>) =>
    spawn<Exit | "ended">(async (mailbox, self) => {
      self.trapExit = true;
      const child = new Deno.Command(Deno.execPath(), {
        args: [...ARGS, new URL("main.ts", import.meta.url).href],
        env: { PORT: `${port}`, ADAPTER, STORE },
        stdin: "null",
      }).spawn();
      void child.status.then(() => self.send("ended"));
      for await (const message of mailbox) {
        if (message === "ended") return;
        child.kill("SIGTERM"); // an exit signal: the supervisor ends
      }
    }, { link: parent });
  return { id: port, start, shutdown: "infinity" };
}

const ports = [0, 1, 2].map((index) => FIRST_PORT + index);
const servers = await Supervisor.start(ports.map(server));
exitWhenEnded(servers); // it gives up where they cannot start, as on ports that others have
shutdownOnSignal(servers);
console.log("Open two of the addresses, play, and kill -9 the process that the page shows.");
