import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "npm:@opentelemetry/context-async-hooks@2.12.0";
import { W3CTraceContextPropagator } from "npm:@opentelemetry/core@2.12.1";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "npm:@opentelemetry/sdk-metrics@2.12.1";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "npm:@opentelemetry/sdk-trace-base@2.12.1";
import { channel } from "node:diagnostics_channel";
import { Channel, Endpoint, GenServer, noreply, ok, PubSub, reply, Socket } from "@urvogel/realtime";
import { instrument } from "@urvogel/realtime/opentelemetry";
import { connect, connectOverNetwork, settle, type TestClient } from "@urvogel/realtime/testing";
import { Crashes } from "../../support/crashes.ts";
import { Hub } from "../../support/pubsub_hub.ts";
import { serve } from "../../support/serve.ts";
import { SpokenChannel, SpokenSocket } from "../../support/spoken_app.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID = "b7ad6b7169203331";
const traceContextHeaders = new Map([["traceparent", `00-${TRACE_ID}-${PARENT_ID}-01`]]);

/** What a conversation leaves as spans. */
async function spansOf(talk: (tracer: Tracer) => Promise<unknown>): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  try {
    const tracer = provider.getTracer("test");
    using _ = instrument({ tracer });
    await talk(tracer);
    await provider.forceFlush(); // its exporter has a timer for each span
    return exporter.getFinishedSpans();
  } finally {
    propagation.disable();
  }
}

type Points = Record<string, readonly (readonly [attributes: object, value: number])[]>;

/** What a conversation leaves as metrics; of histograms, how often they were recorded. */
async function metricsOf(talk: () => Promise<unknown>, endpoints: readonly Endpoint[] = []): Promise<Points> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  {
    using _ = instrument({ meter: provider.getMeter("test"), endpoints });
    await talk();
    await provider.forceFlush();
  }
  const found = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  await provider.shutdown();
  return Object.fromEntries(found.map(({ descriptor, dataPoints }) => [
    descriptor.name,
    dataPoints.map(({ attributes, value }) => [attributes, typeof value === "number" ? value : value.count]),
  ]));
}

/** A socket whose channel does work with a span of its own, at once and after a wait. */
function workingSocket(tracer: Tracer) {
  const query = () => tracer.startSpan("query").end();
  class WorkingChannel extends Channel {
    override async join() {
      await Promise.resolve();
      query();
      return ok();
    }
    override handleIn = this.handlers({
      work: () => {
        query();
        return reply({});
      },
      later: async () => {
        await Promise.resolve();
        query();
        return reply({});
      },
    });
  }
  return class WorkingSocket extends Socket {
    override channels = { "room:*": WorkingChannel };
    override async connect() {
      await Promise.resolve();
      query();
      return ok({});
    }
  };
}

/** Joins, pushes, is answered, fails. */
async function talk(): Promise<TestClient> {
  using _crashes = new Crashes();
  await using client = await connect(SpokenSocket, {}, {
    connectInfo: { traceContextHeaders, peerData: { hostname: "10.0.0.1", port: 5 } },
  });
  const room = await client.join("room:open");
  await room.assertReply(room.push("echo"), "ok");
  room.push("push");
  room.push("shout");
  room.push("fail");
  await room.assertPush("phx_error");
  return client;
}

Deno.test("instrument() makes spans of connects, joins and messages, within the client's trace", async () => {
  const spans = await spansOf(talk);
  assertEquals(spans.map(({ name }) => name), [
    "connect SpokenSocket",
    "join SpokenChannel",
    ...Array(4).fill("handle_in SpokenChannel"),
  ]);
  for (const span of spans) {
    assertStrictEquals(span.kind, SpanKind.SERVER);
    assertStrictEquals(span.spanContext().traceId, TRACE_ID);
    assertStrictEquals(span.parentSpanContext?.spanId, PARENT_ID);
  }
  const [connected, joined, echoed] = spans;
  assertEquals(connected?.attributes, {
    "urvogel.socket": "SpokenSocket",
    "urvogel.transport": "test",
    "urvogel.result": "ok",
    "urvogel.vsn": "2.0.0",
    "client.address": "10.0.0.1",
    "client.port": 5,
  });
  const ofChannel = { "urvogel.channel": "SpokenChannel", "urvogel.result": "ok", "urvogel.topic": "room:open" };
  assertEquals(joined?.attributes, ofChannel);
  assertEquals(echoed?.attributes, { ...ofChannel, "urvogel.event": "echo" });
});

