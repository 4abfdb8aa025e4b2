/** CRC-32 as zip archives keep it (reflected, polynomial 0xEDB88320). */

let table: Uint32Array | undefined;

function entries(): Uint32Array {
  if (table) return table;
  table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  return table;
}

/** @param before of the bytes that come before these, for a file in parts */
export function crc32(bytes: Uint8Array, before = 0): number {
  const values = entries();
  let crc = before ^ 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ values[(crc ^ bytes[i]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}
