/**
 * The suite of the protocol's authors, run against `mcp()`. Most of its scenarios need tools, resources or prompts
 * with certain names; those are skipped, with the reason.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Endpoint } from "@urvogel/realtime";
import { mcp } from "@urvogel/realtime/mcp";
import { serve } from "../../support/serve.ts";

const SUITE = "npm:@modelcontextprotocol/conformance@0.1.16";

const RUN: readonly string[] = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

const NAMED_TOOLS = "calls tools that the suite names and a server under test has to add";
const NO_RESOURCES = "there are no resources: all data is behind tools, which can take parameters";
const NO_PROMPTS = "there are no prompts";
const NO_SESSIONS = "there are no sessions, so there is no stream from the server";

/** Why a scenario is not run, by the start of its name. */
const SKIPPED: Readonly<Record<string, string>> = {
  "tools-call-": NAMED_TOOLS,
  "json-schema-2020-12": NAMED_TOOLS,
  "elicitation-": NAMED_TOOLS,
  "resources-": NO_RESOURCES,
  "prompts-": NO_PROMPTS,
  "server-sse-": NO_SESSIONS,
  "logging-set-level": "the server sends no log messages",
  "completion-complete": "completion is for prompts and resources, of which there are none",
};

async function suite(...args: string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-config", SUITE, ...args] });
  const { stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

for (const scenario of RUN) {
  Deno.test(`mcp() passes the scenario ${scenario} of the conformance suite`, async () => {
    using agents = mcp(new Endpoint({ sockets: {} }));
    await using server = serve({ fetch: agents });
    const output = await suite("server", "--url", `${server.url}/mcp`, "--scenario", scenario);
    assertStringIncludes(output, "Passed: ", output);
    const [, passed, all, failed] = /Passed: (\d+)\/(\d+), (\d+) failed/.exec(output) ?? [];
    assertEquals([passed, failed], [all, "0"], output);
  });
}

Deno.test("every scenario of the conformance suite is run, or skipped with a reason", async () => {
  const output = await suite("list");
  const [servers = ""] = output.split("Client scenarios");
  const scenarios = [...servers.matchAll(/^ {2}- ([\w-]+)/gm)].map(([, name]) => name!);
  assertEquals(scenarios.length >= 30, true, output);
  const isKnown = (name: string) => RUN.includes(name) || Object.keys(SKIPPED).some((start) => name.startsWith(start));
  assertEquals(scenarios.filter((name) => !isKnown(name)), []);
});
