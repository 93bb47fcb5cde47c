import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { ConnectInfo, LimitHitEvent, SocketDriver } from "@urvogel/realtime";
import { ok } from "@urvogel/realtime";
import { AddressLimit } from "../../lib/limits/address_limit.ts";
import { SeatLimit } from "../../lib/limits/seat.ts";
import { originCheck } from "../../lib/security/check_origin.ts";
import { Admission, type AdmissionRules } from "../../lib/transport/admission.ts";
import { RequestInfo, type RequestInfoParts } from "../../lib/transport/request/connect_info.ts";
import { RequestSnapshot } from "../../lib/transport/request/snapshot.ts";
import { NO_INFO } from "../support/fake_client.ts";
import { Collected, Failures } from "../support/telemetry.ts";

const PEER = { hostname: "192.0.2.1", port: 5000 };
const CLIENT: ConnectInfo = { ...NO_INFO, peerData: PEER, address: PEER.hostname };
const WILLING: SocketDriver = { connect: () => ok({ open: () => ({ handleIn() {}, close() {} }) }) };
const NEVER = new Promise<never>(() => {});

function admissionOf(driver: SocketDriver, rules: Partial<AdmissionRules> = {}): Admission {
  const renderError = () => new Response(null, { status: 500 });
  return new Admission(driver, { connectTimeoutMs: 50, origins: originCheck(false), renderError, ...rules });
}

/** What is known of a client that has sent a request. */
function requestInfo({ addressOf }: Pick<RequestInfoParts, "addressOf">): RequestInfo {
  const request = new RequestSnapshot(new Request("http://localhost"));
  const serveInfo = { remoteAddr: PEER };
  return new RequestInfo({
    request,
    serveInfo,
    transport: "test",
    authToken: undefined,
    session: undefined,
    addressOf,
  });
}

Deno.test("Admission.ask() takes no seat for a client whose address cannot be found out", async () => {
  using failures = new Failures();
  const total = new SeatLimit("maxConnections", 1);
  const found: unknown[] = [null, "192.0.2.1"];
  const addressOf = () => found.shift() as string; // as an untyped program may return
  const admission = admissionOf(WILLING, { total, addresses: { limit: new AddressLimit(1), addressOf } });
  const client = () => requestInfo({ addressOf: admission.addressOf });
  assertEquals((await admission.ask({}, client())).next, "failed");
  assertEquals(failures.messages, [
    'Cannot count connections: "addressOf" must return text or undefined, received null',
  ]);
  assertEquals((await admission.ask({}, client())).next, "ok");
});

Deno.test("Admission.ask() gives the seat of an address back when all seats are taken", async () => {
  const total = new SeatLimit("maxConnections", 1);
  const limit = new AddressLimit(5);
  const admission = admissionOf(WILLING, { total, addresses: { limit, addressOf: () => "192.0.2.1" } });
  const first = await admission.ask({}, CLIENT);
  assert(first.next === "ok");
  assertEquals(await admission.ask({}, CLIENT), { next: "full", status: 503, reason: "too many connections" });
  first.seat.release();
  assertEquals(limit.addressCount, 0);
});

Deno.test("connectTimeoutMs is reported with the address of the client", async () => {
  using _failures = new Failures();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  using time = new FakeTime();
  const asking = admissionOf({ connect: () => NEVER }).ask({}, CLIENT);
  const origins = originCheck(() => NEVER);
  const request = new Request("http://localhost", { headers: { origin: "http://localhost" } });
  const checking = admissionOf(WILLING, { origins }).allowsOrigin(request, { remoteAddr: CLIENT.peerData }).catch(
    () => "late",
  );
  time.tick(50);
  assertEquals([(await asking).next, await checking], ["failed", "late"]);
  const hit = ["connectTimeoutMs", 50, "192.0.2.1"];
  assertEquals(limits.events.map(({ limit, max, address }) => [limit, max, address]), [hit, hit]);
});
