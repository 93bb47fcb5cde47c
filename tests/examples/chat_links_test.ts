import { assertEquals } from "@std/assert";
import { piecesOf } from "../../examples/chat/page/links.ts";

const hrefsOf = (text: string) => piecesOf(text).flatMap(({ href }) => href ?? []);

for (
  const [text, ...hrefs] of [
    ["no link"],
    ["https://deno.com", "https://deno.com/"],
    ["HTTP://DENO.com/A and https://jsr.io.", "http://deno.com/A", "https://jsr.io/"],
    ["(see https://deno.com/blog), really!", "https://deno.com/blog"],
    ["https://en.wikipedia.org/wiki/Deno_(software)", "https://en.wikipedia.org/wiki/Deno_(software)"],
    ["(https://en.wikipedia.org/wiki/Deno_(software))?", "https://en.wikipedia.org/wiki/Deno_(software)"],
    ["“https://a.test/x”…", "https://a.test/x"],
    ["two\nhttp://a.test\nhttp://b.test/?q=1#x", "http://a.test/", "http://b.test/?q=1#x"],
    ["javascript:alert(1) data:text/html,x file:///etc ftp://a.test vbscript:x"],
    ["https:// http://: https://.. xhttps://a.test"],
    ["https://bank.test@evil.test/ https://a:b@evil.test"],
    ["https://a.test/\u202Etxt.exe", "https://a.test/"],
  ] as const
) {
  Deno.test(`piecesOf() finds ${hrefs.length} links in ${JSON.stringify(text)}`, () => {
    assertEquals(hrefsOf(text), [...hrefs]);
    assertEquals(piecesOf(text).map(({ text }) => text).join(""), text); // nothing is lost
  });
}
