import { assert, assertEquals, assertMatch, assertNotStrictEquals, assertRejects, assertThrows } from "@std/assert";
import { getSetCookies } from "@std/http/cookie";
import { FakeTime } from "@std/testing/time";
import { SessionCookie, Token } from "@urvogel/realtime";

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
  assertEquals(await sessions.read(sentBack(headers)), session);
});

Deno.test("SessionCookie.write() makes a cookie that scripts and other sites do not get", async () => {
  const headers = new Headers();
  const sessions = new SessionCookie({ secret: SECRET });
  await sessions.write(headers, sessions.create({ secret: "in here" }));
  const text = headers.get("set-cookie")!;
  for (const part of ["_urvogel_session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=1209600"]) {
    assert(text.includes(part), part);
  }
  const plain = new Headers();
  const options = { secret: SECRET, name: "s", secure: false, sameSite: "Strict", maxAgeMs: Infinity } as const;
  const others = new SessionCookie(options);
  await others.write(plain, others.create(1));
  assertMatch(plain.get("set-cookie")!, /^s=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/$/);
});

Deno.test("SessionCookie.read() answers undefined when the cookie is missing, old, changed or another's", async () => {
  using time = new FakeTime();
  const sessions = new SessionCookie({ secret: SECRET, maxAgeMs: 1000 });
  const headers = new Headers();
  await sessions.write(headers, sessions.create(1));
  const sent = sentBack(headers);
  assertEquals(await sessions.read(new Headers()), undefined);
  assertEquals(await sessions.read(new Headers({ cookie: sent.get("cookie")! + "x" })), undefined);
  assertEquals(await new SessionCookie({ secret: `${SECRET}4` }).read(sent), undefined);
  time.tick(1000);
  assertEquals(await sessions.read(sent), undefined);
});

/** The same cookie under another name, as a client can send it. */
async function renamed(from: SessionCookie, name: string): Promise<Headers> {
  const headers = new Headers();
  await from.write(headers, from.create({ userId: 7 }));
  const [cookie] = getSetCookies(headers);
  return new Headers({ cookie: `${name}=${cookie!.value}` });
}

Deno.test("SessionCookie.read() takes no cookie that was written under another name or salt", async () => {
  const user = new SessionCookie({ secret: SECRET, name: "user" });
  const admin = new SessionCookie({ secret: SECRET, name: "admin" });
  const salted = new SessionCookie({ secret: SECRET, name: "user", salt: "2027" });
  const moved = new SessionCookie({ secret: SECRET, name: "account", salt: "user" });
  const sent = (name: string) => renamed(user, name);
  assertEquals((await user.read(await sent("user")))?.data, { userId: 7 });
  assertEquals(await admin.read(await sent("admin")), undefined);
  assertEquals(await salted.read(await sent("user")), undefined);
  assertEquals((await moved.read(await sent("account")))?.data, { userId: 7 });
});

Deno.test.each([["text"], [7], [null], [true], [[]], [["csrf"]], [{}], [{ data: 1 }], [{ data: 1, csrf: 7 }]])(
  "SessionCookie.read() takes %j for no session, though it was encrypted with its key",
  async (value) => {
    for (const salt of ["session cookie: s", "session cookie", "s"]) {
      const token = await Token.encrypt(SECRET, salt, value);
      assertEquals(
        await new SessionCookie({ secret: SECRET, name: "s" }).read(new Headers({ cookie: `s=${token}` })),
        undefined,
      );
    }
  },
);

Deno.test("SessionCookie() refuses a secret that is none", () => {
  const sessions = (secret: unknown) => new SessionCookie({ secret: secret as string });
  assertThrows(
    () => sessions("short"),
    RangeError,
    "Cannot create session cookie: a secret must have >= 20 bytes, received 5",
  );
  for (const none of [undefined, null, 7, [], [undefined]]) assertThrows(() => sessions(none), TypeError);
});

Deno.test.each(["", ";", "=", "=x", "a", "__proto__=1"])(
  "SessionCookie.read() finds its cookie beside %j",
  async (odd) => {
    const sessions = new SessionCookie({ secret: SECRET });
    const headers = new Headers();
    await sessions.write(headers, sessions.create(1));
    const cookie = sentBack(headers).get("cookie");
    assertEquals((await sessions.read(new Headers({ cookie: `${odd}; ${cookie}` })))?.data, 1);
    assertEquals(await sessions.read(new Headers({ cookie: odd })), undefined);
  },
);

Deno.test("SessionCookie.write() refuses a session that no cookie can hold", async () => {
  const sessions = new SessionCookie({ secret: SECRET });
  const headers = new Headers();
  await assertRejects(
    () => sessions.write(headers, sessions.create("x".repeat(4000))),
    Error,
    "a cookie must be <= 4096 bytes",
  );
  assertEquals(headers.get("set-cookie"), null);
});

Deno.test("SessionCookie.clear() lets the client forget", () => {
  const headers = new Headers();
  new SessionCookie({ secret: SECRET }).clear(headers);
  assertMatch(headers.get("set-cookie")!, /_urvogel_session=; .*Expires=Thu, 01 Jan 1970/);
});

Deno.test("SessionCookie.csrfTokenMatches() takes what pages of this session carry, and nothing else", () => {
  const sessions = new SessionCookie({ secret: SECRET });
  const session = sessions.create(1);
  const [one, other] = [sessions.csrfToken(session), sessions.csrfToken(session)];
  assertNotStrictEquals(one, other);
  for (const sent of [one, other, session.csrf]) assertEquals(sessions.csrfTokenMatches(session, sent), true);
  const foreign = sessions.csrfToken(sessions.create(1));
  for (const sent of [foreign, "", "x", one.slice(1), `${one}A`, undefined, 7, [one], "%%%%", "é".repeat(24)]) {
    assertEquals(sessions.csrfTokenMatches(session, sent), false, String(sent));
  }
});