Deno.test("instrument() marks what failed as an error, and what was refused not", async () => {
  const spans = await spansOf(async () => {
    using _crashes = new Crashes();
    await assertRejects(() => connect(SpokenSocket, { name: "nobody" }));
    await using client = await connect(SpokenSocket);
    await assertRejects(() => client.join("room:closed"));
    await assertRejects(() => client.join("room:broken"));
  });
  assertEquals(
    spans.map(({ attributes, status }) => [attributes["urvogel.result"], status.code]),
    [
      ["refused", SpanStatusCode.UNSET],
      ["ok", SpanStatusCode.UNSET],
      ["refused", SpanStatusCode.UNSET],
      ["crashed", SpanStatusCode.ERROR],
    ],
  );
});

Deno.test("instrument() ends the span of connect as refused when the id has too many connections", async () => {
  class LoneSocket extends SpokenSocket {
    override maxConnectionsPerId = 1;
  }
  const spans = await spansOf(async () => {
    const endpoint = new Endpoint({ sockets: { "/socket": LoneSocket } });
    await using server = serve(endpoint);
    const url = `${server.wsUrl}/socket`;
    await using _ = await connectOverNetwork(url);
    await assertRejects(() => connectOverNetwork(url));
  });
  assertEquals(spans.map(({ attributes }) => attributes["urvogel.result"]), ["ok", "refused"]);
});

Deno.test("instrument() begins traces of its own where the client sent none", async () => {
  const spans = await spansOf(async () => {
    await using client = await connect(SpokenSocket);
    await client.join("room:open");
  });
  assertEquals(spans.map(({ parentSpanContext }) => parentSpanContext), [undefined, undefined]);
  assertEquals(new Set(spans.map((span) => span.spanContext().traceId)).size, 2);
});

Deno.test("instrument() counts messages, and how long things take", async () => {
  const client: { frames?: readonly unknown[] } = {};
  const points = await metricsOf(async () => void (client.frames = (await talk()).frames));
  const frames = client.frames?.map(String) ?? [];
  const sizeOf = (event: string, nth = 0) => frames.filter((frame) => frame.includes(event))[nth]?.length;
  const ok = { "urvogel.channel": "SpokenChannel", "urvogel.result": "ok" };
  const { "urvogel.connect.duration": connects, "urvogel.join.duration": joins } = points;
  assertEquals(connects, [
    [{ "urvogel.socket": "SpokenSocket", "urvogel.transport": "test", "urvogel.result": "ok" }, 1],
  ]);
  assertEquals(joins, [[ok, 1]]);
  assertEquals(points["urvogel.handle_in.duration"], [[ok, 3], [{ ...ok, "urvogel.result": "failed" }, 1]]);
  assertEquals(points["urvogel.messages"], [
    [{ "urvogel.direction": "out", "urvogel.kind": "reply" }, 1],
    [{ "urvogel.direction": "in", "urvogel.kind": "push" }, 4],
    [{ "urvogel.direction": "out", "urvogel.kind": "push" }, 1],
    [{ "urvogel.direction": "out", "urvogel.kind": "broadcast" }, 1],
  ]);
  assertEquals<unknown>(points["urvogel.sent"], [
    [{ "urvogel.kind": "reply" }, sizeOf("phx_reply", 1)], // the first answers the join
    [{ "urvogel.kind": "push" }, sizeOf('"pushed"')],
    [{ "urvogel.kind": "broadcast" }, sizeOf('"shouted"')],
  ]);
});

