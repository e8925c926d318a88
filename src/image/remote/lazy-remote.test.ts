import { expect, it } from "vitest";
import { lazyRemote } from "./lazy-remote.ts";

const request = { reference: "app:1", platforms: [], temporaryFolder: "/nowhere" };

it("lazyRemote() loads nothing that nobody asked for", async () => {
  let loads = 0;
  const remote = lazyRemote(() => {
    loads++;
    return Promise.reject(new Error("not to be loaded"));
  });
  await remote.close();
  expect(loads).toBe(0);
});

it("lazyRemote() says why it cannot be loaded to who asks, and closes all the same", async () => {
  const remote = lazyRemote(() => Promise.reject(new Error("no such certificate")));
  await expect(remote.openRegistry("app:1", request)).rejects.toThrow("no such certificate");
  await remote.close();
});
