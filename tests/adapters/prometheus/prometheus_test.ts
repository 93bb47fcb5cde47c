import { assert, assertEquals, assertMatch } from "@std/assert";
import { channel } from "node:diagnostics_channel";
import { Endpoint } from "@urvogel/realtime";
import { instrument, type InstrumentDetails, type InstrumentMeter } from "@urvogel/realtime/opentelemetry";
import { prometheusHandler } from "@urvogel/realtime/prometheus";
import { connect } from "@urvogel/realtime/testing";
import { Registry } from "../../../lib/adapters/prometheus/_registry.ts";
import { stepsOf } from "../../support/guides/guide.ts";
import { SpokenSocket } from "../../support/spoken_app.ts";

const REQUEST = new Request("http://localhost/metrics");
const DASHBOARD = new URL("../../../examples/observability/dashboard.json", import.meta.url);
const GUIDE = new URL("../../../examples/guides/observability.md", import.meta.url);

/** The metrics after a conversation. */
async function scraped(): Promise<string> {
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket } });
  using metrics = prometheusHandler([endpoint]);
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  await room.assertReply(room.push("echo"), "ok");
  const connection = { transport: "websocket" };
  channel("urvogel:socket:closed").publish({ connection, code: 1012, reason: { shutdown: "restart" }, durationMs: 42 });
  channel("urvogel:limit:hit").publish({ limit: "joinRate" });
  channel("urvogel:socket:dropped").publish({ connection, topic: "room:open", policy: "dropOldest", frames: 1 });
  return await metrics(REQUEST).text();
}

