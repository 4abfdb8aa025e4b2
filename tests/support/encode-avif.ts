/** AVIF files with properties that no encoder here writes: turned, mirrored, of other colours (ISO/IEC 23008-12, AVIF 1.1). */

interface AvifProperties {
  readonly width: number;
  readonly height: number;
  /** Quarter turns against the clock. */
  readonly turns?: number;
  /** 0 exchanges top and bottom, 1 left and right; after the turn. */
  readonly mirror?: 0 | 1;
  /** Primaries, transfer function and matrix of H.273, full range. */
  readonly code?: readonly [number, number, number];
  readonly profile?: Uint8Array;
}

const number = (value: number, bytes: number) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const box = (type: string, ...content: Uint8Array[]) => {
  const body = Buffer.concat(content);
  return Buffer.concat([number(body.length + 8, 4), Buffer.from(type, 'latin1'), body]);
};
const fullBox = (type: string, version: number, ...content: Uint8Array[]) =>
  box(type, number(version, 1), number(0, 3), ...content);
const words = (bytes: number, ...values: number[]) => Buffer.concat(values.map((value) => number(value, bytes)));

/** The content of the first box of a type, wherever it stands. */
function contentOf(file: Buffer, type: string): Buffer {
  const at = file.indexOf(type, 0, 'latin1');
  if (at < 4) throw new Error(`No ${type} box.`);
  return file.subarray(at + 4, at - 4 + file.readUInt32BE(at - 4));
}

/** @param still an AVIF file of one item, whose coded picture gets these properties in the place of its own */
export function encodeAvif(still: Buffer, { width, height, turns, mirror, code, profile }: AvifProperties): Buffer {
  const pixels = contentOf(still, 'mdat');
  const properties = [
    fullBox('ispe', 0, words(4, width, height)),
    fullBox('pixi', 0, words(1, 3, 8, 8, 8)),
    box('av1C', contentOf(still, 'av1C')),
    ...(code ? [box('colr', Buffer.from('nclx'), words(2, ...code), number(128, 1))] : []),
    ...(profile ? [box('colr', Buffer.from('prof'), profile)] : []),
    ...(turns === undefined ? [] : [box('irot', number(turns, 1))]),
    ...(mirror === undefined ? [] : [box('imir', number(mirror, 1))]),
  ];
  const associations = properties.map((_, i) => 0x80 | (i + 1));
  const meta = (pixelsAt: number) =>
    fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, words(4, 0), Buffer.from('pict'), words(4, 0, 0, 0), words(1, 0)),
      fullBox('pitm', 0, words(2, 1)),
      // Offsets and lengths of 4 bytes, one item in one part.
      fullBox('iloc', 0, words(1, 0x44, 0), words(2, 1, 1, 0, 1), words(4, pixelsAt, pixels.length)),
      fullBox('iinf', 0, words(2, 1), fullBox('infe', 2, words(2, 1, 0), Buffer.from('av01\0'))),
      box(
        'iprp',
        box('ipco', ...properties),
        fullBox('ipma', 0, words(4, 1), words(2, 1), words(1, associations.length, ...associations)),
      ),
    );
  const type = box('ftyp', Buffer.from('avif'), words(4, 0), Buffer.from('avifmif1miafMA1B'));
  const head = type.length + meta(0).length + 8;
  return Buffer.concat([type, meta(head), box('mdat', pixels)]);
}
