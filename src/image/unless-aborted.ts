/** Waits for what others may wait for, too: the signal ends this wait alone, which then comes to null. */
export async function unlessAborted<Value>(
  coming: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value | null> {
  if (signal === undefined) return coming;
  const { promise, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) resolve(null);
  try {
    return await Promise.race([promise, coming]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
