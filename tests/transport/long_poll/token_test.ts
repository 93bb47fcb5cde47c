import { assertEquals } from "@std/assert";
import { applicationQuery, sessionTokenOf } from "../../../lib/transport/long_poll/_token.ts";

function ask(query: string, header?: string): Request {
  const headers = header === undefined ? {} : { "x-phoenix-longpoll-token": header };
  return new Request(`http://localhost/longpoll${query}`, { headers });
}

const cases: readonly [
  what: string,
  query: string,
  header: string | undefined,
  token: string | undefined,
  own: string,
][] = [
  ["none", "?vsn=2.0.0", undefined, undefined, "?vsn=2.0.0"],
  ["a parameter", "?vsn=2.0.0&token=a", undefined, "a", "?vsn=2.0.0&token=a"],
  ["a header", "?vsn=2.0.0", "h", "h", "?vsn=2.0.0"],
  ["a header beside the application's parameter", "?token=app&vsn=2.0.0", "h", "h", "?token=app&vsn=2.0.0"],
  ["a header beside two parameters", "?token=app&token=b", "h", "h", "?token=app&token=b"],
  ["a parameter behind the application's", "?token=app&vsn=2.0.0&token=b", undefined, "b", "token=app&vsn=2.0.0"],
  ["a parameter behind an empty one", "?token&token=b", undefined, "b", "token"],
  ["a parameter beside others like it", "?tokens=1&token=b&token2=c", undefined, "b", "?tokens=1&token=b&token2=c"],
];
for (const [what, query, header, token, own] of cases) {
  Deno.test(`sessionTokenOf() and applicationQuery() find ${what}`, () => {
    assertEquals([sessionTokenOf(ask(query, header)), applicationQuery(ask(query, header))], [token, own]);
  });
}
