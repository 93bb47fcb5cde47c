import { assertEquals, assertThrows } from "@std/assert";
import { type Mount, MountTable } from "../../lib/endpoint/_mount.ts";

/** Stands for a transport; the table never looks inside. */
const transport = (name: string) => name as unknown as Mount["transport"];

const table = new MountTable([
  { path: "/game/:id/websocket", transport: transport("game") },
  { path: "/socket/websocket", transport: transport("plain") },
  { path: "/game/lobby/websocket", transport: transport("lobby") },
  { path: "/written//oddly/", transport: transport("odd") },
]);

const cases: [path: string, name: string, params: Record<string, string>][] = [
  ["/socket/websocket", "plain", {}],
  ["/game/7/websocket", "game", { id: "7" }],
  ["/game/a%20b/websocket", "game", { id: "a b" }],
  ["/game/%/websocket", "game", { id: "%" }],
  ["/game/lobby/websocket", "lobby", {}],
  ["/socket//websocket", "plain", {}],
  ["/socket/websocket/", "plain", {}],
  ["//socket///websocket//", "plain", {}],
  ["//game//7/websocket/", "game", { id: "7" }],
  ["/written/oddly", "odd", {}],
];
for (const [path, name, pathParams] of cases) {
  Deno.test(`MountTable.find() leads ${path} to ${name}`, () => {
    assertEquals<unknown>(table.find(path), { transport: name, pathParams });
  });
}

for (const path of ["/", "/socket", "//", "/game//websocket", "/socketwebsocket", "/game/1/2/websocket"]) {
  Deno.test(`MountTable.find() knows nothing of ${path}`, () => {
    assertEquals(table.find(path), undefined);
  });
}

Deno.test("MountTable() refuses paths that are taken or no paths", () => {
  const mount = (path: string): Mount => ({ path, transport: transport(path) });
  assertThrows(() => new MountTable([mount("/a"), mount("/a")]), Error, '"/a" is taken');
  assertThrows(() => new MountTable([mount("/a"), mount("/a/")]), Error, '"/a" is taken');
  assertThrows(() => new MountTable([mount("a")]), Error, 'must begin with "/"');
});
