// AWS event-stream messages (application/vnd.amazon.eventstream), big-endian: total length, length of the headers, CRC-32 of
// these two, headers, payload, CRC-32 of everything before.

export const kEventStreamType = 'application/vnd.amazon.eventstream';

const kPreludeBytes = 12;
const kTrailerBytes = 4;
const kStringHeader = 7; // the type of a header's value

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 as gzip has it. Node's own came with version 22. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function headerBytes(name, value) {
  const head = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([kStringHeader, 0, 0])]);
  head.writeUInt16BE(Buffer.byteLength(value), head.length - 2);
  return Buffer.concat([head, Buffer.from(value)]);
}

/** One event with a JSON payload. */
export function eventMessage(type, value) {
  const headers = Buffer.concat([
    headerBytes(':event-type', type),
    headerBytes(':content-type', 'application/json'),
    headerBytes(':message-type', 'event'),
  ]);
  const payload = Buffer.from(JSON.stringify(value));
  const message = Buffer.alloc(kPreludeBytes + headers.length + payload.length + kTrailerBytes);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, kPreludeBytes);
  payload.copy(message, kPreludeBytes + headers.length);
  const end = message.length - kTrailerBytes;
  message.writeUInt32BE(crc32(message.subarray(0, end)), end);
  return message;
}