Deno.test("instrument() counts closes, limits and drops, and takes no number that clients make up", async () => {
  const connection = { transport: "websocket" };
  const points = await metricsOf(() => {
    for (const code of [1000, 1012, 4408, 1005, 1006, 3456, 4999]) {
      channel("urvogel:socket:closed").publish({ connection, code, reason: "normal", durationMs: 1 });
    }
    channel("urvogel:limit:hit").publish({ limit: "joinRate" });
    channel("urvogel:socket:dropped").publish({ policy: "dropOldest", frames: 7 });
    return Promise.resolve();
  });
  const codes = points["urvogel.closes"]?.map(([attributes, count]) => [Object.values(attributes), count]);
  assertEquals(codes, [
    [["websocket", 1000], 1],
    [["websocket", 1012], 1],
    [["websocket", 4408], 1],
    [["websocket", 1005], 1],
    [["websocket", 1006], 1],
    [["websocket", "other"], 2],
  ]);
  assertEquals(points["urvogel.limits"], [[{ "urvogel.limit": "joinRate" }, 1]]);
  assertEquals(points["urvogel.drops"], [[{ "urvogel.policy": "dropOldest" }, 7]]);
});

Deno.test("instrument() ends by a call", () => {
  const end = instrument();
  assertEquals(channel("urvogel:channel:handled_in").hasSubscribers, true);
  end();
  for (const name of ["channel:handled_in", "channel:joined", "socket:connected", "socket:closed", "limit:hit"]) {
    assertEquals(channel(`urvogel:${name}`).hasSubscribers, false);
  }
});

Deno.test("instrument() makes the span of a callback current in it, so that its own work is a child", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    const spans = await spansOf(async (tracer) => {
      await using client = await connect(workingSocket(tracer), {}, { connectInfo: { traceContextHeaders } });
      const room = await client.join("room:1");
      await room.assertReply(room.push("work"), "ok");
      await room.assertReply(room.push("later"), "ok");
    });
    const named = (name: string) => spans.filter((span) => span.name === name);
    const handled = ["connect WorkingSocket", "join WorkingChannel", "handle_in WorkingChannel"].flatMap(named);
    const queries = named("query");
    assertEquals([handled.length, queries.length], [4, 4]);
    assertEquals(
      queries.map(({ parentSpanContext }) => parentSpanContext?.spanId),
      handled.map((span) => span.spanContext().spanId),
    );
    assertStrictEquals(handled[0]?.parentSpanContext?.spanId, PARENT_ID);
  } finally {
    context.disable();
  }
});

const HTTP_TRACES = [
  ["sent none", new Map(), undefined],
  ["sent the same", traceContextHeaders, traceContextHeaders],
] as const;
for (const [what, headers, remote] of HTTP_TRACES) {
  Deno.test(`instrument() makes connect a child of its HTTP request's span where the client ${what}`, async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      const spans = await spansOf(async (tracer) => {
        const parent = remote ? propagation.extract(context.active(), Object.fromEntries(remote)) : context.active();
        const http = tracer.startSpan("http", {}, parent); // as Deno's with OTEL_DENO=true
        const inside = trace.setSpan(parent, http);
        const connectInfo = { traceContextHeaders: headers };
        await using _ = await context.with(inside, () => connect(SpokenSocket, {}, { connectInfo }));
        http.end();
      });
      const [connected, http] = spans;
      assertStrictEquals(connected?.parentSpanContext?.spanId, http?.spanContext().spanId);
      assertEquals([connected?.name, http?.name], ["connect SpokenSocket", "http"]);
    } finally {
      context.disable();
    }
  });
}

Deno.test("instrument() keeps connect in the client's trace where the span around it belongs to another one", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    const spans = await spansOf(async (tracer) => {
      const inside = trace.setSpan(context.active(), tracer.startSpan("other"));
      const options = { connectInfo: { traceContextHeaders } };
      await using _ = await context.with(inside, () => connect(SpokenSocket, {}, options));
    });
    assertStrictEquals(spans[0]?.parentSpanContext?.spanId, PARENT_ID);
  } finally {
    context.disable();
  }
});

Deno.test("instrument() links joins and messages to the span of their handshake", async () => {
  const spans = await spansOf(async () => {
    for (const name of ["ann", "bob"]) {
      await using client = await connect(SpokenSocket, { name });
      const room = await client.join("room:open");
      await room.assertReply(room.push("echo"), "ok");
    }
  });
  const handshakes = spans.filter(({ name }) => name.startsWith("connect")).map((span) => span.spanContext().spanId);
  const links = spans.filter(({ name }) => !name.startsWith("connect")).map(({ links }) => {
    return links.map(({ context }) => context.spanId);
  });
  assertEquals(links, [0, 0, 1, 1].map((n) => [handshakes[n]!]));
});

