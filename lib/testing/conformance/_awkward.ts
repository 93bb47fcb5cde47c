/**
 * Topics and payloads that careless encodings damage.
 *
 * @module
 */

const KILOBYTE = 1024;

/** Topics that engines read as something else, or that become the same in a careless encoding. */
export const TOPICS: readonly string[] = [
  ...["", " ", "a", "A", "a ", " a", "a.b", "a.>", "a.*", ">", "*", "..", ".", "a..b", "a.b.c"],
  ...["room:1", "room:*", "room:%", "room:_", "%72oom:1", "a/b", "a+b", "#", "$SYS", "_INBOX.a", "~", "~a"],
  ...["\0", "a\0b", "\n", "\r\n", "a\tb", "'", '"', "';--", "\\", "`", "${a}", "{a}", "(a)", "[a]", "a?"],
  ...["é", "e\u0301", "ü", "日本", "🙂", "\u{10ffff}", "\ufeff", "\ufffd", "\ud800", "\udfff", "\ud800a", "a\ud800"],
  ...["__proto__", "constructor", "null", "undefined", "NaN", "0", "00"],
  ...["x".repeat(95), "x".repeat(96), "x".repeat(97), "é".repeat(48), "é".repeat(49)],
  ...["x".repeat(4 * KILOBYTE), `${"x".repeat(4 * KILOBYTE - 1)}y`, "🙂".repeat(KILOBYTE)],
];

/** Payloads whose text or bytes are easily damaged. */
export const PAYLOADS: readonly unknown[] = [
  ...[null, true, false, 0, -1.5e-7, 9_007_199_254_740_991, "", "text", [], {}],
  ...["é日本🙂\u{10ffff}", "\0\n\r\t\"'\\", "\ud800", "\udfff", "\ufffd", "\ufeffx"],
  { "": 1, nested: [{ deep: [[[]]] }, null], ["\ud800"]: "\udfff" },
  JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
  new Uint8Array(0),
  new Uint8Array([0]),
  new TextEncoder().encode('{"not":"json"}'),
];
