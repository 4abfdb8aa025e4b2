/** The boxes of an AVIF file that say how large its picture is, and how it is shown: turned, mirrored, in other colours (ISO/IEC 14496-12, 23008-12). */
import type { CodePoints } from './png.ts';

export interface AvifProperties {
  /** Pixels as stored (`ispe`), of a picture in tiles the whole; null where the file doesn't say. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** `irot` and `imir` as an EXIF orientation, 1 (upright) to 8. */
  readonly orientation: number;
  /** `colr` of code points. */
  readonly codePoints: CodePoints | null;
  /** `colr` of an ICC profile. */
  readonly profile: Uint8Array<ArrayBuffer> | null;
}

interface Box {
  readonly type: string;
  /** Where its content begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** EXIF orientation by quarter turns against the clock, then without a mirror, top for bottom, left for right. */
const orientations = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
] as const;
const [plainHeader, longHeader, versionAndFlags] = [8, 16, 4];

const textAt = (view: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));

/** @throws RangeError where a box is longer than what holds it */
function boxesOf(view: DataView, from: number, to: number): Box[] {
  const found: Box[] = [];
  for (let at = from; at + plainHeader <= to; ) {
    const length = view.getUint32(at);
    const header = length === 1 ? longHeader : plainHeader;
    const size = length === 0 ? to - at : length === 1 ? Number(view.getBigUint64(at + plainHeader)) : length;
    if (size < header || at + size > to) throw new RangeError('The boxes of the file are damaged.');
    found.push({ type: textAt(view, at + 4), from: at + header, to: at + size });
    at += size;
  }
  return found;
}

const findBox = (boxes: readonly Box[], type: string) => boxes.find((box) => box.type === type);

/** The file's `meta` box: it stands before the pixels, or behind them and then perhaps behind what is read. */
function metaBox(view: DataView): Box | null {
  for (let at = 0; at + plainHeader <= view.byteLength; ) {
    const end = at + view.getUint32(at);
    if (textAt(view, at + 4) === 'meta') return boxesOf(view, at, Math.min(end, view.byteLength))[0] ?? null;
    // Long boxes and such without an end hold pixels.
    if (end < at + plainHeader) return null;
    at = end;
  }
  return null;
}

/** Numbers, from 1, of the properties of an item. */
function propertiesOf(view: DataView, { from }: Box, item: number): number[] {
  const [version, isLong] = [view.getUint8(from), (view.getUint8(from + 3) & 1) === 1];
  let at = from + versionAndFlags + 4;
  for (let left = view.getUint32(at - 4); left > 0; left--) {
    const id = version === 0 ? view.getUint16(at) : view.getUint32(at);
    at += version === 0 ? 2 : 4;
    const count = view.getUint8(at++);
    if (id === item)
      return Array.from({ length: count }, (_, i) =>
        isLong ? view.getUint16(at + 2 * i) & 0x7fff : view.getUint8(at + i) & 0x7f,
      );
    at += count * (isLong ? 2 : 1);
  }
  return [];
}

/**
 * Properties of the primary item; those of a picture as it is stored where the file has none, as in sequences.
 * @param head an AVIF file's first bytes, its `meta` box among them
 * @throws RangeError where its boxes are damaged
 */
export function readAvifProperties(head: Uint8Array): AvifProperties {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let [turns, mirror] = [0, 0];
  let size: AvifProperties['size'] = null;
  let codePoints: CodePoints | null = null;
  let profile: Uint8Array<ArrayBuffer> | null = null;
  const meta = metaBox(view);
  const inside = meta ? boxesOf(view, meta.from + versionAndFlags, meta.to) : [];
  const [primary, container] = [findBox(inside, 'pitm'), findBox(inside, 'iprp')];
  const parts = container ? boxesOf(view, container.from, container.to) : [];
  const [properties, associations] = [findBox(parts, 'ipco'), findBox(parts, 'ipma')];
  if (!primary || !properties || !associations) return { size, orientation: 1, codePoints, profile };
  const item =
    view.getUint8(primary.from) === 0
      ? view.getUint16(primary.from + versionAndFlags)
      : view.getUint32(primary.from + versionAndFlags);
  const boxes = boxesOf(view, properties.from, properties.to);
  for (const number of propertiesOf(view, associations, item)) {
    const box = boxes[number - 1];
    if (!box) continue;
    const { type, from, to } = box;
    if (type === 'ispe') size = { width: view.getUint32(from + 4), height: view.getUint32(from + 8) };
    if (type === 'irot') turns = view.getUint8(from) & 3;
    if (type === 'imir') mirror = 1 + (view.getUint8(from) & 1);
    if (type !== 'colr') continue;
    const kind = textAt(view, from);
    if (kind === 'nclx') codePoints = { primaries: view.getUint16(from + 4), transfer: view.getUint16(from + 6) };
    if (kind === 'prof' || kind === 'rICC') profile = Uint8Array.from(head.subarray(from + 4, to));
  }
  return { size, orientation: orientations[turns]?.[mirror] ?? 1, codePoints, profile };
}
