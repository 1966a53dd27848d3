// SPDX-License-Identifier: Apache-2.0
// The outermost layer of a protobuf message: numbered fields, as bytes. For parts that must be kept exactly as they came,
// whatever they hold: default values and checkpoints. Messages themselves are read by the SDK's protocol (service.ts).

/** Contents of every length-delimited field `number` of a message, in order. */
export function partsOf(message: Uint8Array, number: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const reader = { bytes: message, at: 0 };
  while (reader.at < message.length) {
    const tag = readVarint(reader);
    const length = lengthOf(reader, Number(tag & 7n));
    const end = reader.at + length;
    if (end > message.length) throw new Error('A protobuf message ends within a field');
    if (tag === (BigInt(number) << 3n) + 2n) parts.push(message.subarray(reader.at, end));
    reader.at = end;
  }
  return parts;
}

/** The last of them: what a field that is not repeated means. */
export function partOf(message: Uint8Array, number: number): Uint8Array | undefined {
  return partsOf(message, number).at(-1);
}

/** One length-delimited field. */
export function toPart(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varint((number << 3) + 2), varint(content.length), content]);
}

type Reader = { bytes: Uint8Array; at: number };

function readVarint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new Error('A protobuf message ends within a number');
}

function lengthOf(reader: Reader, wireType: number): number {
  if (wireType === 2) return Number(readVarint(reader));
  if (wireType === 0) {
    readVarint(reader);
    return 0;
  }
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  throw new Error(`A protobuf message holds a field of wire type ${wireType}`);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
