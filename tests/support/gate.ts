/**
 * The gate: everything that must hold before a commit. `deno task ok` and `.ci/run` both run it.
 *
 * It goes on after a failure, so that one run tells all, and ends with a line `N passed, N failed`:
 * what the runs of `deno test` counted, and one failure for each other step that failed.
 *
 * @module
 */
import { cp } from "node:fs/promises";
import { summaryOf } from "./test_run/report.ts";

/** A command of the gate. Of a test run the numbers count; of a check, whether it succeeded. */
interface Step {
  readonly kind: "tests" | "check";
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

const ROOT = new URL("../../", import.meta.url);

interface Config {
  readonly links: readonly string[];
  readonly publish: { readonly include: readonly string[] };
}

async function exists(url: URL): Promise<boolean> {
  return await Deno.stat(url).then(() => true, () => false);
}

/**
 * Copies what is published to `<into>package`, and the links beside it: `deno publish` refuses
 * links that lie inside the package. The examples, which are the members of the workspace, stay behind.
 */
async function copyPackage(into: URL): Promise<void> {
  const config: Config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  await Deno.mkdir(new URL("package", into));
  for (const name of config.publish.include) {
    const from = new URL(name, ROOT);
    if (await exists(from)) await cp(from, new URL(`package/${name}`, into), { recursive: true });
  }
  await cp(new URL("tests/support/std", ROOT), new URL("std", into), { recursive: true });
  const links = config.links.map((link) => link.replace("./tests/support/std/", "../std/"));
  const text = JSON.stringify({ ...config, links, lint: undefined, workspace: undefined }, null, 2);
  await Deno.writeTextFile(new URL("package/deno.json", into), text);
}

async function run(step: Step): Promise<{ passed: number; failed: number }> {
  console.log(`\n--- ${step.name}: deno ${step.args.join(" ")}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...step.args],
    cwd: step.cwd ?? ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  const { success } = await child.status;
  if (step.kind === "check") return { passed: 0, failed: success ? 0 : 1 };
  const { passed, failed } = summaryOf(text) ?? { passed: 0, failed: 1 };
  return { passed, failed: success ? failed : Math.max(failed, 1) };
}

async function main(): Promise<number> {
  const copied = await Deno.makeTempDir({ prefix: "urvogel-publish-" });
  try {
    await copyPackage(new URL(`file://${copied}/`));
    const documented = [];
    for (const name of ["mod.ts", "lib", "README.md", "examples/guides"]) {
      if (await exists(new URL(name, ROOT))) documented.push(name);
    }
    const steps: readonly Step[] = [
      { kind: "tests", name: "tests", args: ["task", "test"] },
      { kind: "tests", name: "examples", args: ["test", "-A", "--doc", ...documented] },
      { kind: "check", name: "format", args: ["fmt", "--check"] },
      { kind: "check", name: "lint", args: ["lint"] },
      { kind: "check", name: "types", args: ["task", "check"] },
      { kind: "check", name: "documentation", args: ["task", "doc"] },
      {
        kind: "check",
        name: "package",
        args: ["publish", "--dry-run", "--allow-dirty"],
        cwd: `${copied}/package`,
      },
    ];
    const total = { passed: 0, failed: 0 };
    const broken: string[] = [];
    for (const step of steps) {
      const { passed, failed } = await run(step);
      total.passed += passed;
      total.failed += failed;
      if (failed > 0) broken.push(step.name);
    }
    console.log(broken.length > 0 ? `\nFailed: ${broken.join(", ")}` : "\nAll good");
    console.log(`${total.passed} passed, ${total.failed} failed`);
    return total.failed > 0 ? 1 : 0;
  } finally {
    await Deno.remove(copied, { recursive: true });
  }
}

Deno.exit(await main());