/** The names of all metrics, as `# TYPE` says. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
}

Deno.test("prometheusHandler() shows open connections, joined topics and what has happened", async () => {
  const text = await scraped();
  for (
    const line of [
      'urvogel_server_active_connections{urvogel_socket="SpokenSocket",urvogel_transport="direct"} 1',
      'urvogel_server_active_connections{urvogel_socket="SpokenSocket",urvogel_transport="websocket"} 0',
      "urvogel_server_channels 1",
      "urvogel_bus_up 1",
      'urvogel_losses_total{urvogel_kind="history_reset"} 0', // before the first one
      'urvogel_messages_total{urvogel_direction="in",urvogel_kind="push"} 1',
      'urvogel_limits_total{urvogel_limit="joinRate"} 1',
      'urvogel_closes_total{urvogel_transport="websocket",urvogel_code="1012"} 1',
      'urvogel_server_connection_duration_seconds_bucket{urvogel_transport="websocket",urvogel_status="app_shutdown",le="0.02"} 0',
      'urvogel_server_connection_duration_seconds_bucket{urvogel_transport="websocket",urvogel_status="app_shutdown",le="0.05"} 1',
      'urvogel_server_connection_duration_seconds_sum{urvogel_transport="websocket",urvogel_status="app_shutdown"} 0.042',
    ]
  ) assert(text.split("\n").includes(line), `${line} is not in\n${text}`);
  assertMatch(text, /^urvogel_server_event_loop_delay_seconds \d/m);
});

for (
  const [status, code, reason] of [
    ["app_shutdown", 1012, { shutdown: "restart" }],
    ["timeout", 1001, { shutdown: "read_timeout" }],
    ["timeout", 4408, { shutdown: "slow_reader" }],
    ["normal_closure", 1000, { shutdown: "peer_closed" }],
    ["normal_closure", 1005, { shutdown: "peer_closed" }],
    ["error", 1006, { shutdown: "peer_closed" }],
    ["error", 1011, new Error("broken")],
  ] as const
) {
  Deno.test(`prometheusHandler() counts a connection with code ${code} and ${JSON.stringify(reason)} as ${status}`, async () => {
    using metrics = prometheusHandler([]);
    channel("urvogel:socket:closed").publish({ connection: { transport: "websocket" }, code, reason, durationMs: 1 });
    assertMatch(
      await metrics(REQUEST).text(),
      new RegExp(`duration_seconds_count\\{.*urvogel_status="${status}"\\} 1`),
    );
  });
}

Deno.test("prometheusHandler() has as many series after 10,000 topics, events, ids and addresses as before", async () => {
  using metrics = prometheusHandler([]);
  const emit = (n: number) => {
    const [topic, event, id] = [`room:${n}`, `event:${n}`, `user:${n}`];
    const connection = { transport: "websocket", id };
    const common = { socket: { topic, id }, topic, event, ref: `${n}`, params: { n }, durationMs: 1, bytes: 10 };
    const events: [name: string, event: object][] = [
      ["channel:joined", { ...common, channel: "RoomChannel", result: "ok" }],
      ["channel:handled_in", { ...common, channel: "RoomChannel", result: "ok" }],
      ["channel:pushed", common],
      ["channel:replied", common],
      ["pubsub:broadcast", { ...common, clients: 1, processes: 0 }],
      ["limit:hit", { limit: "joinRate", topic, id, address: `10.0.0.${n}`, origin: id }],
      ["socket:closed", { connection, code: 3000 + n % 1000, reason: "normal", durationMs: 1 }],
      ["socket:dropped", { connection, topic, policy: "dropOldest", frames: 1 }],
    ];
    const [name, data] = events[n % events.length]!;
    channel(`urvogel:${name}`).publish(data);
  };
  const seriesOf = async () => (await metrics(REQUEST).text()).split("\n").length;
  for (let n = 0; n < 8; n++) emit(n);
  const before = await seriesOf();
  for (let n = 0; n < 10_000; n++) emit(n);
  assertEquals(await seriesOf(), before);
});

Deno.test("prometheusHandler() refuses other methods, and has no body for HEAD", async () => {
  using metrics = prometheusHandler([]);
  const post = metrics(new Request("http://localhost/metrics", { method: "POST" }));
  assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
  const head = metrics(new Request("http://localhost/metrics", { method: "HEAD" }));
  assertEquals([head.status, await head.text()], [200, ""]);
  assertEquals(head.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
});

Deno.test("prometheusHandler() counts no more once it is disposed", async () => {
  const metrics = prometheusHandler([]);
  channel("urvogel:limit:hit").publish({ limit: "joinRate" });
  metrics[Symbol.dispose]();
  channel("urvogel:limit:hit").publish({ limit: "joinRate" });
  assertMatch(await metrics(REQUEST).text(), /^urvogel_limits_total\{.*\} 1$/m);
});

Deno.test("Registry escapes labels and descriptions", () => {
  const registry = new Registry();
  registry.createCounter("a.b", { description: "x\\y\nz" }).add(2, { "c.d": 'e"f\\g\nh' });
  assertEquals(
    `${registry}`,
    [
      "# HELP a_b_total x\\\\y\\nz",
      "# TYPE a_b_total counter",
      'a_b_total{c_d="e\\"f\\\\g\\nh"} 2',
      "",
    ].join("\n"),
  );
});

/**
 * The names under which OpenTelemetry's exporters hand the metrics to Prometheus, by the "Prometheus and OpenMetrics
 * Compatibility" of its specification.
 */
function exportedNames(endpoint: Endpoint): string[] {
  const names: string[] = [];
  const UNITS: Record<string, string> = { s: "_seconds", By: "_bytes" };
  const instrumentOf = (kind: "counter" | "gauge" | "histogram" | "sum") => {
    return (name: string, { unit = "" }: Partial<InstrumentDetails> = {}) => {
      const ofUnit = UNITS[unit] ?? (unit === "1" && kind === "gauge" ? "_ratio" : "");
      names.push(name.replaceAll(".", "_") + ofUnit + (kind === "counter" ? "_total" : ""));
      return { add() {}, record() {}, addCallback() {}, removeCallback() {} };
    };
  };
  const meter: InstrumentMeter = {
    createHistogram: instrumentOf("histogram"),
    createCounter: instrumentOf("counter"),
    createObservableCounter: instrumentOf("counter"),
    createObservableUpDownCounter: instrumentOf("sum"),
    createObservableGauge: instrumentOf("gauge"),
  };
  using _ = instrument({ meter, endpoints: [endpoint] });
  return names;
}

