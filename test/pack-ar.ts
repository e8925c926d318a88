/** An `ar` archive of these members. */
export function packAr(members: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const parts = members.flatMap(([name, bytes]) => {
    const head = `${name.padEnd(16)}0           0     0     100644  `;
    const size = `${String(bytes.byteLength).padEnd(10)}\`\n`;
    return [Buffer.from(head + size), bytes, Buffer.alloc(bytes.byteLength % 2, "\n")];
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}