Deno.test("instrument() keeps a handler working when a tracer throws", async () => {
  using error = stub(console, "error");
  const tracer = {
    startSpan(): never {
      throw new Error("tracer broke");
    },
  };
  using _ = instrument({ tracer });
  await using client = await connect(SpokenSocket);
  const room = await client.join("room:open");
  await room.assertReply(room.push("echo"), "ok");
  assert(error.calls.length > 0);
});

Deno.test("instrument() reads the numbers of endpoints, and no more once it has ended", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket } });
  const reads: string[] = [];
  const points = await metricsOf(async () => {
    const client = await connect(endpoint);
    await client.join("room:open");
    reads.push("connected");
  }, [endpoint]);
  assertEquals(reads, ["connected"]);
  assertEquals(points["urvogel.server.active_connections"]?.[0], [
    { "urvogel.socket": "SpokenSocket", "urvogel.transport": "direct" },
    1,
  ]);
  assertEquals(points["urvogel.server.channels"], [[{}, 1]]);
  assertEquals(points["urvogel.bus.up"], [[{}, 1]]);
  await endpoint.shutdown();
});

Deno.test("instrument() keeps the numbers of nodes apart that share a meter, as the threads of a Deno program do", async () => {
  const hub = new Hub();
  const pubsubs = ["a", "b"].map((name) => new PubSub({ adapter: hub.adapter(name) }));
  const endpoints = pubsubs.map((pubsub) => new Endpoint({ pubsub, sockets: { "/socket": SpokenSocket } }));
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const ends = endpoints.map((endpoint) => instrument({ meter: provider.getMeter("test"), endpoints: [endpoint] }));
  await using client = await connect(endpoints[0]!);
  await client.join("room:open");
  await provider.forceFlush();
  const found = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  const ofNodes = (name: string) =>
    found.find(({ descriptor }) => descriptor.name === name)?.dataPoints.map(({ attributes, value }) => [
      attributes["urvogel.node"],
      value,
    ]);
  assertEquals<unknown>(ofNodes("urvogel.server.channels"), [["a", 1], ["b", 0]]);
  assertEquals<unknown>(ofNodes("urvogel.bus.up"), [["a", 1], ["b", 1]]);
  for (const end of ends) end();
  await client.close();
  for (const endpoint of endpoints) await endpoint.shutdown();
  for (const pubsub of pubsubs) await pubsub.stop();
  await provider.shutdown();
});

Deno.test("instrument() makes the work of a server a child of the handler that asked for it, and of no other", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    const spans = await spansOf(async (tracer) => {
      class QueryServer extends GenServer<string, { casts: { query(): void } }> {
        override init(name: string) {
          return name;
        }
        override handleCast = this.casts({
          query: (name) => {
            tracer.startSpan(name).end();
            return noreply(name);
          },
        });
      }
      const [asked, other] = await Promise.all(["asked", "other"].map((name) => GenServer.start(QueryServer, name)));
      class AskingChannel extends SpokenChannel {
        override handleIn = this.handlers({
          ask: async () => {
            await Promise.resolve();
            asked!.cast("query");
            context.with(ROOT_CONTEXT, () => other!.cast("query")); // as somebody else does in the same turn
            return noreply();
          },
        });
      }
      class AskingSocket extends SpokenSocket {
        override channels = { "room:*": AskingChannel };
      }
      await using client = await connect(AskingSocket);
      const room = await client.join("room:open");
      room.push("ask");
      await settle();
      await asked!.stop();
      await other!.stop();
    });
    const named = (name: string) => spans.find((span) => span.name === name);
    const handler = spans.find(({ name }) => name.startsWith("handle_in"));
    assertStrictEquals(named("asked")?.parentSpanContext?.spanId, handler?.spanContext().spanId);
    assertStrictEquals(named("other")?.parentSpanContext, undefined);
    assert(named("other") && handler);
  } finally {
    context.disable();
  }
});
