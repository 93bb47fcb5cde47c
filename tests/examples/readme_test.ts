/**
 * The first example of the README, which is typed on both ends.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { bundleForBrowser } from "../support/bundle.ts";

const ROOT = new URL("../../", import.meta.url);

/** The server and the page of the README, as files in a folder of their own. */
class Example implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes the files, after `change`. */
  static async write(change: (server: string, page: string) => [string, string]): Promise<Example> {
    const text = await Deno.readTextFile(new URL("README.md", ROOT));
    const [server = "", page = ""] = Array.from(text.matchAll(/^```ts[^\n]*\n(.*?)^```/gms), ([, code]) => code);
    assertMatch(page, /from "phoenix"/);
    const example = new Example(await Deno.makeTempDir());
    const [changedServer, changedPage] = change(server, page.replace(`"phoenix"`, `"npm:phoenix@1.8.16"`));
    await Deno.writeTextFile(example.path("chat.ts"), changedServer);
    await Deno.writeTextFile(example.path("page.ts"), changedPage);
    return example;
  }

  path(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Which files do not compile. */
  async brokenFiles(): Promise<string[]> {
    const files = ["chat.ts", "page.ts"];
    const args = ["check", "--config", new URL("deno.json", ROOT).pathname, ...files.map((name) => this.path(name))];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    const errors = new TextDecoder().decode(stderr);
    const broken = files.filter((name) => errors.includes(`${name}:`));
    assertEquals(success, broken.length === 0, errors);
    return broken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

Deno.test("the README's first example compiles on both ends", async () => {
  await using example = await Example.write((...files) => files);
  assertEquals(await example.brokenFiles(), []);
});

for (const field of ["text", "from", "id"]) {
  Deno.test(`the README's first example does not compile on either end when "${field}" is renamed`, async () => {
    await using example = await Example.write((server, page) => {
      const renamed = server.replaceAll(`${field}: z.`, `renamed: z.`);
      assert(renamed !== server);
      return [renamed, page];
    });
    assertEquals(await example.brokenFiles(), ["chat.ts", "page.ts"]);
  });
}

Deno.test("the page of the README's first example has nothing of the server in its bundle", async () => {
  await using example = await Example.write((server, page) => [server, page.replace(/^import \{ Socket.*/m, "")]);
  const code = await bundleForBrowser(example.path("page.ts"), { isMinified: true });
  assert(code.length < 400, code);
});
