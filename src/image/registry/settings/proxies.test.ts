import { describe, expect, it } from "vitest";
import { proxyFor, proxyProblems } from "./proxies.ts";

const proxy = "http://p.example:3128/";
const shown = (url: string, env: Readonly<Record<string, string>>): string | null =>
  proxyFor(new URL(url), env)?.href ?? null;

describe("proxyFor()", () => {
  it.each([
    ["https://a.b/", { HTTPS_PROXY: proxy }, proxy],
    ["https://a.b/", { https_proxy: "p.example:3128" }, proxy],
    ["https://a.b/", { HTTPS_PROXY: "http://no", https_proxy: proxy }, proxy],
    ["https://a.b/", { HTTPS_PROXY: proxy, https_proxy: "" }, proxy],
    ["https://a.b/", { HTTP_PROXY: proxy }, null],
    ["http://a.b/", { HTTP_PROXY: proxy }, proxy],
    ["http://a.b/", { HTTPS_PROXY: proxy }, null],
    ["http://a.b/", { ALL_PROXY: proxy }, proxy],
    ["https://a.b/", { all_proxy: "socks5h://p.example" }, "socks5h://p.example"],
    ["https://a.b/", { all_proxy: "http://no", HTTPS_PROXY: proxy }, proxy],
    ["https://a.b/", { HTTPS_PROXY: "http://u:p@p.example:3128" }, "http://u:p@p.example:3128/"],
    ["https://a.b/", { HTTPS_PROXY: "" }, null],
    ["https://a.b/", {}, null],
    // Set by a web server out of a request's header.
    ["http://a.b/", { HTTP_PROXY: proxy, REQUEST_METHOD: "GET" }, null],
    ["http://a.b/", { http_proxy: proxy, REQUEST_METHOD: "GET" }, proxy],
    ["https://a.b/", { HTTPS_PROXY: proxy, REQUEST_METHOD: "GET" }, proxy],
    ["https://localhost:5000/", { HTTPS_PROXY: proxy }, null],
    ["https://127.0.0.9/", { HTTPS_PROXY: proxy }, null],
    ["https://[::1]:5000/", { HTTPS_PROXY: proxy }, null],
    ["https://localhost.b/", { HTTPS_PROXY: proxy }, proxy],
    ["https://a.b/", { HTTPS_PROXY: "ftp://p.example" }, null],
  ])("of %s with %j is %s", (url, env, expected) => {
    expect(shown(url, env)).toBe(expected);
  });

  /** Held against golang.org/x/net v0.62 http/httpproxy, all but the row with a space alone and `[fd00::1]`. */
  it.each([
    ["a.b", "https://a.b/", true],
    ["a.b", "https://A.B/", true],
    ["A.B", "https://a.b/", true],
    ["a.b", "https://x.a.b/", true],
    ["a.b", "https://xa.b/", false],
    [".a.b", "https://a.b/", false],
    [".a.b", "https://x.a.b/", true],
    ["*.a.b", "https://a.b/", false],
    ["*.a.b", "https://x.y.a.b/", true],
    ["*", "https://a.b/", true],
    ["x.y,*", "https://a.b/", true],
    ["a.*", "https://a.b/", false],
    ["a.b:443", "https://a.b/", true],
    ["a.b:443", "https://x.a.b/", true],
    ["a.b:80", "https://a.b/", false],
    ["a.b:5000", "https://a.b:5000/", true],
    [" x.y , a.b ", "https://a.b/", true],
    ["x.y a.b", "https://a.b/", true],
    [",,", "https://a.b/", false],
    [":443", "https://a.b/", false],
    ["10.0.0.0/8", "https://10.1.2.3/", true],
    ["10.0.0.0/8", "https://11.1.2.3/", false],
    ["10.0.0.0/8", "https://a.b/", false],
    ["10.0.0.1", "https://10.0.0.1/", true],
    ["10.0.0.1:443", "https://10.0.0.1/", true],
    ["10.0.0.1:80", "https://10.0.0.1/", false],
    ["0.0.1", "https://10.0.0.1/", false],
    ["fd00::/8", "https://[fd00::1]/", true],
    ["fd00::1", "https://[fd00:0::1]/", true],
    ["[fd00::1]", "https://[fd00::1]/", true],
    ["[fd00::1]:443", "https://[fd00::1]/", true],
    ["[fd00::1]:80", "https://[fd00::1]/", false],
  ])("with NO_PROXY=%s leaves out %s: %s", (list, url, expected) => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      expect(shown(url, { HTTPS_PROXY: proxy, [name]: list }) === null).toBe(expected);
    }
  });
});

describe("proxyProblems()", () => {
  it.each([
    [{}, []],
    [{ HTTPS_PROXY: proxy, http_proxy: "p.example" }, []],
    [{ HTTPS_PROXY: "http://u:marker@" }, ["$HTTPS_PROXY"]],
    [{ https_proxy: "ftp://marker@p.example" }, ["$https_proxy"]],
    [{ ALL_PROXY: "marker marker" }, ["$ALL_PROXY"]],
    [{ ALL_PROXY: "marker:x", HTTPS_PROXY: proxy }, ["$ALL_PROXY"]],
  ])("of %j are %j", (env, expected) => {
    const problems = proxyProblems(env);
    expect(problems.map((one) => one.what)).toEqual(expected);
    expect(JSON.stringify(problems)).not.toContain("marker");
  });
});