Deno.test("prometheusHandler() has the names that OpenTelemetry's exporters write", async () => {
  const names = exportedNames(new Endpoint({ sockets: {} }));
  assertEquals(names.sort(), namesIn(await scraped()).sort());
});

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

async function panelsOfDashboard(): Promise<readonly Panel[]> {
  return JSON.parse(await Deno.readTextFile(DASHBOARD)).panels;
}

Deno.test("the dashboard asks for metrics and labels that exist", async () => {
  const known = new Set((await scraped()).match(/\burvogel_\w+/g));
  const panels = await panelsOfDashboard();
  const targets = panels.flatMap(({ targets = [] }) => targets);
  const named = targets.flatMap(({ expr, legendFormat = "" }) =>
    `${expr} ${legendFormat}`.match(/\burvogel_\w+/g) ?? []
  );
  assert(named.length >= panels.length);
  assertEquals(named.filter((name) => !known.has(name)), []);
});

Deno.test("the table of the guide has each metric, under both names", async () => {
  const guide = await Deno.readTextFile(GUIDE);
  const rows = [...guide.matchAll(/^\| `(urvogel\.[\w.]+)` +\| `(urvogel_\w+)` +\|/gm)];
  assertEquals(rows.map(([, , name]) => name!).sort(), namesIn(await scraped()).sort());
  for (const [, name, written] of rows) assert(written!.startsWith(name!.replaceAll(".", "_")), name);
});

/** Where Debian's package `prometheus` puts it. */
async function hasPromtool(): Promise<boolean> {
  try {
    return (await new Deno.Command("promtool", { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

const ignore = !(await hasPromtool());
Deno.test({
  name: `promtool accepts the metrics${ignore ? " (skipped: promtool of Debian's prometheus is not installed)" : ""}`,
  ignore,
  async fn() {
    const check = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = check.stdin.getWriter();
    await writer.write(new TextEncoder().encode(await scraped()));
    await writer.close();
    const { code, stdout, stderr } = await check.output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals([code, said], [0, ""]);
  },
});

/** The alerts of the guide. */
async function alerts(): Promise<string> {
  const [step] = stepsOf(await Deno.readTextFile(GUIDE)).filter(({ files }) => files.has("alerts.yml"));
  return step!.files.get("alerts.yml")!;
}

Deno.test("the alerts of the guide are about metrics and labels that exist", async () => {
  const rules = await alerts();
  const text = await scraped();
  const metrics = new Set(text.match(/\burvogel_\w+/g));
  const named = [...rules.matchAll(/\burvogel_\w+/g)].map(([name]) => name);
  assert(named.length > 6);
  assertEquals(named.filter((name) => !metrics.has(name)), []);
});

/** What promtool says about a file of rules. */
async function checkRules(rules: string): Promise<{ readonly success: boolean; readonly said: string }> {
  const path = await Deno.makeTempFile({ suffix: ".yml" });
  await Deno.writeTextFile(path, rules);
  const { success, stdout, stderr } = await new Deno.Command("promtool", { args: ["check", "rules", path] }).output();
  await Deno.remove(path);
  return { success, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test({
  name: `promtool accepts the alerts of the guide${ignore ? " (skipped: promtool is not installed)" : ""}`,
  ignore,
  async fn() {
    const { success, said } = await checkRules(await alerts());
    assert(success, said);
    assertMatch(said, /SUCCESS: 8 rules found/);
  },
});

Deno.test({
  name: `promtool accepts the queries of the dashboard${ignore ? " (skipped: promtool is not installed)" : ""}`,
  ignore,
  async fn() {
    const queries = (await panelsOfDashboard()).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    // Grafana fills in its variables; a rule is a query with a name, and YAML may be JSON.
    const rules = queries.map((expr, i) => ({ record: `query${i}`, expr: expr.replaceAll("$__rate_interval", "1m") }));
    const { success, said } = await checkRules(JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    assert(success && queries.length > 0, said);
  },
});
