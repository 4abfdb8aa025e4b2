/** AVIF, for page and command line alike: browsers and libvips interpolate its colour planes in ways of their own. */
import decodePixels, { init } from '@jsquash/avif/decode.js';
import { readAvifProperties } from '../formats/avif-boxes.ts';
import { damagedImage } from '../formats/errors.ts';
import { readProfile } from '../formats/icc.ts';
import type { CodePoints } from '../formats/png.ts';
import { type Rgba8, turned } from './image.ts';
import { coloursOfCode } from './png-colours.ts';
import { type Colours, coloursOfProfile, toSrgb8 } from './to-srgb.ts';

/** Not said; and those of video, which are sRGB's in photographs, as Chromium shows them. */
const [unspecified, videoTransfers, srgbTransfer] = [2, [1, 6, 14, 15], 13];

/** Null for sRGB. @throws FormatError, one sentence, for HDR */
function coloursOfAvif({ primaries, transfer }: CodePoints): Colours | null {
  const isSrgb = transfer === unspecified || videoTransfers.includes(transfer);
  const code = { primaries: primaries === unspecified ? 1 : primaries, transfer: isSrgb ? srgbTransfer : transfer };
  return code.primaries === 1 && code.transfer === srgbTransfer ? null : coloursOfCode(code);
}

/** @throws FormatError, one sentence, for HDR. @param head an AVIF file's first bytes */
export function checkAvifColours(head: Uint8Array): void {
  const { codePoints, profile } = readAvifProperties(head);
  if (codePoints && !profile) coloursOfAvif(codePoints);
}

/**
 * @param file a whole AVIF file; a view of part of a buffer is fine
 * @param decoder libavif, compiled (`@jsquash/avif/codec/dec/avif_dec.wasm`)
 * @returns 8-bit sRGB, upright, its first frame; null where its profile has tables, which are the platform's to read
 * @throws FormatError, one sentence, where it is damaged, or HDR
 */
export async function readAvif(file: Uint8Array<ArrayBuffer>, decoder: WebAssembly.Module): Promise<Rgba8 | null> {
  const { orientation, codePoints, profile } = readAvifProperties(file);
  const shape = profile ? readProfile(profile) : null;
  if (profile && !shape) return null;
  const colours = shape ? coloursOfProfile(shape) : codePoints ? coloursOfAvif(codePoints) : null;
  // An instance a picture: its memory goes with it, and a damaged file breaks no other.
  await init({
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(decoder, imports);
      done(instance);
      return instance.exports;
    },
    // Never fetched: without this, the glue asks for the file's address, which not every kind of script has.
    locateFile: (name: string) => name,
  });
  const picture = await decodePixels(new Uint8Array(file).buffer, { bitDepth: 16 });
  if (!picture) throw damagedImage();
  const { width, height, data } = picture;
  return turned({ width, height, data: toSrgb8(data, colours) }, orientation);
}
