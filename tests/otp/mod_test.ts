import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import * as otp from "../../lib/otp/mod.ts";
import * as everything from "../../mod.ts";

interface ModuleGraph {
  readonly modules: readonly { readonly specifier: string }[];
}

const ROOT = new URL("../../", import.meta.url);

Deno.test("the entry ./otp loads no file but those of base and otp", async () => {
  const args = ["info", "--quiet", "--json", "lib/otp/mod.ts"];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" }).output();
  assert(success);
  const { modules }: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const loaded = modules.map(({ specifier }) => specifier.replace(ROOT.href, ""));
  assert(loaded.includes("lib/otp/server/gen_server.ts"));
  assertEquals(loaded.filter((path) => /^(mod\.ts|lib\/(?!base\/|otp\/).*)$/.test(path)), []);
});

Deno.test("what the entry ./otp exports is the same as in mod.ts", () => {
  for (const [name, value] of Object.entries(otp)) {
    assertStrictEquals(value, everything[name as keyof typeof everything], name);
  }
});
