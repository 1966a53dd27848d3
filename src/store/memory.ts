// SPDX-License-Identifier: Apache-2.0
// The buffers that parts wait in: bounded in all, and used again, because what is dropped comes back to the process only
// when its garbage collector gets to it (four large streams at once: 370 MiB without reuse, 240 MiB with it: measured).
import { openGate } from './gate.ts';

const mib = 1024 ** 2;
/** Below the first a buffer is not worth keeping, above the last too rare. */
const [smallestKept, largestKept] = [1 * mib, 16 * mib];

export type Held = { buffer: Buffer; release: () => void };

/** Resolves when there is room for so many bytes, with a buffer of exactly that length and undefined content. */
export type Memory = (bytes: number, signal?: AbortSignal) => Promise<Held>;

export function openMemory(capacity: number): Memory {
  const gate = openGate(capacity);
  const pool = openPool(capacity);
  return async (bytes, signal) => {
    const size = sizeFor(bytes);
    const leave = await gate(size, signal);
    const buffer = pool.take(size);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      pool.give(buffer);
      leave();
    };
    return { buffer: buffer.subarray(0, bytes), release };
  };
}

/** Buffers by their size. Those that are out and those that are kept are never more than `capacity` together. */
function openPool(capacity: number): { take(size: number): Buffer; give(buffer: Buffer): void } {
  const kept = new Map<number, Buffer[]>();
  let keptBytes = 0;
  let outBytes = 0;
  return {
    take(size) {
      outBytes += size;
      const found = kept.get(size)?.pop();
      if (found) {
        keptBytes -= size;
        return found;
      }
      if (outBytes + keptBytes > capacity) {
        kept.clear();
        keptBytes = 0;
      }
      return Buffer.allocUnsafeSlow(size);
    },
    give(buffer) {
      const { length } = buffer;
      outBytes -= length;
      if (length < smallestKept || length > largestKept) return;
      const others = kept.get(length) ?? [];
      others.push(buffer);
      kept.set(length, others);
      keptBytes += length;
    },
  };
}

/** Powers of two, so that a buffer fits the next one who asks. */
function sizeFor(bytes: number): number {
  if (bytes <= smallestKept / 2 || bytes > largestKept) return bytes;
  return Math.max(smallestKept, 2 ** Math.ceil(Math.log2(bytes)));
}
