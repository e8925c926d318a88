import { describe, expect, it } from "vitest";
import { cleanCommand } from "./clean-command.ts";

describe("a step of the history as a line of a Dockerfile", () => {
  it.each([
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ["/bin/sh -c #(nop) ADD file:0123abcd in / ", "ADD file:0123abcd in /"],
    ["/bin/sh -c apt-get update &&     apt-get clean", "RUN apt-get update && apt-get clean"],
    ["|1 V=2 /bin/sh -c make", "RUN V=2 make"],
    ["|0 /bin/sh -c make", "RUN make"],
    ["RUN /bin/sh -c make # buildkit", "RUN make"],
    ["RUN |2 A=1 B=2 /bin/sh -c make $A # buildkit", "RUN A=1 B=2 make $A"],
    ["RUN npm ci # a comment", "RUN npm ci # a comment"],
    ["COPY . /app # buildkit", "COPY . /app"],
    ["cmd /S /C #(nop) ENV A=1", "ENV A=1"],
    ["cmd /S /C dir", "RUN dir"],
    ["make-debian-images", "make-debian-images"],
    ["a\n  b\tc", "a b c"],
    ["", ""],
  ])("%j is %j", (createdBy, command) => {
    expect(cleanCommand(createdBy)).toBe(command);
  });
});
