import { assert, assertEquals } from "@std/assert";
import { roomForConnections } from "../../../lib/adapters/serve/_open_files.ts";

Deno.test({
  name: "roomForConnections() leaves room for the backlog and the program's own files, and at least half",
  ignore: Deno.build.os !== "linux",
  fn() {
    const limit = Number(/^Max open files +(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"))![1]);
    assertEquals(roomForConnections(0), limit - 64);
    assertEquals(roomForConnections(100), limit - 164);
    assertEquals(roomForConnections(limit), Math.floor(limit / 2));
  },
});

Deno.test({
  name: "roomForConnections() asks nobody where it may not read",
  permissions: { read: false },
  fn: () => assert(roomForConnections(511) === Infinity),
});
