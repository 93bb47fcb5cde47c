import { assert, assertEquals } from "@std/assert";
import { type DocSymbol, entryPaths, hasExample, readDocs, readSymbols, sectionsOf, undocumented } from "./doc_json.ts";
import { brokenLinks } from "./doc_links.ts";

/** What most programs use, and what an entry is for. */
const MAIN = [
  ...["Agent", "Channel", "ChannelSocket", "Cluster", "Endpoint", "GenServer", "Groups", "KeyedServers", "Mailbox"],
  ...["Presence", "PubSub", "Registry", "SessionCookie", "Socket", "StateMachine", "Supervisor", "Task", "Token"],
  ...["DynamicSupervisor", "DuplicateRegistry", "PartitionSupervisor", "TaskSupervisor", "Tracker", "UniqueRegistry"],
  ...["adapterConformance", "asyncApi", "batched", "channelOf", "connect", "contract", "createApp", "debug"],
  ...["healthHandler", "inspector", "instrument", "jwtVerifier", "live", "mcp", "natsAdapter", "onTelemetry"],
  ...["paramsFrom", "postgresAdapter", "prometheusHandler", "publishHandler", "recover", "redisAdapter", "refresh"],
  ...["serializerSupabaseV2", "serve", "settle", "shutdownOnSignal", "spawn", "spreadReconnects", "sys"],
  ...["threadsAdapter", "typed", "validate"],
];

const symbol = (name: string, kind: string, doc: string, def = {}): DocSymbol => ({
  name,
  declarations: [{ kind, jsDoc: { doc }, def }],
});

Deno.test("sectionsOf() finds the section of each export", () => {
  const source = `
/** import { no } from "./no.ts"; */

// Processes.
export { type ProcessBody, spawn } from "./spawn.ts";
export type { Runnable } from "./scheduler.ts";

// Security: who is who.
/** Tokens. */
export * as Token from "./token.ts";
export {
  a as b,
} from "./a.ts";
`;
  assertEquals([...sectionsOf(source)], [
    ["ProcessBody", "Processes"],
    ["spawn", "Processes"],
    ["Runnable", "Processes"],
    ["Token", "Security"],
    ["b", "Security"],
  ]);
});

for (const entry of ["mod.ts", "lib/otp/mod.ts"]) {
  Deno.test(`every symbol of ${entry} has the category that its section names`, async () => {
    const sections = sectionsOf(await Deno.readTextFile(new URL(`../../${entry}`, import.meta.url)));
    const symbols = await readSymbols(entry);
    assertEquals(symbols.map(({ name }) => name).sort(), [...sections.keys()].sort());
    const found = symbols.map(({ name, categories }) => [name, [...new Set(categories)]]);
    assertEquals(found, symbols.map(({ name }) => [name, [sections.get(name)]]));
  });
}

Deno.test("undocumented() finds symbols without a text, also in namespaces, but no bodies of overloads", () => {
  const overloaded = {
    declarations: [{ kind: "function", jsDoc: { doc: "One." } }, { kind: "function", def: { hasBody: true } }],
  };
  const found = undocumented([
    symbol("A", "class", "A."),
    symbol("B", "class", ""),
    { name: "f", ...overloaded },
    { name: "g", declarations: [{ kind: "function", def: { hasBody: true } }] },
    { name: "R", declarations: [{ kind: "reference" }] },
    symbol("N", "namespace", "N.", { elements: [symbol("a", "function", " ")] }),
  ]);
  assertEquals(found, ["B", "g", "N.a"]);
});

Deno.test("brokenLinks() finds links that the site shows as text", () => {
  const members = { methods: [{ name: "stop" }, { name: "start", isStatic: true }] };
  const link = (target: string) => `See {@linkcode ${target}}.`;
  const module = {
    module_doc: { doc: `${link("A")} ${link("B")} ${link("https://example.com A site")}` },
    symbols: [
      symbol("A", "class", `${link("A.start")} ${link("A.stop")} ${link("A.prototype.stop | stop")}`, {
        methods: [...members.methods, { name: "own", jsDoc: { doc: link("stop") } }],
      }),
      symbol("I", "interface", link("I.stop"), members),
      symbol("N", "namespace", link("a"), { elements: [symbol("a", "function", `${link("a")} ${link("b")}`)] }),
      { name: "R", declarations: [{ kind: "reference" }] },
      symbol("stop", "function", link("stop")),
      symbol("T", "typeAlias", `${link("N.a")} ${link("R.stop")} ${link("R.go")}`),
    ],
  };
  const others = [{ symbols: [symbol("R", "interface", "R.", members)] }];
  assertEquals(brokenLinks(module, others), ["B", "A: A.stop", "A: stop", "N: a", "N.a: b", "T: R.go"]);
});

Deno.test("the registry's score: entries and symbols are documented, examples are there, links lead somewhere", async (t) => {
  const paths = await entryPaths();
  const docs = await readDocs(paths);
  assertEquals([...docs.keys()].sort(), paths.toSorted());
  const all = [...docs.values()];
  for (const [path, module] of docs) {
    await t.step(path, () => {
      assert(hasExample(module.module_doc ?? {}), "the entry has no overview with an example");
      assertEquals(undocumented(module.symbols), []);
      assertEquals(brokenLinks(module, all), []);
    });
  }
  await t.step("the main symbols have an example", () => {
    const withExample = all.flatMap(({ symbols }) => symbols).filter(({ declarations }) =>
      declarations.some(({ jsDoc }) => hasExample(jsDoc ?? {}))
    ).map(({ name }) => name);
    assertEquals(MAIN.filter((name) => !withExample.includes(name)), []);
  });
});
