import { createServer } from "node:http";
import { once } from "node:events";
import * as undici from "undici";
import { expect, it } from "vitest";
import { loadUndici } from "./load-undici.ts";

it("what is taken out of undici is what the package exports", () => {
  const { Agent, ProxyAgent, buildConnector } = loadUndici();
  expect([Agent, ProxyAgent, buildConnector]).toEqual([
    undici.Agent,
    undici.ProxyAgent,
    undici.buildConnector,
  ]);
});

it("can ask", async () => {
  const server = createServer((_, answer) => answer.end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const agent = new (loadUndici().Agent)();
  const { statusCode, body } = await agent.request({
    origin: `http://127.0.0.1:${port}`,
    path: "/",
    method: "GET",
  });
  expect([statusCode, await body.text()]).toEqual([200, "hello"]);
  await agent.destroy();
  server.close();
});
