import assert from "node:assert/strict";
import { getSetCookies } from "@std/http/cookie";
import { FakeTime } from "@std/testing/time";
import { SessionCookie } from "@urvogel/realtime";

const SECRET = "0123456789abcdef0123";

/** The headers of a browser that got these. */
function sentBack(headers: Headers): Headers {
  const cookies = getSetCookies(headers).map(({ name, value }) => `${name}=${value}`);
  return new Headers({ cookie: cookies.join("; ") });
}

Deno.test("SessionCookie.read() finds what write() gave to the client", async () => {
  const sessions = new SessionCookie<{ userId: number }>({ secret: SECRET });
  const session = sessions.create({ userId: 7 });
  const headers = new Headers();
  await sessions.write(headers, session);
  assert.deepEqual(await sessions.read(sentBack(headers)), session);
});

Deno.test("SessionCookie.write() makes a cookie that scripts and other sites do not get", async () => {
  const headers = new Headers();
  const sessions = new SessionCookie({ secret: SECRET });
  await sessions.write(headers, sessions.create({ secret: "in here" }));
  const text = headers.get("set-cookie")!;
  for (const part of ["_urvogel_session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=1209600"]) {
    assert.ok(text.includes(part), part);
  }
  const plain = new Headers();
  const options = { secret: SECRET, name: "s", secure: false, sameSite: "Strict", maxAgeMs: Infinity } as const;
  const others = new SessionCookie(options);
  await others.write(plain, others.create(1));
  assert.match(plain.get("set-cookie")!, /^s=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/$/);
});

Deno.test("SessionCookie.read() answers undefined when the cookie is missing, old, changed or another's", async () => {
  using time = new FakeTime();
  const sessions = new SessionCookie({ secret: SECRET, maxAgeMs: 1000 });
  const headers = new Headers();
  await sessions.write(headers, sessions.create(1));
  const sent = sentBack(headers);
  assert.equal(await sessions.read(new Headers()), undefined);
  assert.equal(await sessions.read(new Headers({ cookie: sent.get("cookie")! + "x" })), undefined);
  assert.equal(await new SessionCookie({ secret: `${SECRET}4` }).read(sent), undefined);
  time.tick(1000);
  assert.equal(await sessions.read(sent), undefined);
});

Deno.test.each(["", ";", "=", "=x", "a", "__proto__=1"])(
  "SessionCookie.read() finds its cookie beside %j",
  async (odd) => {
    const sessions = new SessionCookie({ secret: SECRET });
    const headers = new Headers();
    await sessions.write(headers, sessions.create(1));
    const cookie = sentBack(headers).get("cookie");
    assert.equal((await sessions.read(new Headers({ cookie: `${odd}; ${cookie}` })))?.data, 1);
    assert.equal(await sessions.read(new Headers({ cookie: odd })), undefined);
  },
);

Deno.test("SessionCookie.write() refuses a session that no cookie can hold", async () => {
  const sessions = new SessionCookie({ secret: SECRET });
  const headers = new Headers();
  await assert.rejects(sessions.write(headers, sessions.create("x".repeat(4000))), /a cookie must be <= 4096 bytes/);
  assert.equal(headers.get("set-cookie"), null);
});

Deno.test("SessionCookie.clear() lets the client forget", () => {
  const headers = new Headers();
  new SessionCookie({ secret: SECRET }).clear(headers);
  assert.match(headers.get("set-cookie")!, /_urvogel_session=; .*Expires=Thu, 01 Jan 1970/);
});

Deno.test("SessionCookie.csrfTokenMatches() takes what pages of this session carry, and nothing else", () => {
  const sessions = new SessionCookie({ secret: SECRET });
  const session = sessions.create(1);
  const [one, other] = [sessions.csrfToken(session), sessions.csrfToken(session)];
  assert.notEqual(one, other);
  for (const sent of [one, other, session.csrf]) assert.equal(sessions.csrfTokenMatches(session, sent), true);
  const foreign = sessions.csrfToken(sessions.create(1));
  for (const sent of [foreign, "", "x", one.slice(1), `${one}A`, undefined, 7, [one], "%%%%", "é".repeat(24)]) {
    assert.equal(sessions.csrfTokenMatches(session, sent), false, String(sent));
  }
});
